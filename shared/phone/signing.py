"""The keys of a person in the app, the three sign methods, and the signed request of the auth type Eds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from shared.bus.errors import Malformed, Refused
from shared.client.keystore import KeyEntry
from shared.phone.wire import DocumentSet, SignMethod
from shared.pki.cms import signed_data
from shared.pki.verification.check import certificate_bin, certificate_iin, signer_info
from shared.pki.xml.xmldsig import sign_enveloped


@dataclass(frozen=True)
class PhoneOwner:
    """The person whom the app knows: the key that signs documents, and the key that proves who logs in."""

    sign_entry: KeyEntry
    auth_entry: KeyEntry | None = None

    @property
    def name(self) -> str:
        """The common name of the certificate."""
        return signer_info(self.sign_entry.certificate).common_name

    @property
    def iin(self) -> str | None:
        """The ИИН of the certificate."""
        return certificate_iin(self.sign_entry.certificate)

    @property
    def bin(self) -> str | None:
        """The БИН of the certificate: whether the person acts for an organisation."""
        return certificate_bin(self.sign_entry.certificate)


def sign_documents(offered: DocumentSet, owner: PhoneOwner, at: datetime) -> list[bytes]:
    """The signature of each document by the set's method.

    Malformed: the ``xml-…`` codes for a documentXml that is no XML.
    """
    return [_sign_content(offered.method, document.content, owner, at) for document in offered.documents]


def compose_eds_request(uri: str, owner: PhoneOwner) -> bytes:
    """The XML that holds the address of API 2, signed by the key for logins.

    Refused ``phone-auth-key-missing``.
    """
    if owner.auth_entry is None:
        raise Refused("phone-auth-key-missing", "the app has no key for logins: the auth type Eds needs one")
    login = etree.Element("login")
    etree.SubElement(login, "url").text = uri
    entry = owner.auth_entry
    return sign_enveloped(etree.tostring(login, encoding="utf-8"), entry.key, entry.certificate)


def spoil_signatures(method: SignMethod, signatures: Sequence[bytes]) -> list[bytes]:
    """The signatures with one bit changed in the value of each: readable, and not genuine."""
    return [
        _spoil_xml(signature) if method is SignMethod.XML else _spoil_end(signature) for signature in signatures
    ]


def _sign_content(method: SignMethod, content: bytes, owner: PhoneOwner, at: datetime) -> bytes:
    entry = owner.sign_entry
    if method is SignMethod.XML:
        return sign_enveloped(content, entry.key, entry.certificate)
    attach = method is SignMethod.CMS_WITH_DATA
    return signed_data.sign(content, entry.key, entry.certificate, at=at, detached=not attach)


def _spoil_end(cms: bytes) -> bytes:
    return cms[:-1] + bytes([cms[-1] ^ 1])


def _spoil_xml(xml: bytes) -> bytes:
    begin = xml.rfind(b"SignatureValue>", 0, xml.rfind(b"SignatureValue>"))
    if begin < 0:
        raise Malformed("eds-missing", "the document is not signed")
    place = begin + len(b"SignatureValue>") + 10
    spoiled = bytearray(xml)
    spoiled[place] = ord("B") if spoiled[place] != ord("B") else ord("C")
    return bytes(spoiled)
