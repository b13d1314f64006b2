"""The description of a certificate in NCANode's v3 API: CertificateInfo (docs/reference/ncanode.md)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from services.is_nuc.ncanode.wire import CertificateInfo, CertificateSubject, RevocationStatus
from shared.bus.errors import Untrusted
from shared.pki.certificates import profile
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.encoding.certificate import read_parts
from shared.pki.encoding.der import UNREADABLE

KEY_USERS: Mapping[str, str] = MappingProxyType(
    {
        profile.EKU_INDIVIDUAL.dotted_string: "INDIVIDUAL",
        profile.EKU_LEGAL_ENTITY.dotted_string: "ORGANIZATION",
        profile.EKU_FIRST_HEAD.dotted_string: "CEO",
        profile.EKU_MAY_SIGN.dotted_string: "CAN_SIGN",
        profile.EKU_MAY_SIGN_FINANCIAL.dotted_string: "CAN_SIGN_FINANCIAL",
        profile.EKU_HR.dotted_string: "HR",
        profile.EKU_EMPLOYEE.dotted_string: "EMPLOYEE",
        "1.2.398.3.3.4.2": "NCA_PRIVILEGES",
        profile.EKU_NUC_ADMINISTRATOR.dotted_string: "NCA_ADMIN",
        profile.EKU_NUC_MANAGER.dotted_string: "NCA_MANAGER",
        profile.EKU_NUC_OPERATOR.dotted_string: "NCA_OPERATOR",
        "1.2.398.3.3.4.3": "IDENTIFICATION",
        profile.EKU_IDENTIFIED_AT_CON.dotted_string: "IDENTIFICATION_CON",
        "1.2.398.3.3.4.3.2": "IDENTIFICATION_REMOTE",
        "1.2.398.3.3.4.3.2.1": "IDENTIFICATION_REMOTE_DIGITAL_ID",
    }
)
"""NCANode's words for НУЦ's extended key usages; NCANode has no word for the usage of information systems."""

_ALGORITHMS = {
    SignatureAlgorithmOID.RSA_WITH_SHA1.dotted_string: "SHA1WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA256.dotted_string: "SHA256WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA384.dotted_string: "SHA384WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA512.dotted_string: "SHA512WithRSAEncryption",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256.dotted_string: "SHA256WITHECDSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384.dotted_string: "SHA384WITHECDSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512.dotted_string: "SHA512WITHECDSA",
    "1.2.398.3.10.1.1.2.3.1": "ECGOST3410-2015-256",
    "1.2.398.3.10.1.1.2.3.2": "ECGOST3410-2015-512",
    "1.2.398.3.10.1.1.1.2": "ECGOST34310",
}
_NAMES = {
    NameOID.COMMON_NAME: "CN",
    NameOID.SURNAME: "SURNAME",
    NameOID.GIVEN_NAME: "GIVENNAME",
    NameOID.SERIAL_NUMBER: "SERIALNUMBER",
    NameOID.COUNTRY_NAME: "C",
    NameOID.LOCALITY_NAME: "L",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.EMAIL_ADDRESS: "EMAILADDRESS",
    NameOID.USER_ID: "UID",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.TITLE: "T",
}
_QUOTED = frozenset(',+"\\<>;=#\n')


def format_moment(at: datetime) -> str:
    """A moment in NCANode's form: 2022-09-28T16:03:41.000+00:00."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def load_certificate(der: bytes) -> x509.Certificate | None:
    """The certificate in `der`; None for unreadable bytes, names or dates, and for a serial number that is not
    positive (RFC 5280, 4.1.2.2).

    The library reads names and dates only on access, so this function reads them at once; it checks the serial
    number before the library can warn about the number.
    """
    try:
        if read_parts(der).serial <= 0:
            return None
        certificate = x509.load_der_x509_certificate(der)
        _ = (
            certificate.subject,
            certificate.issuer,
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )
        _ = certificate.signature_algorithm_oid
    except UNREADABLE:
        return None
    return certificate


def is_trusted(certificate: x509.Certificate, anchors: TrustAnchors, at: datetime) -> bool:
    """Whether the certificate leads to our root and is in its term; GOST and weak keys do not."""
    try:
        verify_chain(certificate, anchors, at)
    except Untrusted:
        return False
    return True


def describe_certificate(
    certificate: x509.Certificate, revocations: list[RevocationStatus], *, is_valid: bool
) -> CertificateInfo:
    """The CertificateInfo of a certificate; malformed parts are left out and cause no error."""
    return CertificateInfo(
        valid=is_valid,
        revocations=revocations,
        not_before=format_moment(certificate.not_valid_before_utc),
        not_after=format_moment(certificate.not_valid_after_utc),
        key_usage=_key_usage(certificate),
        serial_number=f"{certificate.serial_number:x}",
        sign_alg=_signature_algorithm(certificate),
        key_user=_key_users(certificate),
        public_key=_public_key(certificate),
        signature=base64.b64encode(certificate.signature).decode("ascii"),
        subject=_describe_subject(certificate.subject),
        issuer=_describe_subject(certificate.issuer),
    )


def distinguished_name(name: x509.Name) -> str:
    """The name as Java writes a name, which clients parse: the last attribute first, separated by ", "."""
    return ", ".join(
        " + ".join(_format_attribute(attribute) for attribute in part) for part in reversed(name.rdns)
    )


def _format_attribute(attribute: x509.NameAttribute[str | bytes]) -> str:
    key = _NAMES.get(attribute.oid, f"OID.{attribute.oid.dotted_string}")
    value = attribute.value
    text = value if isinstance(value, str) else f"#{value.hex()}"
    if _QUOTED.isdisjoint(text) and text == text.strip(" "):
        return f"{key}={text}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}="{escaped}"'


def _describe_subject(name: x509.Name) -> CertificateSubject:
    values = {attribute.oid: str(attribute.value) for attribute in name}
    number, unit = values.get(NameOID.SERIAL_NUMBER), values.get(NameOID.ORGANIZATIONAL_UNIT_NAME)
    iin = number.removeprefix(profile.IIN_PREFIX) if number and not number.startswith(profile.BIN_PREFIX) else None
    owner = unit or (number if iin is None else None)
    return CertificateSubject(
        common_name=values.get(NameOID.COMMON_NAME),
        last_name=values.get(NameOID.GIVEN_NAME),  # the patronymic: in givenName at НУЦ, lastName at NCANode
        sur_name=values.get(NameOID.SURNAME),
        email=values.get(NameOID.EMAIL_ADDRESS),
        organization=values.get(NameOID.ORGANIZATION_NAME),
        gender=_gender_of_iin(iin) if iin else None,
        iin=iin,
        bin=owner.removeprefix(profile.BIN_PREFIX) if owner else None,
        country=values.get(NameOID.COUNTRY_NAME),
        locality=values.get(NameOID.LOCALITY_NAME),
        state=values.get(NameOID.STATE_OR_PROVINCE_NAME),
        dn=distinguished_name(name),
    )


def _gender_of_iin(iin: str) -> str:
    """The gender by the seventh digit of an ИИН, which is odd for men; НУЦ's test numbers give no gender."""
    digit = iin[6:7]
    if len(iin) != 12 or digit not in "123456" or not iin.isascii():
        return "NONE"
    return "MALE" if int(digit) % 2 else "FEMALE"


def _key_usage(certificate: x509.Certificate) -> str:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return "UNKNOWN"
    if usage.digital_signature and usage.content_commitment:
        return "SIGN"
    return "AUTH" if usage.digital_signature and usage.key_encipherment else "UNKNOWN"


def _key_users(certificate: x509.Certificate) -> list[str]:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return []
    return [KEY_USERS[usage_oid.dotted_string] for usage_oid in usages if usage_oid.dotted_string in KEY_USERS]


def _signature_algorithm(certificate: x509.Certificate) -> str:
    dotted = certificate.signature_algorithm_oid.dotted_string
    return _ALGORITHMS.get(dotted, dotted)


def _public_key(certificate: x509.Certificate) -> str:
    """The SubjectPublicKeyInfo in base64; copied from the certificate when the library does not know the key."""
    try:
        encoded = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except UNREADABLE:
        encoded = _own_key_info(certificate)
    return base64.b64encode(encoded).decode("ascii")


def _own_key_info(certificate: x509.Certificate) -> bytes:
    return read_parts(certificate.public_bytes(Encoding.DER)).encoded_key
