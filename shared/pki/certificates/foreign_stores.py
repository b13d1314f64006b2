"""Key stores of other kinds than PKCS #12, by their first bytes: a reader says what a file is, not «damaged»."""

from __future__ import annotations

_BEGINNINGS = {
    b"\xfe\xed\xfe\xed": "a Java key store (JKS)",
    b"\xce\xce\xce\xce": "a Java key store (JCEKS)",
    b"-----BEGIN ": "PEM",
    b"PK\x03\x04": "a ZIP archive",
}


def name_foreign_store(content: bytes) -> str | None:
    """The kind of the file, in English, if its beginning shows that the file is not PKCS #12; None otherwise."""
    return next((name for beginning, name in _BEGINNINGS.items() if content.startswith(beginning)), None)
