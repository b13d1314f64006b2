"""CMS with any number of signers, as NCANode makes and reads such messages.

The documents of the services have exactly one signer, and `signed_data.open_signed` refuses others. This module
uses the reader and the rules of `signed_data` for each signer separately.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from services.is_nuc.ncanode.information import load_certificate
from services.is_nuc.ncanode.keystore import KeystoreEntry
from services.is_nuc.ncanode.wire import MOST_SIGNERS
from shared.bus.errors import BusError, Malformed, NotFound, Untrusted
from shared.pki.cms import shapes, signed_data
from shared.pki.cms.shapes import CmsMessage, CmsSigner
from shared.pki.encoding import asn1, der
from shared.pki.encoding.asn1 import TooManyElements
from shared.pki.encoding.certificate import read_parts

MOST_CERTIFICATES = 64
MOST_CERTIFICATE_BYTES = 256 * 1024
MOST_ATTRIBUTE_BYTES = 64 * 1024
_OTHER_CERTIFICATES = (b"\xa0", b"\xa1", b"\xa2", b"\xa3")
_TIMESTAMP_ATTRIBUTE = "1.2.840.113549.1.9.16.2.14"  # signatureTimeStampToken: RFC 3161, appendix A


@dataclass(frozen=True)
class CheckedSigner:
    """One signer: the certificate, if the CMS has it; whether the signature is valid; the signature's time-stamp
    token.
    """

    certificate: x509.Certificate | None
    is_genuine: bool
    signature: bytes
    token: bytes | None


@dataclass(frozen=True)
class SigningOptions:
    """How to sign: the claimed moment, whether the content stays outside, the time-stamping of signatures."""

    at: datetime
    detached: bool = False
    stamp: Callable[[bytes], bytes] | None = None


def sign_data(data: bytes, entries: Sequence[KeystoreEntry], options: SigningOptions) -> bytes:
    """A CMS over the data, signed by every one of these keys."""
    return _join_messages([_signed_alone(data, entry, options) for entry in entries])


def add_signers(
    cms: bytes, data: bytes | None, entries: Sequence[KeystoreEntry], options: SigningOptions
) -> bytes:
    """The CMS with more signers over the same content, which is `data` when the CMS is detached.

    `options` say whether the content stays inside; the bytes of the earlier signers do not change.
    Malformed cms-malformed, content-missing.
    """
    with _translate_errors():
        existing_cms = _read_message(cms)
        signed = data if existing_cms.content is None else existing_cms.content
        if signed is None:
            raise Malformed("content-missing", "Data must be specified for detached CMS")
        if len(existing_cms.read_signers(MOST_SIGNERS)) + len(entries) > MOST_SIGNERS:
            raise Malformed("cms-malformed", "there are too many signers")
        added_cms = [_signed_alone(signed, entry, options) for entry in entries]
        return _join_messages([*added_cms, existing_cms])


def extract_content(cms: bytes) -> bytes:
    """The content of the CMS; NotFound content-missing for a detached one, Malformed cms-malformed."""
    with _translate_errors():
        content = _read_message(cms).content
    if content is None:
        raise NotFound("content-missing", "CMS doesn't have signed content")
    return content


def find_signers(cms: bytes, data: bytes | None) -> list[CheckedSigner]:
    """Every signer of the CMS, in its order; `data` is for a detached one. Malformed cms-malformed."""
    with _translate_errors():
        message = _read_message(cms)
        certificates = _read_certificates(message)
        content = data if message.content is None else None
        return [
            _check_signer(message, shapes.read_signer(signer), certificates, content)
            for signer in message.read_signers(MOST_SIGNERS)
        ]


def _signed_alone(data: bytes, entry: KeystoreEntry, options: SigningOptions) -> CmsMessage:
    message = signed_data.read_message(
        signed_data.sign(data, entry.key, entry.certificate, at=options.at, detached=options.detached)
    )
    if options.stamp is None:
        return message
    signer = shapes.read_signer(message.read_signers(1)[0])
    token = der.set_of(options.stamp(signer.signature))
    stamped = shapes.encode_signer(signer, [der.sequence(der.oid(_TIMESTAMP_ATTRIBUTE), token)])
    return signed_data.read_message(shapes.encode_message(message, [stamped]))


def _join_messages(messages: Sequence[CmsMessage]) -> bytes:
    """The first message with the certificates, digests and signers of all messages."""
    certificates = {each for message in messages for each in _read_certificates(message)}
    digests = {each for message in messages for each in message.read_digests(MOST_SIGNERS)}
    signers = [each for message in messages for each in message.read_signers(MOST_SIGNERS)]
    return shapes.encode_message(messages[0], signers, digests=[*digests], certificates=[*certificates])


def _check_signer(
    message: CmsMessage, signer: CmsSigner, certificates: list[bytes], data: bytes | None
) -> CheckedSigner:
    own = [candidate for candidate in certificates if _is_named(signer, candidate)]
    token = _read_token(signer)
    certificate = load_certificate(own[0]) if len(own) == 1 else None
    is_genuine = certificate is not None and _is_genuine(message, signer, own[0], certificate, data)
    return CheckedSigner(certificate, is_genuine, signer.signature, token)


def _is_genuine(
    message: CmsMessage, signer: CmsSigner, encoded: bytes, own: x509.Certificate, data: bytes | None
) -> bool:
    try:
        signed_data.prove_signer(message, signer, own, encoded=encoded, content=data)
    except (Malformed, Untrusted, *der.UNREADABLE):
        return False
    return True


def _read_message(cms: bytes) -> CmsMessage:
    """The unverified message; Malformed cms-malformed for too many certificates, signers or attributes."""
    message = signed_data.read_message(cms)
    if message.certificates and len(message.certificates.data) > MOST_CERTIFICATE_BYTES:
        raise Malformed("cms-malformed", "there are too many certificates")
    for signer in map(shapes.read_signer, message.read_signers(MOST_SIGNERS)):
        if signer.attributes and len(signer.attributes.data) > MOST_ATTRIBUTE_BYTES:
            raise Malformed("cms-malformed", "there are too many attributes")
    return message


def _read_certificates(message: CmsMessage) -> list[bytes]:
    """The X.509 certificates of the message; the older kinds of CertificateChoices, [0] to [3], are left out."""
    present = message.read_certificates(MOST_CERTIFICATES)
    if not {each[:1] for each in present} <= {asn1.SEQUENCE, *_OTHER_CERTIFICATES}:
        raise ValueError("a certificate of no known kind")
    return [each for each in present if each.startswith(asn1.SEQUENCE)]


def _is_named(signer: CmsSigner, candidate: bytes) -> bool:
    def key_identifier() -> bytes | None:
        certificate = load_certificate(candidate)
        return None if certificate is None else signed_data.key_identifier(certificate)

    return shapes.is_named(signer.sid, read_parts(candidate), key_identifier)


def _read_token(signer: CmsSigner) -> bytes | None:
    if signer.unsigned is None:
        return None
    attributes = shapes.read_attributes(signer.unsigned, asn1.CONTEXT_1)
    tokens = [each for each in attributes if each.kind.dotted_string == _TIMESTAMP_ATTRIBUTE]
    if not tokens:
        return None
    if len(tokens) != 1:
        raise Malformed("cms-malformed", "Too many TSP tokens")
    return asn1.raw_value(shapes.only_value(tokens[0].values))


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Turn every error of reading bytes into Malformed cms-malformed."""
    try:
        yield
    except BusError:
        raise
    except TooManyElements:
        raise Malformed("cms-malformed", "there are too many signers, certificates or attributes") from None
    except der.UNREADABLE:
        raise Malformed("cms-malformed", "not a readable CMS SignedData") from None
