"""One request: the user agrees or cancels, a key is chosen, something is signed."""

from __future__ import annotations

import binascii
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from services.tools.ncalayer.signing_device import KeyQuery, SigningDevice
from shared.bus.errors import Malformed
from shared.client.keystore import KeyEntry
from shared.pki.cms import signed_data
from shared.pki.xml import xmldsig

LINE_LENGTH = 64
DIGEST_BYTES = 32


@dataclass(frozen=True)
class SignedItem:
    """A signed item as shown to a person: never the content."""

    kind: str
    size: int
    digest: str


@dataclass
class SigningSession:
    """A request being served; `signed` and `signer` record what was signed, and with which key."""

    device: SigningDevice
    signed: list[SignedItem] = field(default_factory=list)
    signer: KeyEntry | None = None

    def choose_key(self, storages: Sequence[str] | None, query: KeyQuery) -> KeyEntry:
        """The key that the user chose; UserCancelled when the user closed the window."""
        self.device.user.ask_consent()
        self.signer = self.device.choose_key(storages, query)
        return self.signer

    def sign_cms(self, entry: KeyEntry, content: bytes, *, attach: bool, stamp: bool) -> bytes:
        """The CMS (DER) over `content`; with `stamp` it is CAdES-T."""
        signed_cms = signed_data.sign(
            content,
            entry.key,
            entry.certificate,
            chain=entry.chain,
            at=self.device.clock.now(),
            detached=not attach,
        )
        signed_cms = self.device.add_timestamp(signed_cms) if stamp else signed_cms
        self._note_signed("cms", content)
        return signed_cms

    def sign_digest(self, entry: KeyEntry, digest: bytes, *, stamp: bool) -> bytes:
        """The CMS (DER) over content with this SHA-256; Malformed ncalayer-digest for other than 32 bytes."""
        if len(digest) != DIGEST_BYTES:
            raise Malformed("ncalayer-digest", "a SHA-256 digest has 32 bytes")
        now = self.device.clock.now()
        key, certificate = entry.key, entry.certificate
        signed_cms = signed_data.sign(
            b"", key, certificate, chain=entry.chain, at=now, detached=True, digest=digest
        )
        signed_cms = self.device.add_timestamp(signed_cms) if stamp else signed_cms
        self.signed.append(SignedItem("cms of a digest", len(digest), digest.hex()))
        return signed_cms

    def sign_raw(self, entry: KeyEntry, content: bytes, *, digested: bool) -> bytes:
        """The bare signature over `content`, or over content with this SHA-256: RSA by PKCS #1 v1.5, or ECDSA in
        DER; Malformed ncalayer-digest for other than 32 bytes of a digest.
        """
        if digested and len(content) != DIGEST_BYTES:
            raise Malformed("ncalayer-digest", "a SHA-256 digest has 32 bytes")
        algorithm = Prehashed(SHA256()) if digested else SHA256()
        self._note_signed("raw", content)
        if isinstance(entry.key, rsa.RSAPrivateKey):
            return entry.key.sign(content, padding.PKCS1v15(), algorithm)
        return entry.key.sign(content, ec.ECDSA(algorithm))

    def sign_xml(
        self, entry: KeyEntry, document: bytes, *, tbs: str | None = None, parent: str | None = None
    ) -> str:
        """The document with an enveloped signature; the paths are those of `xmldsig.sign_enveloped`."""
        signed_xml = xmldsig.sign_enveloped(
            document, entry.key, entry.certificate, tbs_xpath=tbs or None, parent_xpath=parent or None
        )
        self._note_signed("xml", document)
        return signed_xml.decode()

    def _note_signed(self, kind: str, content: bytes) -> None:
        self.signed.append(SignedItem(kind, len(content), sha256(content).hexdigest()))


def encode_pem(der: bytes) -> str:
    """A CMS as PEM in the real signer's form."""
    text = b64encode(der).decode()
    lines = [text[at : at + LINE_LENGTH] for at in range(0, len(text), LINE_LENGTH)]
    return "\n".join(("-----BEGIN CMS-----", *lines, "-----END CMS-----", ""))


def decode_base64(text: str) -> bytes:
    """The decoded bytes; Malformed ncalayer-base64. White space is ignored."""
    characters = "".join(text.split())
    try:
        if len(characters) % 4:
            raise ValueError
        return binascii.a2b_base64(characters, strict_mode=True)
    except (binascii.Error, ValueError):
        raise Malformed("ncalayer-base64", "the data are not base64") from None


def encode_utf8(text: str) -> bytes:
    """The text as UTF-8; Malformed ncalayer-text for a lone surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Malformed("ncalayer-text", "the text is not Unicode") from None
