"""Long-term documents: CAdES-T with a revocation answer, validated by us, openssl and pyHanko."""

from __future__ import annotations

import asyncio
import subprocess
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext

from shared.bus.errors import Malformed
from shared.pki.certificates import keys, ocsp
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.ocsp import OcspAnswer
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.certificates.status import CertificateRevocation, CertificateStatus, StatusOrigin
from shared.pki.cms import cades, shapes, signed_data, tsp
from shared.pki.cms.tsp import TimeStamp
from shared.pki.encoding import der
from shared.pki.verification import evidence
from shared.pki.verification.check import CheckedDocument, SignatureVerdict, SignerExpectation, check_document
from shared.pki.verification.evidence import SignatureEvidence, check_evidence
from tests.pki import nuc_server
from tests.pki.nuc_server import Revoked
from tests.pki.pki_centre import ALGORITHMS, IIN, LATER, NOW, OTHER_IIN, centre, pem

CONTENT = "Өтініш".encode()
LONG_AFTER = NOW + timedelta(days=2 * 365)
ASKED = SignerExpectation(SignaturePurpose.PERSON, IIN)


@cache
def citizens() -> dict[str, tuple[PrivateKey, x509.Certificate]]:
    return {algorithm: centre().issue(CertificateKind.INDIVIDUAL, algorithm) for algorithm in ALGORITHMS}


def citizen(algorithm: str = "ec") -> tuple[PrivateKey, x509.Certificate]:
    return citizens()[algorithm]


@cache
def documents() -> dict[str, bytes]:
    return {algorithm: signed_data.sign(CONTENT, *citizen(algorithm), at=NOW) for algorithm in ALGORITHMS}


def signed(algorithm: str = "ec") -> bytes:
    return documents()[algorithm]


def ask_stamp(data: bytes, at: datetime) -> TimeStamp:
    return tsp.open_token(nuc_server.token(data, at), data, anchors=centre().anchors, at=at)


def ask_answer(certificate: x509.Certificate, at: datetime, revoked: Revoked | None = None) -> OcspAnswer:
    question = ocsp.make_request(certificate, centre().issuing)
    der = nuc_server.answer(question, at=at, revoked=revoked)
    return ocsp.read_answer(der, certificate, centre().issuing, at=at)


def gathered(algorithm: str = "ec", at: datetime = LATER) -> SignatureEvidence:
    return evidence.gather_evidence(signed(algorithm), ask_stamp, ask_answer, at)


def long_term(algorithm: str = "ec") -> bytes:
    return evidence.embed_evidence(signed(algorithm), gathered(algorithm))


def judged(document: bytes, asked: SignerExpectation = ASKED, **changes: Any) -> SignatureVerdict:
    usual: dict[str, Any] = {"anchors": centre().anchors, "at": LONG_AFTER}
    return check_evidence(document, asked, **(usual | changes))


class Told:
    """A revocation source with the answer that a test sets."""

    def __init__(self, found: CertificateRevocation | None, of: x509.Certificate) -> None:
        self._found, self._of = found, of

    def certificate_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> CertificateStatus:
        return CertificateStatus(StatusOrigin.OCSP, self._found if certificate == self._of else None)


def online(der: bytes, at: datetime, found: CertificateRevocation | None = None) -> CheckedDocument:
    told = Told(found, citizen()[1])
    return check_document(
        der, anchors=centre().anchors, revocation=told, at=at, expected_iin=IIN, purpose=SignaturePurpose.PERSON
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_cades_document_is_provable_long_after_its_certificate_ran_out(algorithm: str) -> None:
    document = judged(long_term(algorithm)).require_document()
    assert document.content == CONTENT
    assert document.stamp is not None
    assert document.stamp.moment == LATER.replace(microsecond=0)
    assert (document.status.origin, document.signer.iin) == (StatusOrigin.KEPT, IIN)
    without = judged(signed(algorithm))
    assert (without.code, without.failed_condition) == ("eds-timestamp", "time-stamp")


def test_cades_evidence_leaves_what_was_signed_byte_for_byte() -> None:
    before, after = (signed_data.open_signed(each) for each in (signed(), long_term()))
    assert (before.signature, before.content) == (after.signature, after.content)
    long = long_term()
    for part in ("encap_content_info", "certificates"):
        was, is_now = (asn1_cms.ContentInfo.load(each)["content"][part].dump() for each in (signed(), long))
        assert was == is_now
    attributes = asn1_cms.ContentInfo.load(signed())["content"]["signer_infos"][0]["signed_attrs"].dump()
    assert attributes in long_term()


def test_cades_document_is_untouched_by_a_later_revocation_and_not_by_an_earlier_one() -> None:
    moment = LATER.replace(microsecond=0)
    reason = x509.ReasonFlags.key_compromise
    later, earlier = (
        CertificateRevocation(moment + timedelta(seconds=1), reason),
        CertificateRevocation(moment, reason),
    )
    assert online(long_term(), LONG_AFTER, later).status.revocation == later
    with pytest.raises(Exception, match="revoked") as caught:
        online(long_term(), LONG_AFTER, earlier)
    assert getattr(caught.value, "code", "") == "eds-revoked"
    with pytest.raises(Exception, match="revoked"):
        online(signed(), LATER, later)


def test_cades_without_a_stamp_has_its_term_judged_by_the_servers_own_moment() -> None:
    with pytest.raises(Exception, match="expired"):
        online(signed(), LONG_AFTER)
    assert online(long_term(), LONG_AFTER).stamp is not None


def test_cades_document_stamped_after_its_certificate_ran_out_proves_nothing() -> None:
    late = NOW + timedelta(days=400)
    der = evidence.embed_evidence(signed(), gathered(at=late))
    verdict = judged(der)
    assert (verdict.code, verdict.failed_condition) == ("eds-expired", "term")


def test_cades_answer_that_does_not_speak_for_the_stamps_moment_proves_nothing() -> None:
    question = ocsp.make_request(citizen()[1], centre().issuing)
    half_an_hour, ten_minutes = timedelta(minutes=30), timedelta(minutes=10)
    stale = nuc_server.answer(question, at=LATER - half_an_hour, term=ten_minutes)
    der = cades.extend_cms(signed(), token=gathered().token, answers=[stale])
    assert (judged(der).code, judged(der).failed_condition) == ("eds-revocation-unknown", "revocation")
    none = cades.extend_cms(signed(), token=gathered().token)
    assert judged(none).code == "eds-revocation-unknown"
    another = ask_answer(centre().issue(CertificateKind.INDIVIDUAL)[1], LATER).der
    assert (
        judged(cades.extend_cms(signed(), token=gathered().token, answers=[another])).failed_condition
        == "revocation"
    )


def test_cades_answer_that_says_revoked_before_the_stamp_refuses() -> None:
    revoked = ask_answer(citizen()[1], LATER, (NOW, x509.ReasonFlags.superseded)).der
    der = cades.extend_cms(signed(), token=gathered().token, answers=[revoked])
    assert (judged(der).code, judged(der).failed_condition) == ("eds-revoked", "revocation")


def test_cades_document_is_judged_by_the_other_conditions_as_ever() -> None:
    assert judged(long_term(), SignerExpectation(SignaturePurpose.PERSON, OTHER_IIN)).failed_condition == "iin"
    assert judged(long_term(), SignerExpectation(SignaturePurpose.SYSTEM)).failed_condition == "purpose"
    changed = long_term().replace(CONTENT, CONTENT[::-1])
    assert judged(changed).failed_condition == "signature"


def test_cades_stamp_of_another_signature_is_refused() -> None:
    foreign = evidence.gather_evidence(
        signed_data.sign(b"other", *citizen(), at=NOW), ask_stamp, ask_answer, LATER
    )
    verdict = judged(cades.extend_cms(signed(), token=foreign.token, answers=[foreign.answer]))
    assert (verdict.code, verdict.failed_condition) == ("eds-timestamp", "time-stamp")
    assert verdict.error is not None
    assert verdict.error.details["why"] == "imprint"


def test_cades_evidence_is_added_once_and_to_one_signature_only() -> None:
    for document in (long_term(), b"garbage", b"", signed()[:-1]):
        with pytest.raises(Malformed) as caught:
            evidence.embed_evidence(document, gathered())
        assert caught.value.code == "eds-malformed"
    with pytest.raises(Malformed):
        cades.extend_cms(signed(), answers=[b"garbage"])


@pytest.mark.parametrize("is_in_one", [True, False], ids=["two values", "two attributes"])
def test_cades_stamp_that_is_repeated_is_refused(is_in_one: bool) -> None:
    tokens = [nuc_server.token(signed_data.open_signed(signed()).signature, at) for at in (NOW, LATER)]
    kind = der.oid(cades.TIME_STAMP)
    if is_in_one:
        attributes = der.sequence(kind, der.set_of(*tokens))
    else:
        attributes = b"".join(der.sequence(kind, der.set_of(each)) for each in tokens)
    verdict = judged(with_unsigned(der.explicit(1, attributes)))
    assert (verdict.code, verdict.failed_condition) == ("eds-malformed", "form")


def with_unsigned(attributes: bytes) -> bytes:
    """The signed document with these unsigned attributes."""
    message = signed_data.read_message(signed())
    (signer,) = message.read_signers(1)
    return shapes.encode_message(message, [der.sequence(core.Sequence.load(signer).contents, attributes)])


def test_cades_extends_a_signature_with_indefinite_lengths_as_well(tmp_path: Path) -> None:
    files(tmp_path)
    sign = "cms -sign -stream -in content -signer citizen.pem -inkey citizen.key -binary -nodetach -outform DER"
    done = subprocess.run(
        ("openssl", *sign.split(), "-out", "streamed"), cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    der = (tmp_path / "streamed").read_bytes()
    assert der[1] == 0x80
    at = signed_data.open_signed(der).signing_time
    assert at is not None
    kept = evidence.gather_evidence(der, ask_stamp, lambda certificate, moment: ask_answer(certificate, at), LATER)
    extended = evidence.embed_evidence(
        der, SignatureEvidence(LATER, kept.token, ask_answer(citizen()[1], LATER).der)
    )
    assert judged(extended).require_document().content == CONTENT


def files(folder: Path) -> None:
    key, certificate = citizen()
    for name, content in {
        "content": CONTENT,
        "citizen.key": keys.to_pem(key),
        "citizen.pem": pem(certificate),
        "anchors.pem": pem(centre().root, centre().issuing),
        "long-term": long_term(),
    }.items():
        (folder / name).write_bytes(content)


def test_cades_signature_is_still_verified_by_openssl_which_shows_the_attributes(tmp_path: Path) -> None:
    files(tmp_path)
    at = int(LATER.timestamp())
    verify = f"cms -verify -cades -binary -inform DER -in long-term -CAfile anchors.pem -out opened -attime {at}"
    done = subprocess.run(("openssl", *verify.split()), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "opened").read_bytes() == CONTENT
    shown = subprocess.run(
        ("openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "long-term"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "id-smime-aa-timeStampToken" in shown
    assert "id-smime-aa-ets-revocationValues" in shown


def test_cades_time_stamp_inside_is_verified_by_openssl(tmp_path: Path) -> None:
    files(tmp_path)
    opened = signed_data.open_signed(long_term())
    (tmp_path / "signature").write_bytes(opened.signature)
    (tmp_path / "token").write_bytes(cades.read_time_stamp(opened) or b"")
    verify = f"ts -verify -data signature -in token -token_in -CAfile anchors.pem -attime {int(LATER.timestamp())}"
    done = subprocess.run(("openssl", *verify.split()), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_cades_signature_and_its_time_stamp_are_accepted_by_pyhanko() -> None:
    """pyHanko's CAdES validator finds the time-stamp valid, and the signature valid at its moment."""
    detached = signed_data.sign(CONTENT, *citizen("rsa"), at=NOW, detached=True)
    kept = evidence.gather_evidence(detached, ask_stamp, ask_answer, LATER, content=CONTENT)
    der = evidence.embed_evidence(detached, kept)
    loaded = asn1_cms.ContentInfo.load(der)["content"]
    root, issuing = (
        asn1_x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in (centre().root, centre().issuing)
    )
    context = ValidationContext(trust_roots=[root], other_certs=[issuing], moment=LATER, allow_fetching=False)
    status = asyncio.run(
        async_validate_detached_cms(
            CONTENT, loaded, signer_validation_context=context, ts_validation_context=context
        )
    )
    assert status.intact
    assert status.valid
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.trusted
    assert status.timestamp_validity.timestamp == LATER.replace(microsecond=0)
