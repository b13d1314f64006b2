"""The signer of a signature: the certificates in ds:KeyInfo, read and written (XML Signature, 4.5).

KeyInfo is not signed. A holder of a second certificate for the signing key can put that certificate there, and
XMLDSig without XAdES cannot notice; CMS signatures of the bus name the certificate in a signed attribute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates.authority import serial_of_key_id
from shared.pki.encoding.certificate import read_parts
from shared.pki.encoding.der import UNREADABLE
from shared.pki.encoding.xmltree import XmlElement, only_elements, only_text, unexpected_element
from shared.pki.xml.signedinfo import add_child, base64_of, base64_text, is_ds

MOST_KEPT: Final = 512
"""The certificates that are kept as read, the last used ones."""
LONGEST_KEPT: Final = 4096
"""The bytes of a certificate that may be kept."""
_MAX_CERTIFICATES: Final = 16
_MAX_ISSUER: Final = 2000
_SPACED: Final = re.compile(r"(?<!\\), +")  # as Java and RFC 1779 write it
_IN_X509_DATA: Final = ("X509Certificate", "X509IssuerSerial", "X509SubjectName", "X509SKI", "X509CRL")
_NAMES: Final = {
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "E": NameOID.EMAIL_ADDRESS,
    "GIVENNAME": NameOID.GIVEN_NAME,
    "GN": NameOID.GIVEN_NAME,
    "SURNAME": NameOID.SURNAME,
    "SN": NameOID.SURNAME,
    "T": NameOID.TITLE,
}


class CertificateName(Protocol):
    """What names a certificate that a signature does not carry; ``serial`` is its serial number at НУЦ."""

    @property
    def serial(self) -> int: ...

    def names_certificate(self, certificate: x509.Certificate) -> bool: ...


@dataclass(frozen=True)
class IssuerSerial:
    """A certificate named by its issuer (a distinguished name as text, RFC 4514) and its serial number."""

    issuer: str
    serial: int

    def names_certificate(self, certificate: x509.Certificate) -> bool:
        """Whether `certificate` has this issuer and serial number; the parts of the issuer may come in either
        order.
        """
        if certificate.serial_number != self.serial:
            return False
        parts = [_name_part(attribute) for attribute in certificate.issuer]
        named_parts = _name_parts(self.issuer)
        return named_parts in (parts, parts[::-1])


@dataclass(frozen=True)
class SubjectKeyId:
    """A certificate named by its SubjectKeyIdentifier, from which НУЦ makes the serial number."""

    key_id: bytes

    @property
    def serial(self) -> int:
        """The serial number that НУЦ gives a certificate of this key."""
        return serial_of_key_id(self.key_id)

    def names_certificate(self, certificate: x509.Certificate) -> bool:
        """Whether `certificate` has this SubjectKeyIdentifier."""
        try:
            extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except (x509.ExtensionNotFound, *UNREADABLE):
            return False
        return extension.value.digest == self.key_id


@dataclass(frozen=True)
class Sha1Thumbprint:
    """A certificate named by the SHA-1 of its bytes. It only chooses among the certificates that НУЦ issued: what
    is trusted is their chain, never this digest.
    """

    digest: bytes
    serial: int = 0
    """Unknown: a thumbprint says nothing of it."""

    def names_certificate(self, certificate: x509.Certificate) -> bool:
        """Whether `certificate` has this thumbprint."""
        return certificate.fingerprint(hashes.SHA1()) == self.digest  # noqa: S303 - the profile's own digest


CertificateLookup = Callable[[CertificateName], x509.Certificate | None]
"""Finds a certificate that a signature names without carrying it; None for an unknown certificate."""


class KnownCertificates:
    """A `CertificateLookup` over a few certificates in memory; a service with thousands of certificates looks them
    up in its database.
    """

    def __init__(self, certificates: Iterable[x509.Certificate]) -> None:
        self._by_serial: dict[int, list[x509.Certificate]] = {}
        for certificate in certificates:
            self._by_serial.setdefault(certificate.serial_number, []).append(certificate)

    def __call__(self, name: CertificateName) -> x509.Certificate | None:
        known = self._by_serial.get(name.serial, ()) if name.serial else chain(*self._by_serial.values())
        matches = [certificate for certificate in known if name.names_certificate(certificate)]
        return matches[0] if len(matches) == 1 else None


@dataclass(frozen=True)
class KeyInfoSigner:
    """The signer's certificate and the other certificates of the KeyInfo, unverified."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


def find_no_certificate(name: CertificateName) -> None:
    """A `CertificateLookup` that knows no certificate."""


def read_key_info(key_info: XmlElement, lookup: CertificateLookup = find_no_certificate) -> KeyInfoSigner:
    """The signer that KeyInfo names in its only X509Data; KeyName and KeyValue are ignored.

    Raises Malformed eds-signers without a certificate or with several that are not one chain, Malformed
    eds-malformed for any other form, and Untrusted eds-certificate-unknown for a certificate that is named, not
    carried, and unknown to `lookup`.
    """
    children = only_elements(key_info, attributes=("Id",))
    data = [child for child in children if is_ds(child, "X509Data")]
    unknown_children = [
        child for child in children if not any(is_ds(child, name) for name in ("X509Data", "KeyName", "KeyValue"))
    ]
    if unknown_children or len(data) > 1:
        raise unexpected_element(key_info)
    if not data:
        raise _no_certificate()
    return read_x509_data(data[0], lookup)


def read_x509_data(data: XmlElement, lookup: CertificateLookup = find_no_certificate) -> KeyInfoSigner:
    """The signer in one X509Data, carried as certificates or only named; raises as `read_key_info` does."""
    children = only_elements(data)
    if not all(any(is_ds(child, name) for name in _IN_X509_DATA) for child in children):
        raise unexpected_element(data)
    certificates = [load_certificate(base64_of(child)) for child in children if is_ds(child, "X509Certificate")]
    names: list[CertificateName] = [
        *(_issuer_serial(child) for child in children if is_ds(child, "X509IssuerSerial")),
        *(SubjectKeyId(base64_of(child)) for child in children if is_ds(child, "X509SKI")),
    ]
    if not certificates and names:
        certificates = [look_up_certificate(names[0], lookup)]
    signer = order_chain(certificates)
    if any(not name.names_certificate(signer.certificate) for name in names):
        raise Malformed("eds-signers", "the signature carries one certificate and names another")
    return signer


def look_up_certificate(name: CertificateName, lookup: CertificateLookup) -> x509.Certificate:
    """The certificate that `name` names; Untrusted eds-certificate-unknown when `lookup` does not find it."""
    certificate = lookup(name)
    if certificate is None:
        raise Untrusted("eds-certificate-unknown", "the certificate is only named and not known here")
    return certificate


def order_chain(certificates: Sequence[x509.Certificate]) -> KeyInfoSigner:
    """The certificate that issued none of the others, with its issuers in order; Malformed eds-signers when the
    certificates are not one chain.
    """
    distinct = list(dict.fromkeys(certificates))
    if not 1 <= len(distinct) <= _MAX_CERTIFICATES:
        raise _no_certificate()
    issuers = {certificate.issuer for certificate in distinct if certificate.issuer != certificate.subject}
    leaves = [certificate for certificate in distinct if certificate.subject not in issuers]
    if len(leaves) != 1:
        raise _not_one_chain()
    chain = list(_issuers_of(leaves[0], [certificate for certificate in distinct if certificate is not leaves[0]]))
    if len(chain) != len(distinct) - 1:
        raise _not_one_chain()
    return KeyInfoSigner(leaves[0], tuple(chain))


def load_certificate(der: bytes) -> x509.Certificate:
    """The certificate in `der`; Malformed eds-malformed for unreadable bytes.

    A signer signs many documents: the last certificates of usual length are kept. They are only read here.
    """
    return _load_kept(der) if len(der) <= LONGEST_KEPT else _load(der)


def _load(der: bytes) -> x509.Certificate:
    try:
        if read_parts(der).serial <= 0:
            raise ValueError("not positive")  # RFC 5280, 4.1.2.2
        certificate = x509.load_der_x509_certificate(der)
        # names are parsed lazily; a broken name shows only here
        hash(certificate.subject), hash(certificate.issuer)
    except UNREADABLE:
        raise Malformed("eds-malformed", "not a readable certificate") from None
    return certificate


_load_kept = lru_cache(MOST_KEPT)(_load)


def write_certificates(parent: XmlElement, certificates: Iterable[x509.Certificate]) -> None:
    """Append X509Data with an X509Certificate for each certificate."""
    data = add_child(parent, "X509Data")
    for certificate in certificates:
        add_child(data, "X509Certificate").text = base64_text(certificate.public_bytes(Encoding.DER))


def write_issuer_serial(parent: XmlElement, certificate: x509.Certificate) -> None:
    """Append X509Data that only names the certificate; the issuer is written as in RFC 4514."""
    serial_element = add_child(add_child(parent, "X509Data"), "X509IssuerSerial")
    add_child(serial_element, "X509IssuerName").text = certificate.issuer.rfc4514_string()
    add_child(serial_element, "X509SerialNumber").text = str(certificate.serial_number)


def _issuers_of(leaf: x509.Certificate, candidates: list[x509.Certificate]) -> Iterable[x509.Certificate]:
    """The issuers of `leaf` among `candidates`, nearest first."""
    current = leaf
    for _ in candidates:
        issuer = next(
            (
                candidate
                for candidate in candidates
                if candidate.subject == current.issuer and candidate != current
            ),
            None,
        )
        if issuer is None:
            return
        yield issuer
        current = issuer


def _issuer_serial(element: XmlElement) -> IssuerSerial:
    children = only_elements(element)
    names = ("X509IssuerName", "X509SerialNumber")
    if len(children) != len(names) or not all(map(is_ds, children, names)):
        raise unexpected_element(element)
    issuer, serial = (only_text(child).strip() for child in children)
    if len(issuer) > _MAX_ISSUER or not (serial.isascii() and serial.isdecimal() and len(serial) <= 60):
        raise unexpected_element(element)
    return IssuerSerial(issuer, int(serial))


@lru_cache(maxsize=256)
def _name_parts(text: str) -> list[tuple[str, str]] | None:
    try:
        return [
            _name_part(attribute) for attribute in x509.Name.from_rfc4514_string(_SPACED.sub(",", text), _NAMES)
        ]
    except (ValueError, KeyError):
        return None


def _name_part(attribute: x509.NameAttribute[Any]) -> tuple[str, str]:
    return attribute.oid.dotted_string, " ".join(str(attribute.value).split()).casefold()


def _no_certificate() -> Malformed:
    return Malformed("eds-signers", "the signer's certificate is absent")


def _not_one_chain() -> Malformed:
    return Malformed("eds-signers", "the certificates are not one chain that leads on from the signer's")
