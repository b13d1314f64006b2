"""«Условие 2»: each condition fails alone with its own code, and a document passes when all hold."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Refused, Unavailable
from shared.pki.certificates import authority, profile
from shared.pki.certificates.chain import ChainCache
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.cms import signed_data
from shared.pki.verification import check
from shared.pki.verification.check import CheckedDocument, check_document
from shared.pki.verification.verdict import CONDITIONS, SignatureCondition
from tests.pki.pki_centre import ALGORITHMS, BIN, IIN, LATER, NOW, OTHER_IIN, centre, make_centre, subject

CONTENT = "Өтініш".encode()


@cache
def citizen(algorithm: str) -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL, algorithm)


@cache
def empty_crl() -> CrlView:
    return centre().crl()


def checked(der: bytes, **changes: Any) -> CheckedDocument:
    usual: dict[str, Any] = {
        "anchors": centre().anchors,
        "revocation": empty_crl(),
        "at": LATER,
        "expected_iin": IIN,
        "purpose": SignaturePurpose.PERSON,
    }
    return check_document(der, **(usual | changes))


def refusal(der: bytes, **changes: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        checked(der, **changes)
    return caught.value.code, caught.value.details["condition"]


def application(algorithm: str = "ec", **options: Any) -> bytes:
    return signed_data.sign(CONTENT, *citizen(algorithm), at=NOW, **options)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_application_that_is_genuine_passes_and_tells_its_signer(algorithm: str) -> None:
    document = checked(application(algorithm))
    assert document.content == CONTENT
    assert document.certificate == citizen(algorithm)[1]
    assert document.signing_time == NOW.replace(microsecond=0)
    signer = document.signer
    assert (signer.iin, signer.bin, signer.system) == (IIN, None, None)
    assert (signer.common_name, signer.surname, signer.patronymic) == ("АХМЕТОВ НҰРЛАН", "АХМЕТОВ", "БОЛАТҰЛЫ")


def test_employee_is_told_with_the_organisation() -> None:
    der = signed_data.sign(CONTENT, *centre().issue(CertificateKind.EMPLOYEE), at=NOW)
    signer = checked(der, purpose=SignaturePurpose.EMPLOYEE).signer
    assert (signer.iin, signer.bin, signer.organisation) == (IIN, BIN, "ГУ «Отдел занятости»")


def test_system_is_told_by_its_address() -> None:
    der = signed_data.sign(CONTENT, *centre().issue(CertificateKind.SYSTEM), at=NOW)
    signer = checked(der, purpose=SignaturePurpose.SYSTEM, expected_iin=None).signer
    assert (signer.system, signer.iin) == ("is_mio", None)


def test_signature_that_is_detached_is_checked_with_its_content() -> None:
    assert checked(application(detached=True), content=CONTENT).content == CONTENT
    assert refusal(application(detached=True), content=b"another") == ("eds-signature-invalid", "signature")


def test_document_that_is_unreadable_fails_the_condition_of_form() -> None:
    assert refusal(b"garbage") == ("eds-malformed", "form")
    assert refusal(application(), max_bytes=10) == ("eds-malformed", "form")


def test_document_that_was_changed_fails_the_condition_of_signature() -> None:
    assert refusal(application().replace(CONTENT, CONTENT[::-1])) == ("eds-signature-invalid", "signature")


def test_certificate_of_another_centre_fails_the_condition_of_chain() -> None:
    der = signed_data.sign(CONTENT, *make_centre().issue(CertificateKind.INDIVIDUAL), at=NOW)
    assert refusal(der) == ("eds-chain", "chain")


def test_certificate_term_is_judged_by_the_given_moment_not_by_the_signers_clock() -> None:
    der = application()
    assert refusal(der, at=NOW + timedelta(days=366), revocation=None) == ("eds-expired", "term")
    assert refusal(der, at=NOW - timedelta(days=1)) == ("eds-not-yet-valid", "term")
    backdated = signed_data.sign(CONTENT, *citizen("ec"), at=NOW - timedelta(days=4000))
    assert checked(backdated).signing_time == (NOW - timedelta(days=4000)).replace(microsecond=0)


@pytest.mark.parametrize("kind", [kind for kind in CertificateKind if kind is not CertificateKind.INDIVIDUAL])
def test_certificate_of_another_kind_fails_the_condition_of_purpose(kind: CertificateKind) -> None:
    der = signed_data.sign(CONTENT, *centre().issue(kind), at=NOW)
    assert refusal(der) == ("eds-purpose", "purpose")


def test_citizen_cannot_sign_as_an_employee_an_operator_or_a_system() -> None:
    for purpose in (
        SignaturePurpose.EMPLOYEE,
        SignaturePurpose.CON_OPERATOR,
        SignaturePurpose.SYSTEM,
        SignaturePurpose.LOGIN,
    ):
        assert refusal(application(), purpose=purpose) == ("eds-purpose", "purpose")


def test_revoked_certificate_fails_the_condition_of_revocation_and_says_since_when() -> None:
    crl = centre().crl(5, citizen("ec")[1].serial_number)
    with pytest.raises(Refused) as caught:
        checked(application(), revocation=crl)
    assert caught.value.code == "eds-revoked"
    assert caught.value.details == {
        "condition": "revocation",
        "revoked_at": NOW.replace(microsecond=0).isoformat(),
        "reason": "keyCompromise",
        "established": "crl",
    }


def test_revocation_stays_true_when_the_crl_is_out_of_date() -> None:
    crl = centre().crl(citizen("ec")[1].serial_number)
    assert refusal(application(), revocation=crl, at=NOW + timedelta(days=30)) == ("eds-revoked", "revocation")


def test_crl_that_is_outdated_cannot_tell_and_the_answer_is_to_try_again() -> None:
    crl = centre().crl(until=NOW + timedelta(minutes=5))
    with pytest.raises(Unavailable) as caught:
        checked(application(), revocation=crl)
    assert (caught.value.code, caught.value.details["condition"]) == ("eds-revocation-unknown", "revocation")
    assert checked(application(), revocation=crl, at=NOW + timedelta(minutes=4))


def test_crl_of_another_issuer_cannot_tell() -> None:
    made = authority.make_crl(centre().root_key, centre().root, [], 1, NOW, NOW + timedelta(days=1))
    crl = CrlView.load(made.public_bytes(Encoding.DER), centre().root)
    with pytest.raises(Unavailable):
        checked(application(), revocation=crl)


def test_revocation_without_a_crl_is_left_to_the_caller() -> None:
    assert checked(application(), revocation=None)


def test_signature_of_another_person_fails_the_condition_of_iin_and_names_nobody() -> None:
    with pytest.raises(Refused) as caught:
        checked(application(), expected_iin=OTHER_IIN)
    error = caught.value
    assert (error.code, error.details) == ("eds-iin-mismatch", {"condition": "iin"})
    assert IIN not in str(error)
    assert OTHER_IIN not in str(error)


def test_signature_of_another_organisation_fails_the_condition_of_bin() -> None:
    der = signed_data.sign(CONTENT, *centre().issue(CertificateKind.EMPLOYEE), at=NOW)
    assert checked(der, purpose=SignaturePurpose.EMPLOYEE, expected_bin=BIN).signer.bin == BIN
    assert refusal(der, purpose=SignaturePurpose.EMPLOYEE, expected_bin=BIN[::-1]) == ("eds-bin-mismatch", "bin")
    assert refusal(application(), expected_bin=BIN) == ("eds-bin-mismatch", "bin"), "a citizen has none"


def test_certificate_without_iin_is_nobodys() -> None:
    der = signed_data.sign(CONTENT, *centre().issue(CertificateKind.SYSTEM), at=NOW)
    assert refusal(der, purpose=SignaturePurpose.SYSTEM) == ("eds-iin-mismatch", "iin")


def test_condition_that_is_earlier_is_told_when_several_fail() -> None:
    der = signed_data.sign(CONTENT, *make_centre().issue(CertificateKind.TSA), at=NOW)
    assert refusal(der, at=NOW + timedelta(days=9000), expected_iin=OTHER_IIN)[0] == "eds-chain"
    assert refusal(application(), purpose=SignaturePurpose.SYSTEM, expected_iin=OTHER_IIN)[0] == "eds-purpose"
    revoked = centre().crl(citizen("ec")[1].serial_number)
    assert refusal(application(), revocation=revoked, expected_iin=OTHER_IIN)[0] == "eds-revoked"


def test_chain_memory_does_not_excuse_from_the_other_conditions() -> None:
    memory = ChainCache()
    assert checked(application(), cache=memory)
    assert len(memory) == 1
    revoked = centre().crl(citizen("ec")[1].serial_number)
    assert refusal(application(), cache=memory, revocation=revoked)[0] == "eds-revoked"
    assert refusal(application(), cache=memory, at=NOW + timedelta(days=366))[0] == "eds-expired"
    assert refusal(application(), cache=memory, expected_iin=OTHER_IIN)[0] == "eds-iin-mismatch"


def test_condition_codes_can_all_be_told_apart() -> None:
    assert set(CONDITIONS.values()) == set(SignatureCondition)


def test_certificate_with_nucs_own_test_numbers_is_read() -> None:
    name = profile.employee_subject(
        "123456789011", "Тестов", "Тест", organisation="АО «ТЕСТ»", bin_="123456789021"
    )
    made = centre().issue(CertificateKind.EMPLOYEE, subject=name)[1]
    assert check.certificate_iin(made) == "123456789011"
    assert check.certificate_bin(made) == "123456789021"


@pytest.mark.parametrize(
    "number", ["", "12345678901", "1234567890123", "12345678901x", "１２３４５６７８９０１２"]
)
def test_iin_is_nothing_but_a_number_of_twelve_digits(number: str) -> None:
    kept = [each for each in subject(CertificateKind.INDIVIDUAL) if each.oid != x509.NameOID.SERIAL_NUMBER]
    odd = x509.NameAttribute(x509.NameOID.SERIAL_NUMBER, f"IIN{number}", x509.name._ASN1Type.UTF8String)
    assert (
        check.certificate_iin(centre().issue(CertificateKind.INDIVIDUAL, subject=x509.Name([*kept, odd]))[1])
        is None
    )


def test_certificate_with_two_numbers_has_none_rather_than_a_guess() -> None:
    both = x509.Name([*subject(CertificateKind.INDIVIDUAL), *subject(CertificateKind.INDIVIDUAL, OTHER_IIN)])
    assert check.certificate_iin(centre().issue(CertificateKind.INDIVIDUAL, subject=both)[1]) is None


def test_certificate_without_alternative_names_is_no_systems() -> None:
    assert check.certificate_system(citizen("ec")[1]) is None
    elsewhere = centre().issue(CertificateKind.SYSTEM, san_uri="urn:other:is_mio")[1]
    assert check.certificate_system(elsewhere) is None


def test_signer_representation_does_not_show_the_iin() -> None:
    moment: datetime = LATER
    signer = checked(application(), at=moment).signer
    assert signer.iin == IIN
    assert IIN not in repr(signer)
