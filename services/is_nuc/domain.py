"""The rules of certificate requests."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from shared.bus.errors import Malformed, Refused
from shared.contracts.identifiers import check_bin, check_iin
from shared.contracts.organisations import OrganisationRegister
from shared.pki.certificates import profile


@dataclass(frozen=True)
class CertificateHolder:
    """A person as a certificate names the person."""

    iin: str
    surname: str
    name: str
    patronymic: str


def read_csr(pem: str) -> x509.CertificateSigningRequest:
    """A request whose signature proves possession of the key; Malformed ``csr-malformed``."""
    try:
        csr = x509.load_pem_x509_csr(pem.encode())
        is_proved = csr.is_signature_valid
        # the library reads the parts of a request when they are first asked for, and a part may be broken
        list(csr.subject)
        csr.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise Malformed("csr-malformed", "not a PKCS #10 request in PEM") from None
    if not is_proved:
        raise Malformed("csr-malformed", "the request is not signed by its own key")
    return csr


def read_public_key(csr: x509.CertificateSigningRequest) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """The key to certify: RSA of 2048 to 4096 bits or P-256; Malformed ``csr-key``."""
    key = csr.public_key()
    if isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 4096:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise Malformed("csr-key", "the key must be RSA of 2048 to 4096 bits or P-256")


def read_person(csr: x509.CertificateSigningRequest) -> CertificateHolder:
    """The person in the subject of a request; Malformed ``csr-subject`` and the codes of the ИИН check."""
    iin = _read_attribute(csr.subject, NameOID.SERIAL_NUMBER).removeprefix(profile.IIN_PREFIX)
    surname = _read_attribute(csr.subject, NameOID.SURNAME)
    common = _read_attribute(csr.subject, NameOID.COMMON_NAME)
    patronymic = _read_attribute(csr.subject, NameOID.GIVEN_NAME, optional=True)
    name = common.removeprefix(surname).strip()
    if not name or name == common:
        raise Malformed("csr-subject", "CN must be the surname and the name")
    return CertificateHolder(check_iin(iin), surname, name, patronymic)


def read_employer(subject: x509.Name) -> tuple[str, str]:
    """The organisation and БИН of an employee; Malformed ``csr-subject`` and the codes of the БИН check."""
    bin_ = _read_attribute(subject, NameOID.ORGANIZATIONAL_UNIT_NAME).removeprefix(profile.BIN_PREFIX)
    return _read_attribute(subject, NameOID.ORGANIZATION_NAME), check_bin(bin_)


def check_vouching(register: OrganisationRegister, system: str | None, organisation: str, bin_: str) -> None:
    """Check that the system may vouch for employees of this organisation; Refused ``organisation-refused``."""
    if system is None or not register.may_vouch(system, bin_, organisation):
        raise Refused("organisation-refused", "the organisation is not one of this system", bin=bin_)


def check_own_renewal(csr: x509.CertificateSigningRequest) -> None:
    """Check that a system's request for its own renewal is no request for a person; Malformed ``csr-subject``.

    A system also signs requests for its employees: without this check, such a request, overheard, would make the
    employee's key the system's.
    """
    if csr.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER):
        raise Malformed("csr-subject", "a system renews its own certificate, and names no person")


def _read_attribute(subject: x509.Name, oid: ObjectIdentifier, *, optional: bool = False) -> str:
    values = [str(attribute.value) for attribute in subject.get_attributes_for_oid(oid)]
    if optional and not values:
        return ""
    if len(values) != 1 or not values[0]:
        raise Malformed("csr-subject", "an attribute is missing or repeated", attribute=oid.dotted_string)
    return values[0]
