"""The certificate profile of НУЦ РК: names, extended key usages, policies, key usage, terms.

Source: published certificates and НУЦ's register of object identifiers. Ours are: elliptic-curve keys, object
identifiers under the example arc 2.999, the URI that names a system of the bus.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from shared.bus.errors import Malformed

COUNTRY = "KZ"
LONGEST_NAME = 64
"""Characters of a name of a person or system, as X.520 (ub-common-name) counts them."""
LONGEST_ORGANISATION = 300
"""Characters of the full legal name of an organisation; X.520 has had no bound for this name since 2005."""
IIN_PREFIX = "IIN"
BIN_PREFIX = "BIN"
SYSTEM_URI = "urn:egov-bus:system:"
REMEMBERED = 1_024
"""The size of the caches of what certificates say: officials and systems sign again and again."""

ROOT_NAME = "НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ {year}"
ISSUING_NAME = "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA) {year}"
AUTHORITY_ORGANISATION = "egov-bus"  # ours: the real centre writes no O; the two centres must not be confused

# Extended key usage: the owner, one or several of НУЦ's object identifiers.
EKU_INDIVIDUAL = ObjectIdentifier("1.2.398.3.3.4.1.1")  # физическое лицо
EKU_LEGAL_ENTITY = ObjectIdentifier("1.2.398.3.3.4.1.2")  # юридическое лицо
EKU_FIRST_HEAD = ObjectIdentifier("1.2.398.3.3.4.1.2.1")  # первый руководитель
EKU_MAY_SIGN = ObjectIdentifier("1.2.398.3.3.4.1.2.2")  # лицо с правом подписи
EKU_MAY_SIGN_FINANCIAL = ObjectIdentifier("1.2.398.3.3.4.1.2.3")  # право подписи финансовых документов
EKU_HR = ObjectIdentifier("1.2.398.3.3.4.1.2.4")  # сотрудник отдела кадров
EKU_EMPLOYEE = ObjectIdentifier("1.2.398.3.3.4.1.2.5")  # сотрудник организации
EKU_SYSTEM = ObjectIdentifier("1.2.398.3.3.4.1.2.6")  # информационная система организации
EKU_NUC_ADMINISTRATOR = ObjectIdentifier("1.2.398.3.3.4.2.1")  # администратор НУЦ
EKU_NUC_MANAGER = ObjectIdentifier("1.2.398.3.3.4.2.2")  # менеджер НУЦ
EKU_NUC_OPERATOR = ObjectIdentifier("1.2.398.3.3.4.2.3")  # оператор НУЦ
EKU_IDENTIFIED_AT_CON = ObjectIdentifier("1.2.398.3.3.4.3.1")  # the owner was identified in person at a ЦОН
EKU_CON_OPERATOR = ObjectIdentifier("2.999.399.1")  # ours: НУЦ has no identifier for an operator of a ЦОН

# Extended key usage: the purpose of the key.
EKU_SIGN = ExtendedKeyUsageOID.EMAIL_PROTECTION  # НУЦ's mark of a SIGN certificate
EKU_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH  # НУЦ's mark of an AUTH certificate

POLICY_LEGAL_SIGN = ObjectIdentifier("1.2.398.3.3.2.1")
POLICY_LEGAL_AUTH = ObjectIdentifier("1.2.398.3.3.2.2")
POLICY_INDIVIDUAL_SIGN = ObjectIdentifier("1.2.398.3.3.2.3")
POLICY_INDIVIDUAL_AUTH = ObjectIdentifier("1.2.398.3.3.2.4")

LEAF_TERM = timedelta(days=365)
SYSTEM_TERM = timedelta(days=3 * 365)
ISSUING_TERM = timedelta(days=10 * 365)
ROOT_TERM = timedelta(days=20 * 365)

_ADDRESS = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.ASCII)


def _key_usage(**granted_flags: bool) -> x509.KeyUsage:
    flag_names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: granted_flags.get(name, False) for name in flag_names.split()})


# contentCommitment is the new name of nonRepudiation
USAGE_SIGN = _key_usage(digital_signature=True, content_commitment=True)
USAGE_AUTH = _key_usage(digital_signature=True, key_encipherment=True)
USAGE_AUTHORITY = _key_usage(key_cert_sign=True, crl_sign=True)


class CertificateKind(StrEnum):
    """The owner and purpose of a certificate; decides usages, policy and term."""

    INDIVIDUAL = "individual"
    INDIVIDUAL_AUTH = "individual-auth"
    EMPLOYEE = "employee"
    EMPLOYEE_AUTH = "employee-auth"
    FIRST_HEAD = "first-head"
    FIRST_HEAD_AUTH = "first-head-auth"
    MAY_SIGN = "may-sign"
    MAY_SIGN_AUTH = "may-sign-auth"
    MAY_SIGN_FINANCIAL = "may-sign-financial"
    MAY_SIGN_FINANCIAL_AUTH = "may-sign-financial-auth"
    HR = "hr"
    HR_AUTH = "hr-auth"
    CON_OPERATOR = "con-operator"
    CON_OPERATOR_AUTH = "con-operator-auth"
    SYSTEM = "system"
    OCSP = "ocsp"
    TSA = "tsa"


class OrganisationRole(StrEnum):
    """The role of a person in an organisation: НУЦ's identifiers 1.2.1 to 1.2.5, and ours for an operator of a
    ЦОН.
    """

    EMPLOYEE = "employee"
    FIRST_HEAD = "first-head"
    MAY_SIGN = "may-sign"
    MAY_SIGN_FINANCIAL = "may-sign-financial"
    HR = "hr"
    CON_OPERATOR = "con-operator"


class CertificateUsage(StrEnum):
    """The two certificates that НУЦ gives every person: for signatures, and for logins."""

    SIGN = "sign"
    AUTH = "auth"


def kind_of(role: OrganisationRole | None, usage: CertificateUsage) -> CertificateKind:
    """The kind of certificate of a person in `role`; None stands for a citizen."""
    owner = "individual" if role is None else role.value
    return CertificateKind(owner if usage is CertificateUsage.SIGN else f"{owner}-auth")


def other_usage(kind: CertificateKind) -> CertificateKind:
    """The kind of the owner's second certificate: AUTH for SIGN, SIGN for AUTH; ValueError for a kind without a
    second.
    """
    name = kind.value.removesuffix("-auth")
    return CertificateKind(f"{name}-auth" if name == kind.value else name)


@dataclass(frozen=True)
class CertificateProfile:
    """The contents of a certificate of one kind."""

    extended_usage: tuple[ObjectIdentifier, ...]
    policy: ObjectIdentifier | None
    usage: x509.KeyUsage = USAGE_SIGN
    term: timedelta = LEAF_TERM
    is_usage_critical: bool = False


_STAFF = (EKU_SIGN, EKU_LEGAL_ENTITY)
_ROLES: Mapping[OrganisationRole, tuple[ObjectIdentifier, ...]] = MappingProxyType(
    {
        OrganisationRole.EMPLOYEE: (EKU_EMPLOYEE,),
        OrganisationRole.FIRST_HEAD: (EKU_FIRST_HEAD,),
        OrganisationRole.MAY_SIGN: (EKU_MAY_SIGN,),
        OrganisationRole.MAY_SIGN_FINANCIAL: (EKU_MAY_SIGN_FINANCIAL,),
        OrganisationRole.HR: (EKU_HR,),
        OrganisationRole.CON_OPERATOR: (EKU_EMPLOYEE, EKU_CON_OPERATOR),
    }
)


def _staff_profiles() -> dict[CertificateKind, CertificateProfile]:
    """The SIGN and the AUTH profile of every role."""
    sign = {
        kind_of(role, CertificateUsage.SIGN): CertificateProfile((*_STAFF, *own), POLICY_LEGAL_SIGN)
        for role, own in _ROLES.items()
    }
    auth = {
        kind_of(role, CertificateUsage.AUTH): CertificateProfile(
            (EKU_AUTH, EKU_LEGAL_ENTITY, *own), POLICY_LEGAL_AUTH, USAGE_AUTH
        )
        for role, own in _ROLES.items()
    }
    return sign | auth


PROFILES: Mapping[CertificateKind, CertificateProfile] = MappingProxyType(
    {
        CertificateKind.INDIVIDUAL: CertificateProfile(
            (EKU_SIGN, EKU_INDIVIDUAL, EKU_IDENTIFIED_AT_CON), POLICY_INDIVIDUAL_SIGN
        ),
        CertificateKind.INDIVIDUAL_AUTH: CertificateProfile(
            (EKU_AUTH, EKU_INDIVIDUAL, EKU_IDENTIFIED_AT_CON), POLICY_INDIVIDUAL_AUTH, USAGE_AUTH
        ),
        **_staff_profiles(),
        CertificateKind.SYSTEM: CertificateProfile((*_STAFF, EKU_SYSTEM), POLICY_LEGAL_SIGN, term=SYSTEM_TERM),
        CertificateKind.OCSP: CertificateProfile((ExtendedKeyUsageOID.OCSP_SIGNING,), None, term=SYSTEM_TERM),
        # RFC 3161, 2.3: the only usage of the key, and critical.
        CertificateKind.TSA: CertificateProfile(
            (ExtendedKeyUsageOID.TIME_STAMPING,), None, term=SYSTEM_TERM, is_usage_critical=True
        ),
    }
)


class SignaturePurpose(StrEnum):
    """The purpose of a signature; `PURPOSES` lists the extended key usages that serve each purpose."""

    PERSON = "person"  # a citizen's own signature
    APPLICANT = "applicant"  # a citizen's signature, or that of a person who acts for an organisation
    EMPLOYEE = "employee"  # a person who acts for an organisation
    CON_OPERATOR = "con-operator"
    SYSTEM = "system"  # the seal of an information system
    LOGIN = "login"  # proof of presence, not a signature under a document


_ACTS_FOR_ORGANISATION = frozenset({EKU_FIRST_HEAD, EKU_MAY_SIGN, EKU_MAY_SIGN_FINANCIAL, EKU_HR, EKU_EMPLOYEE})

PURPOSES: Mapping[SignaturePurpose, frozenset[ObjectIdentifier]] = MappingProxyType(
    {
        SignaturePurpose.PERSON: frozenset({EKU_INDIVIDUAL}),
        SignaturePurpose.APPLICANT: _ACTS_FOR_ORGANISATION | {EKU_INDIVIDUAL},
        SignaturePurpose.EMPLOYEE: _ACTS_FOR_ORGANISATION,
        SignaturePurpose.CON_OPERATOR: frozenset({EKU_CON_OPERATOR}),
        SignaturePurpose.SYSTEM: frozenset({EKU_SYSTEM}),
        SignaturePurpose.LOGIN: frozenset({EKU_AUTH}),
    }
)


@lru_cache(maxsize=REMEMBERED)
def serves_purpose(certificate: x509.Certificate, purpose: SignaturePurpose) -> bool:
    """Whether the certificate's key usage and extended key usage allow this purpose.

    A signature needs digitalSignature and nonRepudiation; a login needs digitalSignature. The certificate must
    also have at least one of the extended key usages in `PURPOSES`. Call this after the chain is verified.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    is_allowed = usage.digital_signature and (usage.content_commitment or purpose is SignaturePurpose.LOGIN)
    return is_allowed and not PURPOSES[purpose].isdisjoint(extended)


def person_subject(iin: str, surname: str, name: str, patronymic: str = "") -> x509.Name:
    """The subject of a citizen: CN is surname and name, GN is the *patronymic*, as НУЦ writes it.

    The ИИН is not checked: НУЦ's own test certificates carry IIN123456789011, which is not a date of birth.
    """
    return _distinguished_name(*_person_attributes(iin, surname, name), *_patronymic_attributes(patronymic))


def employee_subject(
    iin: str, surname: str, name: str, patronymic: str = "", *, organisation: str, bin_: str
) -> x509.Name:
    """The subject of a person who acts for an organisation.

    An operator of a ЦОН is named as an employee of the ЦОН; `CertificateKind.CON_OPERATOR` distinguishes the two.
    """
    return _distinguished_name(
        *_person_attributes(iin, surname, name),
        *_organisation_attributes(organisation, bin_),
        *_patronymic_attributes(patronymic),
    )


def system_subject(oid: str, title: str, *, organisation: str, bin_: str) -> x509.Name:
    """The subject of an information system: UID is its object identifier, CN is ИС "title"; no ИИН."""
    return _distinguished_name(
        (NameOID.USER_ID, oid),
        (NameOID.COMMON_NAME, f'ИС "{title}"'),
        (NameOID.COUNTRY_NAME, COUNTRY),
        *_organisation_attributes(organisation, bin_),
    )


def authority_subject(common_name: str) -> x509.Name:
    """The subject of a certification centre, of its OCSP responder or of its time-stamping service."""
    return _distinguished_name(
        (NameOID.COMMON_NAME, common_name),
        (NameOID.ORGANIZATION_NAME, AUTHORITY_ORGANISATION),
        (NameOID.COUNTRY_NAME, COUNTRY),
    )


def system_oid(number: int) -> str:
    """The object identifier of a system of the bus, under the arc that X.660 reserves for examples."""
    return f"2.999.398.{number}"


def system_uri(address: str) -> str:
    """The URI that names a system's bus address in its certificate; Malformed system-address for an invalid
    address.
    """
    if not _ADDRESS.fullmatch(address):
        raise Malformed("system-address", "an address has Latin small letters, digits, '_', '.' and '-'")
    return f"{SYSTEM_URI}{address}"


_Attribute = tuple[ObjectIdentifier, str]


def _person_attributes(iin: str, surname: str, name: str) -> tuple[_Attribute, ...]:
    return (
        (NameOID.COMMON_NAME, f"{surname} {name}".upper()),
        (NameOID.SURNAME, surname.upper()),
        (NameOID.SERIAL_NUMBER, f"{IIN_PREFIX}{iin}"),
        (NameOID.COUNTRY_NAME, COUNTRY),
    )


def _organisation_attributes(title: str, bin_: str) -> tuple[_Attribute, ...]:
    return (
        (NameOID.ORGANIZATION_NAME, title),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, f"{BIN_PREFIX}{bin_}"),
    )


def _patronymic_attributes(patronymic: str) -> tuple[_Attribute, ...]:
    return ((NameOID.GIVEN_NAME, patronymic.upper()),) if patronymic else ()


def _distinguished_name(*attributes: _Attribute) -> x509.Name:
    return x509.Name([_name_attribute(oid, value) for oid, value in attributes])


def _name_attribute(oid: ObjectIdentifier, value: str) -> x509.NameAttribute[str]:
    """The attribute; Malformed subject-length for an empty or too long value, subject-characters for a value with
    control characters or invisible ones.

    X.520 counts characters, and so do we. The library counts bytes of UTF-8, two to a Cyrillic letter, and warns
    of more than 64: ``services.__main__`` silences the warning.
    """
    longest = LONGEST_ORGANISATION if oid == NameOID.ORGANIZATION_NAME else LONGEST_NAME
    if not 0 < len(value) <= longest:
        raise Malformed("subject-length", "too short or too long", attribute=oid.dotted_string)
    if not value.isprintable():
        raise Malformed("subject-characters", "not only printable characters", attribute=oid.dotted_string)
    try:
        return x509.NameAttribute(oid, value, _validate=False)
    except ValueError:
        raise Malformed("subject-length", "too short or too long", attribute=oid.dotted_string) from None
