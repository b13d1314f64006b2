"""The encoded parts of a certificate (RFC 5280, 4.1), which `cryptography` gives as decoded values only."""

from __future__ import annotations

from dataclasses import dataclass

from shared.pki.encoding import asn1
from shared.pki.encoding.asn1 import CONTEXT_0, TLV

_MOST_BYTES = 64 * 1024
_SHORTEST_BODY, _LONGEST_BODY = 6, 10


@asn1.sequence
class _Certificate:
    body: list[TLV]
    algorithm: TLV
    signature: TLV


@dataclass(frozen=True, slots=True)
class CertificateParts:
    """Serial number, issuer and key (SubjectPublicKeyInfo) of a certificate, and the signature algorithm that the
    body and the envelope name.
    """

    serial: int
    issuer: TLV
    key: TLV
    inner_algorithm: TLV
    outer_algorithm: TLV

    @property
    def encoded_key(self) -> bytes:
        return asn1.raw_value(self.key)

    @property
    def has_one_algorithm(self) -> bool:
        """Whether body and envelope name one signature algorithm (RFC 5280, 4.1.1.2)."""
        return asn1.raw_value(self.inner_algorithm) == asn1.raw_value(self.outer_algorithm)


def read_parts(certificate: bytes) -> CertificateParts:
    """The parts of a certificate in DER; ValueError for other bytes, and for more than 64 KiB."""
    if len(certificate) > _MOST_BYTES:
        raise ValueError("a certificate of over 64 KiB")
    read = asn1.read_value(_Certificate, certificate)
    body = read.body[1:] if read.body and read.body[0].tag_bytes == CONTEXT_0 else read.body  # the version
    if not _SHORTEST_BODY <= len(body) <= _LONGEST_BODY:
        raise ValueError("not the body of a certificate")
    serial, algorithm, issuer, _, _, key = body[:_SHORTEST_BODY]
    return CertificateParts(serial.parse(int), issuer, key, algorithm, read.algorithm)
