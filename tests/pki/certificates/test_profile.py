"""НУЦ's profile: names, usages, purposes."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from shared.bus.errors import Malformed
from shared.pki.certificates import profile
from shared.pki.certificates.profile import (
    PROFILES,
    CertificateKind,
    CertificateUsage,
    OrganisationRole,
    SignaturePurpose,
)
from tests.pki.pki_centre import BIN, IIN, centre, subject


def named(name: x509.Name) -> list[tuple[str, str]]:
    return [(attribute.oid.dotted_string, str(attribute.value)) for attribute in name]


CN, SN, SERIAL, C, ORG, OU, GN, UID = (
    oid.dotted_string
    for oid in (
        NameOID.COMMON_NAME,
        NameOID.SURNAME,
        NameOID.SERIAL_NUMBER,
        NameOID.COUNTRY_NAME,
        NameOID.ORGANIZATION_NAME,
        NameOID.ORGANIZATIONAL_UNIT_NAME,
        NameOID.GIVEN_NAME,
        NameOID.USER_ID,
    )
)


def test_citizen_is_named_as_by_nuc_with_the_patronymic_as_given_name() -> None:
    assert named(profile.person_subject(IIN, "Ахметов", "Нұрлан", "Болатұлы")) == [
        (CN, "АХМЕТОВ НҰРЛАН"),
        (SN, "АХМЕТОВ"),
        (SERIAL, f"IIN{IIN}"),
        (C, "KZ"),
        (GN, "БОЛАТҰЛЫ"),
    ]


def test_citizen_without_a_patronymic_has_no_given_name() -> None:
    assert GN not in dict(named(profile.person_subject(IIN, "Ким", "Виктор")))


def test_employee_is_named_with_the_organisation_and_its_bin() -> None:
    name = profile.employee_subject(IIN, "Ким", "Виктор", "Ильич", organisation="ГУ «Отдел»", bin_=BIN)
    assert named(name)[4:] == [(ORG, "ГУ «Отдел»"), (OU, f"BIN{BIN}"), (GN, "ИЛЬИЧ")]


def test_system_is_named_by_its_object_identifier_and_has_no_iin() -> None:
    name = profile.system_subject("2.999.398.3", "ПЭП", organisation="АО «НИТ»", bin_=BIN)
    assert named(name) == [
        (UID, "2.999.398.3"),
        (CN, 'ИС "ПЭП"'),
        (C, "KZ"),
        (ORG, "АО «НИТ»"),
        (OU, f"BIN{BIN}"),
    ]


def test_subject_serial_number_is_a_printable_string() -> None:
    encoded = profile.person_subject(IIN, "Ким", "Виктор").public_bytes()
    assert b"\x13\x0fIIN" + IIN.encode() in encoded


def test_names_are_counted_in_characters_as_x520_counts_them() -> None:
    long = profile.person_subject(IIN, "Әбдірахманқызы-Жүсіпбекова", "Гүлбаршын")
    assert len(named(long)[0][1]) == 36
    profile.person_subject(IIN, "А" * 60, "Вия")
    for surname in ("А" * 61, "А" * 200):
        with pytest.raises(Malformed) as caught:
            profile.person_subject(IIN, surname, "Вия")
        assert caught.value.code == "subject-length"
        assert "ААА" not in repr((caught.value.message, caught.value.details))


def test_full_legal_name_of_a_partnership_is_certified() -> None:
    title = (
        "Товарищество с ограниченной ответственностью «Научно-производственное объединение Қазақ Технологиялары»"
    )
    person = profile.employee_subject(IIN, "Ким", "Виктор", organisation=title, bin_=BIN)
    assert (ORG, title) in named(person)


@pytest.mark.parametrize("sign", ["\0", "\n", "\x1b", "\x85", "\u202e", "\u2066", "\ud800"])
def test_name_with_an_invisible_character_is_not_certified(sign: str) -> None:
    for names in (("Ки" + sign, "Виктор"), ("Ким", sign + "Виктор")):
        with pytest.raises(Malformed) as caught:
            profile.person_subject(IIN, *names)
        assert caught.value.code == "subject-characters"
    with pytest.raises(Malformed) as caught:
        profile.employee_subject(IIN, "Ким", "Виктор", organisation=f"АО {sign}", bin_=BIN)
    assert caught.value.code == "subject-characters"


@pytest.mark.parametrize("address", ["is_mio", "rshep_akm", "a", "member-1.kz"])
def test_system_uri_holds_the_address(address: str) -> None:
    assert profile.system_uri(address) == f"urn:egov-bus:system:{address}"


@pytest.mark.parametrize("address", ["", "ИС", "A", "a b", "a/b", "a:b", "a\n", "_a", "a?"])
def test_system_address_that_would_confuse_the_uri_is_refused(address: str) -> None:
    with pytest.raises(Malformed) as caught:
        profile.system_uri(address)
    assert caught.value.code == "system-address"


def test_profile_exists_for_every_kind_and_usages_for_every_purpose() -> None:
    assert set(PROFILES) == set(CertificateKind)
    assert set(profile.PURPOSES) == set(SignaturePurpose)


SERVES = {
    CertificateKind.INDIVIDUAL: {SignaturePurpose.PERSON, SignaturePurpose.APPLICANT},
    CertificateKind.INDIVIDUAL_AUTH: {SignaturePurpose.LOGIN},
    **{
        profile.kind_of(role, CertificateUsage.SIGN): {SignaturePurpose.EMPLOYEE, SignaturePurpose.APPLICANT}
        for role in OrganisationRole
    },
    **{profile.kind_of(role, CertificateUsage.AUTH): {SignaturePurpose.LOGIN} for role in OrganisationRole},
    CertificateKind.CON_OPERATOR: {
        SignaturePurpose.CON_OPERATOR,
        SignaturePurpose.EMPLOYEE,
        SignaturePurpose.APPLICANT,
    },
    CertificateKind.SYSTEM: {SignaturePurpose.SYSTEM},
    CertificateKind.OCSP: set(),
    CertificateKind.TSA: set(),
}


@pytest.mark.parametrize("kind", CertificateKind)
def test_certificate_serves_the_purposes_of_its_kind_and_no_others(kind: CertificateKind) -> None:
    _, certificate = centre().issue(kind)
    assert {purpose for purpose in SignaturePurpose if profile.serves_purpose(certificate, purpose)} == SERVES[
        kind
    ]


def test_employee_roles_are_the_numbers_of_nuc() -> None:
    numbers = {}
    for role in OrganisationRole:
        for usage in CertificateUsage:
            kept = PROFILES[profile.kind_of(role, usage)].extended_usage
            numbers[role, usage] = [one.dotted_string.removeprefix("1.2.398.3.3.4.1.") for one in kept]
    own = {
        OrganisationRole.FIRST_HEAD: ["2.1"],
        OrganisationRole.MAY_SIGN: ["2.2"],
        OrganisationRole.MAY_SIGN_FINANCIAL: ["2.3"],
        OrganisationRole.HR: ["2.4"],
        OrganisationRole.EMPLOYEE: ["2.5"],
        OrganisationRole.CON_OPERATOR: ["2.5", "2.999.399.1"],
    }
    purposes = {CertificateUsage.SIGN: "1.3.6.1.5.5.7.3.4", CertificateUsage.AUTH: "1.3.6.1.5.5.7.3.2"}
    assert numbers == {
        (role, usage): [purposes[usage], "2", *own[role]]
        for role in OrganisationRole
        for usage in CertificateUsage
    }


def test_certificate_has_a_second_for_everybody_but_a_system() -> None:
    for kind in (CertificateKind.INDIVIDUAL, CertificateKind.HR, CertificateKind.CON_OPERATOR):
        assert profile.other_usage(kind) is CertificateKind(f"{kind.value}-auth")
        assert profile.other_usage(profile.other_usage(kind)) is kind
    with pytest.raises(ValueError, match="system-auth"):
        profile.other_usage(CertificateKind.SYSTEM)


def test_authority_serves_no_purpose() -> None:
    assert not any(profile.serves_purpose(centre().issuing, purpose) for purpose in SignaturePurpose)


def test_subjects_of_the_tests_fit_every_kind() -> None:
    assert all(len(list(subject(kind))) >= 3 for kind in CertificateKind)
