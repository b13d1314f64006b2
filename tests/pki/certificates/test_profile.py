"""НУЦ's profile: names, usages, purposes."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from shared.bus.errors import Malformed
from shared.pki.certificates import profile
from shared.pki.certificates.profile import PROFILES, Kind, Purpose, Role, Usage
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


def test_a_citizen_is_named_as_nuc_names_him_with_the_patronymic_as_given_name() -> None:
    assert named(profile.person(IIN, "Ахметов", "Нұрлан", "Болатұлы")) == [
        (CN, "АХМЕТОВ НҰРЛАН"),
        (SN, "АХМЕТОВ"),
        (SERIAL, f"IIN{IIN}"),
        (C, "KZ"),
        (GN, "БОЛАТҰЛЫ"),
    ]


def test_without_a_patronymic_there_is_no_given_name() -> None:
    assert GN not in dict(named(profile.person(IIN, "Ким", "Виктор")))


def test_an_employee_is_named_with_his_organisation_and_its_bin() -> None:
    name = profile.employee(IIN, "Ким", "Виктор", "Ильич", organisation="ГУ «Отдел»", bin_=BIN)
    assert named(name)[4:] == [(ORG, "ГУ «Отдел»"), (OU, f"BIN{BIN}"), (GN, "ИЛЬИЧ")]


def test_a_system_is_named_by_its_object_identifier_and_has_no_iin() -> None:
    name = profile.system("2.999.398.3", "ПЭП", organisation="АО «НИТ»", bin_=BIN)
    assert named(name) == [
        (UID, "2.999.398.3"),
        (CN, 'ИС "ПЭП"'),
        (C, "KZ"),
        (ORG, "АО «НИТ»"),
        (OU, f"BIN{BIN}"),
    ]


def test_the_serial_number_is_a_printable_string() -> None:
    encoded = profile.person(IIN, "Ким", "Виктор").public_bytes()
    assert b"\x13\x0fIIN" + IIN.encode() in encoded


def test_a_common_name_too_long_to_read_back_is_refused() -> None:
    profile.person(IIN, "А" * 28, "Вия")
    for surname in ("А" * 29, "А" * 200):
        with pytest.raises(Malformed) as caught:
            profile.person(IIN, surname, "Вия")
        assert caught.value.code == "subject-length"
        assert "ААА" not in repr((caught.value.message, caught.value.details))


@pytest.mark.parametrize("address", ["is_mio", "rshep_akm", "a", "member-1.kz"])
def test_a_system_uri_holds_the_address(address: str) -> None:
    assert profile.system_uri(address) == f"urn:egov-bus:system:{address}"


@pytest.mark.parametrize("address", ["", "ИС", "A", "a b", "a/b", "a:b", "a\n", "_a", "a?"])
def test_an_address_that_would_confuse_the_uri_is_refused(address: str) -> None:
    with pytest.raises(Malformed) as caught:
        profile.system_uri(address)
    assert caught.value.code == "system-address"


def test_every_kind_has_a_profile_and_every_purpose_its_usages() -> None:
    assert set(PROFILES) == set(Kind)
    assert set(profile.PURPOSES) == set(Purpose)


SERVES = {
    Kind.INDIVIDUAL: {Purpose.PERSON, Purpose.APPLICANT},
    Kind.INDIVIDUAL_AUTH: {Purpose.LOGIN},
    **{profile.kind_of(role, Usage.SIGN): {Purpose.EMPLOYEE, Purpose.APPLICANT} for role in Role},
    **{profile.kind_of(role, Usage.AUTH): {Purpose.LOGIN} for role in Role},
    Kind.CON_OPERATOR: {Purpose.CON_OPERATOR, Purpose.EMPLOYEE, Purpose.APPLICANT},
    Kind.SYSTEM: {Purpose.SYSTEM},
    Kind.OCSP: set(),
    Kind.TSA: set(),
}


@pytest.mark.parametrize("kind", Kind)
def test_a_certificate_serves_the_purposes_of_its_kind_and_no_others(kind: Kind) -> None:
    _, certificate = centre().issue(kind)
    assert {purpose for purpose in Purpose if profile.serves(certificate, purpose)} == SERVES[kind]


def test_the_roles_of_employees_are_the_numbers_of_nuc() -> None:
    numbers = {}
    for role in Role:
        for usage in Usage:
            kept = PROFILES[profile.kind_of(role, usage)].extended_usage
            numbers[role, usage] = [one.dotted_string.removeprefix("1.2.398.3.3.4.1.") for one in kept]
    own = {
        Role.FIRST_HEAD: ["2.1"],
        Role.MAY_SIGN: ["2.2"],
        Role.MAY_SIGN_FINANCIAL: ["2.3"],
        Role.HR: ["2.4"],
        Role.EMPLOYEE: ["2.5"],
        Role.CON_OPERATOR: ["2.5", "2.999.399.1"],
    }
    purposes = {Usage.SIGN: "1.3.6.1.5.5.7.3.4", Usage.AUTH: "1.3.6.1.5.5.7.3.2"}
    assert numbers == {(role, usage): [purposes[usage], "2", *own[role]] for role in Role for usage in Usage}


def test_everybody_but_a_system_has_a_second_certificate() -> None:
    for kind in (Kind.INDIVIDUAL, Kind.HR, Kind.CON_OPERATOR):
        assert profile.other_usage(kind) is Kind(f"{kind.value}-auth")
        assert profile.other_usage(profile.other_usage(kind)) is kind
    with pytest.raises(ValueError, match="system-auth"):
        profile.other_usage(Kind.SYSTEM)


def test_an_authority_serves_no_purpose() -> None:
    assert not any(profile.serves(centre().issuing, purpose) for purpose in Purpose)


def test_subjects_of_the_tests_fit_every_kind() -> None:
    assert all(len(list(subject(kind))) >= 3 for kind in Kind)
