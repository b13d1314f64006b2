"""One request at the desk: the user agrees or cancels, a key is chosen, something is signed."""

from __future__ import annotations

import binascii
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from services.tools.ncalayer.signing_device import Desk, Wanted
from shared.bus.errors import Malformed
from shared.client.keystore import KeyEntry
from shared.pki.cms import signed_data
from shared.pki.xml import xmldsig

LINE = 64
DIGEST_BYTES = 32


@dataclass(frozen=True)
class Signed:
    """What was signed, for the eyes of a person: never the content."""

    what: str
    size: int
    digest: str


@dataclass
class Sitting:
    """A request being served. `signed` and `signer` tell afterwards what happened."""

    desk: Desk
    signed: list[Signed] = field(default_factory=list)
    signer: KeyEntry | None = None

    def choose(self, storages: Sequence[str] | None, wanted: Wanted) -> KeyEntry:
        """The key that the user chose; Cancelled when he closed the window."""
        self.desk.user.ask()
        self.signer = self.desk.choose(storages, wanted)
        return self.signer

    def sign_cms(self, entry: KeyEntry, content: bytes, *, attach: bool, stamp: bool) -> bytes:
        """DER over `content`; a stamped one is CAdES-T."""
        made = signed_data.sign(
            content,
            entry.key,
            entry.certificate,
            chain=entry.chain,
            at=self.desk.clock.now(),
            detached=not attach,
        )
        made = self.desk.stamp(made) if stamp else made
        self._note("cms", content)
        return made

    def sign_digest(self, entry: KeyEntry, digest: bytes, *, stamp: bool) -> bytes:
        """DER over a content whose SHA-256 is given; Malformed ncalayer-digest when it is none."""
        if len(digest) != DIGEST_BYTES:
            raise Malformed("ncalayer-digest", "a SHA-256 digest has 32 bytes")
        now = self.desk.clock.now()
        key, certificate = entry.key, entry.certificate
        made = signed_data.sign(b"", key, certificate, chain=entry.chain, at=now, detached=True, digest=digest)
        made = self.desk.stamp(made) if stamp else made
        self.signed.append(Signed("cms of a digest", len(digest), digest.hex()))
        return made

    def sign_xml(
        self, entry: KeyEntry, document: bytes, *, tbs: str | None = None, parent: str | None = None
    ) -> str:
        """The document with an enveloped signature; the paths are those of `xmldsig.sign_enveloped`."""
        made = xmldsig.sign_enveloped(
            document, entry.key, entry.certificate, tbs_xpath=tbs or None, parent_xpath=parent or None
        )
        self._note("xml", document)
        return made.decode()

    def _note(self, what: str, content: bytes) -> None:
        self.signed.append(Signed(what, len(content), sha256(content).hexdigest()))


def pem(der: bytes) -> str:
    """As the real signer writes a CMS."""
    text = b64encode(der).decode()
    lines = [text[at : at + LINE] for at in range(0, len(text), LINE)]
    return "\n".join(("-----BEGIN CMS-----", *lines, "-----END CMS-----", ""))


def base64(text: str) -> bytes:
    """The bytes; Malformed ncalayer-base64. White space between the characters is let through."""
    characters = "".join(text.split())
    try:
        if len(characters) % 4:
            raise ValueError
        return binascii.a2b_base64(characters, strict_mode=True)
    except (binascii.Error, ValueError):
        raise Malformed("ncalayer-base64", "the data are not base64") from None


def utf8(text: str) -> bytes:
    """The bytes; Malformed ncalayer-text when half a pair of surrogates is in it."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Malformed("ncalayer-text", "the text is not Unicode") from None
