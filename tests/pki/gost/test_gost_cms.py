"""GOST in CMS: a signature reads back, a changed one is refused, the old algorithm is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki import gost
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import cades, signed_data
from shared.pki.encoding import der as encode
from shared.pki.gost import GOST_512
from tests.pki.gost_centre import QUICK, SUITES, citizen, gost_centre, size
from tests.pki.pki_centre import NOW, centre

CONTENT = "Өтініш: прошу выдать справку".encode()
PARTS = ("version", "digest_algorithms", "encap_content_info", "certificates", "signer_infos")
SHA256 = "2.16.840.1.101.3.4.2.1"


@cache
def signed(suite: gost.GostSuite = QUICK) -> bytes:
    return signed_data.sign(CONTENT, *citizen(suite), at=NOW)


def refusal(der: bytes, **options: Any) -> BusError:
    with pytest.raises((Malformed, Untrusted)) as caught:
        signed_data.open_signed(der, **options)
    return caught.value


def edited(der: bytes, edit: Callable[[Any], None]) -> bytes:
    """The SignedData after `edit` changed its signer, encoded again."""
    outer = asn1_cms.ContentInfo.load(der)
    content = outer["content"]
    edit(content["signer_infos"][0])
    # The library cannot encode a GOST certificate again: that part is copied unchanged.
    parts = [content[name].dump(force=name == "signer_infos") for name in PARTS]
    return encode.sequence(encode.oid(outer["content_type"].dotted), encode.context_zero(encode.sequence(*parts)))


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_cms_is_read_back_with_its_signer_and_moment(suite: gost.GostSuite) -> None:
    opened = signed_data.open_signed(signed(suite))
    assert (opened.content, opened.certificate) == (CONTENT, citizen(suite)[1])
    assert opened.signing_time == NOW.replace(microsecond=0)
    assert len(opened.signature) == 2 * suite.size


def test_gost_cms_has_the_object_identifiers_of_the_centre() -> None:
    content = asn1_cms.ContentInfo.load(signed(GOST_512))["content"]
    signer = content["signer_infos"][0]
    assert [each["algorithm"].dotted for each in content["digest_algorithms"]] == [GOST_512.digest]
    assert signer["digest_algorithm"]["algorithm"].dotted == "1.2.398.3.10.1.3.3"
    assert signer["signature_algorithm"]["algorithm"].dotted == "1.2.398.3.10.1.1.2.3.2"
    digest = next(
        each["values"][0].native for each in signer["signed_attrs"] if each["type"].native == "message_digest"
    )
    assert digest == GOST_512.hash_data(CONTENT)


def test_gost_cms_detached_needs_the_very_content() -> None:
    der = signed_data.sign(CONTENT, *citizen(QUICK), at=NOW, detached=True)
    assert signed_data.open_signed(der, content=CONTENT).content == CONTENT
    assert refusal(der).code == "eds-malformed"
    assert refusal(der, content=CONTENT + b" ").code == "eds-signature-invalid"


def test_gost_cms_carries_the_chain_along() -> None:
    made = gost_centre(QUICK)
    der = signed_data.sign(CONTENT, *citizen(QUICK), chain=[made.issuing, made.root], at=NOW)
    assert set(signed_data.open_signed(der).chain) == {made.issuing, made.root}


def test_gost_cms_signature_is_left_whole_by_what_is_added_beside_later() -> None:
    token = signed_data.sign(
        b"\x30\x00", *centre().issue(CertificateKind.TSA), at=NOW, content_type=signed_data.TIME_STAMP
    )
    opened = signed_data.open_signed(cades.extend_cms(signed(), token=token))
    assert (opened.content, cades.read_time_stamp(opened)) == (CONTENT, token)


def test_gost_cms_signs_a_digest_of_a_content_elsewhere_as_the_content() -> None:
    der = signed_data.sign(b"", *citizen(QUICK), at=NOW, detached=True, digest=QUICK.hash_data(CONTENT))
    assert signed_data.open_signed(der, content=CONTENT).content == CONTENT


def test_gost_cms_content_over_the_limit_is_refused_unhashed() -> None:
    key, certificate = citizen(QUICK)
    der = signed_data.sign(b"", key, certificate, at=NOW, detached=True)
    error = refusal(der, content=bytes(gost.MAX_BYTES + 1))
    assert (error.code, error.details) == ("eds-malformed", {"limit": gost.MAX_BYTES})


def test_gost_cms_signature_of_another_key_is_invalid() -> None:
    stranger = gost.new_key(QUICK)
    assert refusal(signed_data.sign(CONTENT, stranger, citizen(QUICK)[1], at=NOW)).code == "eds-signature-invalid"


def test_gost_cms_content_or_attribute_that_was_changed_is_noticed() -> None:
    der = signed()
    for part in (CONTENT, QUICK.hash_data(CONTENT), NOW.strftime("%y%m%d%H%M%SZ").encode()):
        changed = bytearray(der)
        changed[der.index(part) + 5] ^= 1
        assert refusal(bytes(changed)).code == "eds-signature-invalid"


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_gost_cms_changed_in_a_byte_never_changes_what_was_signed_or_by_whom(data: st.DataObject) -> None:
    original = signed()
    changed = bytearray(original)
    changed[data.draw(st.integers(0, len(original) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        opened = signed_data.open_signed(bytes(changed))
    except BusError as error:
        assert error.code.startswith("eds-")  # noqa: PT017 (either outcome is right)
    else:
        assert (opened.content, opened.certificate) == (CONTENT, citizen(QUICK)[1])


@pytest.mark.parametrize(
    ("digest", "signature"),
    [
        (SHA256, QUICK.signature),
        (QUICK.digest, "1.2.840.113549.1.1.1"),
        (QUICK.digest, "1.2.840.10045.4.3.2"),
        (GOST_512.digest, QUICK.signature),
        (QUICK.digest, GOST_512.signature),
        (GOST_512.digest, GOST_512.signature),
        (QUICK.digest, QUICK.key),
        ("1.2.643.7.1.1.2.2", "1.2.643.7.1.1.3.2"),
    ],
)
def test_gost_cms_algorithms_that_are_not_all_of_one_suite_are_refused(digest: str, signature: str) -> None:
    def forge(signer: Any) -> None:
        signer["digest_algorithm"] = {"algorithm": digest}
        signer["signature_algorithm"] = {"algorithm": signature}

    assert refusal(edited(signed(), forge)).code == "eds-algorithm"


def test_gost_cms_key_of_one_kind_does_not_sign_by_the_algorithm_of_another() -> None:
    rsa_key, rsa_certificate = centre().issue(CertificateKind.INDIVIDUAL, "rsa")
    for algorithms in ((QUICK.digest, QUICK.signature), (QUICK.digest, "1.2.840.113549.1.1.1")):

        def forge(signer: Any, algorithms: tuple[str, str] = algorithms) -> None:
            signer["digest_algorithm"] = {"algorithm": algorithms[0]}
            signer["signature_algorithm"] = {"algorithm": algorithms[1]}

        der = signed_data.sign(CONTENT, rsa_key, rsa_certificate, at=NOW)
        assert refusal(edited(der, forge)).code == "eds-algorithm"


@pytest.mark.parametrize("suite", SUITES, ids=size)
@pytest.mark.parametrize("field", ["digest_algorithm", "signature_algorithm"])
def test_gost_cms_of_the_old_algorithm_is_refused_by_its_name(suite: gost.GostSuite, field: str) -> None:
    old = {"digest_algorithm": "1.2.398.3.10.1.3.1.1.0", "signature_algorithm": "1.2.398.3.10.1.1.1.2"}[field]
    der = edited(signed(suite), lambda signer: signer.__setitem__(field, {"algorithm": old}))
    error = refusal(der)
    assert (type(error), error.code) == (Untrusted, "eds-algorithm-gost34310")
    assert "34.310-2004" in error.message


def test_gost_cms_rsa_signer_with_an_old_algorithm_certificate_is_refused_by_name() -> None:
    arc = bytes.fromhex("2a830e030a0101")
    der = signed().replace(arc + b"\x02\x01", arc + b"\x01\x01")

    def forge(signer: Any) -> None:
        signer["digest_algorithm"] = {"algorithm": SHA256}
        signer["signature_algorithm"] = {"algorithm": "1.2.840.113549.1.1.1"}

    assert refusal(edited(der, forge)).code == "eds-algorithm-gost34310"
