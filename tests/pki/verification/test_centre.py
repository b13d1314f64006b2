"""The client of НУЦ against a real server: OCSP, then the lists, then the mode; and its caches."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import cache, partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from shared.bus.errors import Refused, Unavailable
from shared.pki.certificates import authority
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.certificates.status import RevocationMode, StatusOrigin
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.pki.verification.check import CheckedDocument, SignerExpectation
from shared.pki.verification.verdict import ConditionMark, SignatureCondition
from tests.pki.nuc_server import Nuc, Reply, Stopwatch, answer, failure
from tests.pki.pki_centre import BIN, IIN, LATER, NOW, OTHER_IIN, centre, make_centre

CONTENT = "Өтініш".encode()
COMPROMISED = (NOW, x509.ReasonFlags.key_compromise)


@cache
def citizen() -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL)


def serial() -> int:
    return citizen()[1].serial_number


@cache
def application() -> bytes:
    return signed_data.sign(CONTENT, *citizen(), at=NOW)


def checked(client: CertificationCentre, der: bytes | None = None, **changes: Any) -> CheckedDocument:
    usual: dict[str, Any] = {"at": LATER, "expected_iin": IIN, "purpose": SignaturePurpose.PERSON}
    return client.check_document(der or application(), **(usual | changes))


def refused(client: CertificationCentre, der: bytes | None = None, **changes: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        checked(client, der, **changes)
    return caught.value.code, caught.value.details["condition"]


def test_ocsp_is_asked_about_revocation_once_as_long_as_the_answer_allows(
    nuc: Nuc, client: CertificationCentre
) -> None:
    for minute in range(0, 60, 10):
        standing = checked(client, at=LATER + timedelta(minutes=minute)).status
        assert (standing.origin, standing.revocation, standing.tried) == (StatusOrigin.OCSP, None, ())
    assert nuc.asked == {"/ocsp": 1}
    nuc.now = LATER + timedelta(hours=1)
    checked(client, at=nuc.now)
    assert nuc.asked == {"/ocsp": 2}


def test_ocsp_answer_of_a_revoked_certificate_refuses_and_is_remembered(
    nuc: Nuc, client: CertificationCentre
) -> None:
    nuc.revoked[serial()] = COMPROMISED
    for _ in range(3):
        with pytest.raises(Refused) as caught:
            checked(client)
        assert caught.value.code == "eds-revoked"
        assert caught.value.details["established"] == "ocsp"
    assert nuc.asked == {"/ocsp": 1}


OCSP_FAULTS = {
    "ocsp-try-later": (200, failure(ocsp.OCSPResponseStatus.TRY_LATER)),
    "ocsp-internal-error": (200, failure(ocsp.OCSPResponseStatus.INTERNAL_ERROR)),
    "ocsp-unauthorized": (200, failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)),
    "ocsp-malformed": (200, b"<html>no answer</html>"),
    "ocsp-silent": (503, b""),
}


@pytest.mark.parametrize("code", OCSP_FAULTS)
def test_crl_tells_where_ocsp_cannot_and_the_result_says_why(
    nuc: Nuc, client: CertificationCentre, watch: Stopwatch, code: str
) -> None:
    status, content = OCSP_FAULTS[code]
    nuc.says("/ocsp", content, status)
    standing = checked(client).status
    assert (standing.origin, standing.tried) == (StatusOrigin.CRL, (code,))
    nuc.revoked[serial()] = COMPROMISED
    watch.seconds += 60
    assert refused(client) == ("eds-revoked", "revocation")


def changed_answer(changes: dict[str, Any], body: bytes) -> Reply:
    return 200, answer(body, **changes)


def test_ocsp_answer_stale_unknown_or_of_another_leads_to_the_crl(
    nuc: Nuc, client: CertificationCentre, watch: Stopwatch
) -> None:
    for code, changes in (
        ("ocsp-stale", {"at": NOW - timedelta(hours=2)}),
        ("ocsp-unknown", {"status": ocsp.OCSPCertStatus.UNKNOWN}),
        ("ocsp-other-certificate", {"serial": 7}),
        ("ocsp-responder", {"signer": make_centre().issue(CertificateKind.OCSP)}),
    ):
        nuc.faults["/ocsp"] = partial(changed_answer, changes)
        standing = checked(client).status
        assert (standing.origin, standing.tried) == (StatusOrigin.CRL, (code,))
        watch.seconds += 6


def test_ocsp_silence_delays_one_check_and_not_each(
    nuc: Nuc, client: CertificationCentre, watch: Stopwatch
) -> None:
    nuc.silent("/ocsp")
    began = time.perf_counter()
    for _ in range(20):
        assert checked(client).status.tried == ("ocsp-silent",)
    assert time.perf_counter() - began < 4
    assert nuc.asked["/ocsp"] == 1
    del nuc.faults["/ocsp"]
    watch.seconds += 6
    assert checked(client).status.origin is StatusOrigin.OCSP


def test_revocation_is_noticed_while_the_clock_of_the_bus_stands(
    nuc: Nuc, client: CertificationCentre, watch: Stopwatch
) -> None:
    assert checked(client).status.origin is StatusOrigin.OCSP
    nuc.revoked[serial()] = COMPROMISED
    watch.seconds += 3599
    assert checked(client).status.revocation is None
    watch.seconds += 2
    assert refused(client) == ("eds-revoked", "revocation")


def test_crl_is_read_again_when_the_clock_of_the_bus_stands(
    nuc: Nuc, client: CertificationCentre, watch: Stopwatch
) -> None:
    nuc.says("/ocsp", b"", 503)
    checked(client)
    nuc.revoked[serial()] = COMPROMISED
    assert checked(client).status.revocation is None
    watch.seconds += 31
    assert refused(client) == ("eds-revoked", "revocation")


def test_crl_and_ocsp_are_asked_for_at_once_when_the_time_of_the_bus_jumps(
    nuc: Nuc, client: CertificationCentre
) -> None:
    checked(client)
    client.current_crl(LATER)
    read = nuc.asked["/crl"]
    nuc.now = LATER + timedelta(days=30)
    nuc.number += 1
    assert checked(client, at=nuc.now).status.origin is StatusOrigin.OCSP
    assert client.current_crl(nuc.now).is_current(nuc.now)
    assert (nuc.asked["/ocsp"], nuc.asked["/crl"]) == (2, read + 1)


def test_delta_crl_is_merged_into_the_full_list(nuc: Nuc, client: CertificationCentre, watch: Stopwatch) -> None:
    nuc.says("/ocsp", b"", 503)
    nuc.delta = 12
    assert checked(client).status.origin is StatusOrigin.CRL_AND_DELTA
    nuc.since_full[serial()] = COMPROMISED
    watch.seconds += 31
    with pytest.raises(Refused) as caught:
        checked(client)
    assert caught.value.details["established"] == "crl+delta"
    assert nuc.asked["/crl"] == 1, "the whole list is not read again while its changes come"


def test_delta_crl_of_another_list_is_left_aside(nuc: Nuc, client: CertificationCentre, watch: Stopwatch) -> None:
    nuc.says("/ocsp", b"", 503)
    nuc.delta, nuc.delta_base = 12, 11
    assert checked(client).status.origin is StatusOrigin.CRL
    nuc.number = 11
    watch.seconds += 31
    assert checked(client).status.origin is StatusOrigin.CRL_AND_DELTA


LIST_FAULTS = {
    "crl-missing": (404, b""),
    "crl-silent": (503, b""),
    "crl-malformed": (200, b"garbage"),
    "crl-signature-invalid": (200, b""),
    "crl-stale": (200, b""),
}


def foreign_list() -> bytes:
    other = make_centre()
    made = authority.make_crl(other.issuing_key, other.issuing, [], 1, NOW, LATER + timedelta(days=1))
    return made.public_bytes(Encoding.DER)


def break_the_list(nuc: Nuc, code: str) -> None:
    if code == "crl-stale":
        nuc.list_term = -timedelta(minutes=1)
    elif code == "crl-signature-invalid":
        nuc.faults["/crl"] = lambda body: (200, foreign_list())
    else:
        status, content = LIST_FAULTS[code]
        nuc.says("/crl", content, status)


@pytest.mark.parametrize("code", LIST_FAULTS)
def test_revocation_that_nobody_can_tell_says_to_try_again_and_what_was_tried(nuc: Nuc, code: str) -> None:
    nuc.says("/ocsp", b"", 503)
    break_the_list(nuc, code)
    strict = CertificationCentre(nuc.url, centre().anchors)
    with pytest.raises(Unavailable) as caught:
        checked(strict)
    assert (caught.value.code, caught.value.details) == (
        "eds-revocation-unknown",
        {"condition": "revocation", "tried": ["ocsp-silent", code]},
    )
    strict.close()


@pytest.mark.parametrize("code", LIST_FAULTS)
def test_soft_setting_accepts_an_unknown_status_and_the_result_says_so(nuc: Nuc, code: str) -> None:
    nuc.says("/ocsp", b"", 503)
    break_the_list(nuc, code)
    soft = CertificationCentre(nuc.url, centre().anchors, revocation=RevocationMode.SOFT)
    standing = checked(soft).status
    assert (standing.origin, standing.tried) == (StatusOrigin.NONE_SOFT, ("ocsp-silent", code))
    soft.close()


def test_soft_setting_does_not_excuse_a_revocation_that_is_known(nuc: Nuc) -> None:
    nuc.revoked[serial()] = COMPROMISED
    soft = CertificationCentre(nuc.url, centre().anchors, revocation=RevocationMode.SOFT)
    assert refused(soft) == ("eds-revoked", "revocation")
    soft.close()


@pytest.mark.parametrize(
    ("kind", "options", "code", "condition"),
    [
        (CertificateKind.INDIVIDUAL, {"not_after": NOW + timedelta(minutes=1)}, "eds-expired", "term"),
        (CertificateKind.INDIVIDUAL, {"not_before": LATER + timedelta(days=1)}, "eds-not-yet-valid", "term"),
        (CertificateKind.INDIVIDUAL_AUTH, {}, "eds-purpose", "purpose"),
    ],
)
def test_certificate_that_is_unfit_is_refused_before_anybody_is_asked(
    nuc: Nuc,
    client: CertificationCentre,
    kind: CertificateKind,
    options: dict[str, Any],
    code: str,
    condition: str,
) -> None:
    der = signed_data.sign(CONTENT, *centre().issue(kind, **options), at=NOW)
    assert refused(client, der) == (code, condition)
    assert nuc.asked == {}


def test_refusals_tell_issuer_person_organisation_and_signature_apart(client: CertificationCentre) -> None:
    assert (
        refused(client, signed_data.sign(CONTENT, *make_centre().issue(CertificateKind.INDIVIDUAL), at=NOW))[0]
        == "eds-chain"
    )
    assert refused(client, expected_iin=OTHER_IIN) == ("eds-iin-mismatch", "iin")
    clerk = signed_data.sign(CONTENT, *centre().issue(CertificateKind.EMPLOYEE), at=NOW)
    assert checked(client, clerk, purpose=SignaturePurpose.EMPLOYEE, expected_bin=BIN).signer.bin == BIN
    wrong = refused(client, clerk, purpose=SignaturePurpose.EMPLOYEE, expected_bin="990140000010")
    assert wrong == ("eds-bin-mismatch", "bin")
    broken = application()[:-1] + bytes([application()[-1] ^ 1])
    assert refused(client, broken) == ("eds-signature-invalid", "signature")


def test_verdict_tells_what_became_of_every_condition_in_three_languages(
    nuc: Nuc, client: CertificationCentre
) -> None:
    held = client.judge_document(application(), SignerExpectation(SignaturePurpose.PERSON, IIN), at=LATER)
    assert (held.code, held.failed_condition) == ("eds-valid", None)
    assert held.condition_marks[SignatureCondition.REVOCATION] is ConditionMark.HELD
    assert held.condition_marks[SignatureCondition.BIN] is ConditionMark.NOT_ASKED
    assert held.condition_marks[SignatureCondition.TIME_STAMP] is ConditionMark.NOT_ASKED
    nuc.revoked[serial()] = COMPROMISED
    nuc.now = LATER + timedelta(hours=2)
    failed = client.judge_document(
        application(), SignerExpectation(SignaturePurpose.PERSON, OTHER_IIN), at=nuc.now
    )
    assert (failed.code, failed.failed_condition) == ("eds-revoked", SignatureCondition.REVOCATION)
    assert failed.condition_marks[SignatureCondition.PURPOSE] is ConditionMark.HELD
    assert failed.condition_marks[SignatureCondition.IIN] is ConditionMark.NOT_REACHED
    assert set(failed.texts) == {"ru", "kk", "en"}


def test_signer_proved_elsewhere_is_checked_by_the_same_conditions(nuc: Nuc, client: CertificationCentre) -> None:
    certificate = citizen()[1]
    found = client.check_certificate(certificate, SignerExpectation(SignaturePurpose.PERSON, IIN), at=LATER)
    assert (found.signer.iin, found.status.origin) == (IIN, StatusOrigin.OCSP)
    with pytest.raises(Refused) as caught:
        client.check_certificate(certificate, SignerExpectation(SignaturePurpose.SYSTEM), at=LATER)
    assert caught.value.details["condition"] == "purpose"


def test_ocsp_answer_that_is_oversized_is_not_read_to_its_end(nuc: Nuc, client: CertificationCentre) -> None:
    nuc.says("/ocsp", bytes(1_000_000))
    assert checked(client).status.tried == ("ocsp-silent",)
