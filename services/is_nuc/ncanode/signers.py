"""CMS with any number of signers, as NCANode makes and reads it.

The documents of the services have exactly one signer, and `shared.pki.cms.signed_data` refuses others. Here every
signer is shown to it as if he were alone: one set of rules decides on every signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms as asn1
from asn1crypto import core, parser
from cryptography import x509

from services.is_nuc.ncanode.information import load_certificate
from services.is_nuc.ncanode.keystore import KeystoreEntry
from services.is_nuc.ncanode.wire import MOST_SIGNERS
from shared.bus.errors import BusError, Malformed, NotFound, Untrusted
from shared.pki.cms import signed_data
from shared.pki.encoding.der import UNREADABLE

MOST_CERTIFICATES = 64
MOST_CERTIFICATE_BYTES = 256 * 1024
MOST_ATTRIBUTES = 32
MOST_ATTRIBUTE_BYTES = 64 * 1024
_TIMESTAMP_ATTRIBUTE = "1.2.840.113549.1.9.16.2.14"  # signatureTimeStampToken: RFC 3161, appendix A


@dataclass(frozen=True)
class CheckedSigner:
    """One signer: his certificate, if it is there; whether his signature holds; the time-stamp token on it."""

    certificate: x509.Certificate | None
    is_genuine: bool
    signature: bytes
    token: bytes | None


@dataclass(frozen=True)
class SigningOptions:
    """How to sign: the moment claimed, whether the content stays outside, who stamps a signature's bytes."""

    at: datetime
    detached: bool = False
    stamp: Callable[[bytes], bytes] | None = None


def sign_data(data: bytes, entries: Sequence[KeystoreEntry], options: SigningOptions) -> bytes:
    """A CMS over the data, signed by every one of these keys."""
    first, *additions = [_signed_alone(data, entry, options) for entry in entries]
    for addition in additions:
        _prepend_signers(first["content"], addition["content"])
    return _dump_der(first)


def add_signers(
    der: bytes, data: bytes | None, entries: Sequence[KeystoreEntry], options: SigningOptions
) -> bytes:
    """The CMS with more signers over the same content, which is `data` when the CMS is detached.

    The content stays within, or goes, as the manner says; who signed before keeps what he signed, to the byte.
    Malformed cms-malformed, content-missing.
    """
    with _translate_errors():
        existing_cms = _content_info(der)
        content = _read_content(existing_cms["content"])
        signed = data if content is None else content
        if signed is None:
            raise Malformed("content-missing", "Data must be specified for detached CMS")
        if len(existing_cms["content"]["signer_infos"]) + len(entries) > MOST_SIGNERS:
            raise Malformed("cms-malformed", "there are too many signers")
        added_cms = asn1.ContentInfo.load(sign_data(signed, entries, options))
        _prepend_signers(added_cms["content"], existing_cms["content"])
        return _dump_der(added_cms)


def extract_content(der: bytes) -> bytes:
    """What the CMS holds; NotFound content-missing when it is detached, Malformed cms-malformed."""
    with _translate_errors():
        content = _read_content(_content_info(der)["content"])
    if content is None:
        raise NotFound("content-missing", "CMS doesn't have signed content")
    return content


def find_signers(der: bytes, data: bytes | None) -> list[CheckedSigner]:
    """Every signer of the CMS, in its order; `data` is for a detached one. Malformed cms-malformed."""
    with _translate_errors():
        signed = _content_info(der)["content"]
        certificates, is_detached = _read_certificates(signed), _read_content(signed) is None
        return [
            _check_signer(signed, signer_info, certificates, data if is_detached else None)
            for signer_info in signed["signer_infos"]
        ]


def _signed_alone(data: bytes, entry: KeystoreEntry, options: SigningOptions) -> Any:
    signed_cms = asn1.ContentInfo.load(
        signed_data.sign(data, entry.key, entry.certificate, at=options.at, detached=options.detached)
    )
    if options.stamp is not None:
        (info,) = signed_cms["content"]["signer_infos"]
        token = asn1.ContentInfo.load(options.stamp(bytes(info["signature"].native)))
        attribute = {"type": "signature_time_stamp_token", "values": [token]}
        info["unsigned_attrs"] = [attribute]  # RFC 3161, appendix A
    return signed_cms


def _dump_der(content_info: Any) -> bytes:
    der: bytes = content_info.dump()
    return der


def _check_signer(signed: Any, info: Any, certificates: list[Any], data: bytes | None) -> CheckedSigner:
    own = [candidate for candidate in certificates if _is_named(info["sid"], candidate)]
    signature, token = bytes(info["signature"].native), _read_token(info)
    if len(own) != 1:
        return CheckedSigner(None, False, signature, token)
    certificate = load_certificate(own[0].dump())
    is_genuine = certificate is not None and _is_genuine(signed, info, own[0], data)
    return CheckedSigner(certificate, is_genuine, signature, token)


def _is_genuine(signed: Any, info: Any, own: Any, data: bytes | None) -> bool:
    """Whether the strict reader takes this signature when its signer and his certificate stand alone."""
    alone = asn1.SignedData(
        {
            "version": signed["version"].native,
            "digest_algorithms": [info["digest_algorithm"]],
            "encap_content_info": signed["encap_content_info"],
            "certificates": [own],
            "signer_infos": [info],
        }
    )
    try:
        signed_data.open_signed(
            asn1.ContentInfo({"content_type": "signed_data", "content": alone}).dump(), content=data
        )
    except (Malformed, Untrusted):
        return False
    return True


def _prepend_signers(target: Any, source: Any) -> None:
    """Put the certificates, the digests and the signers of one SignedData before those of another."""
    present = {certificate.dump() for certificate in _read_certificates(target)}
    fresh = [certificate for certificate in _read_certificates(source) if certificate.dump() not in present]
    target["certificates"] = [*_read_certificates(target), *fresh]
    digests = {digest.dump(): digest for digest in (*source["digest_algorithms"], *target["digest_algorithms"])}
    target["digest_algorithms"] = list(digests.values())
    target["signer_infos"] = [*source["signer_infos"], *target["signer_infos"]]


def _content_info(der: bytes) -> Any:
    whole = asn1.ContentInfo.load(der, strict=True)
    if whole["content_type"].native != "signed_data":
        raise Malformed("cms-malformed", "not a CMS SignedData")
    _check_limits(whole["content"])
    return whole


def _check_limits(signed: Any) -> None:
    """Malformed cms-malformed when there is more of anything than real signers write: asn1crypto makes objects of
    every element, a hundred thousand in a second."""
    _check_count(signed["digest_algorithms"], MOST_SIGNERS)
    _check_count(signed["signer_infos"], MOST_SIGNERS)
    _check_count(signed["certificates"], MOST_CERTIFICATES, MOST_CERTIFICATE_BYTES)
    for info in signed["signer_infos"]:
        _check_count(info["signed_attrs"], MOST_ATTRIBUTES, MOST_ATTRIBUTE_BYTES)
        _check_count(info["unsigned_attrs"], MOST_ATTRIBUTES)


def _check_count(values: Any, most: int, most_bytes: int = signed_data.MAX_BYTES) -> None:
    remaining = values.contents or b""
    count = 0
    while remaining:
        count += 1
        if count > most or len(values.contents) > most_bytes:
            raise Malformed("cms-malformed", "there are too many signers, certificates or attributes")
        remaining = remaining[parser.peek(remaining) :]


def _read_content(signed: Any) -> bytes | None:
    within = signed["encap_content_info"]["content"]
    return None if isinstance(within, core.Void) else bytes(within)


def _read_certificates(signed: Any) -> list[Any]:
    present = signed["certificates"]
    if isinstance(present, core.Void):
        return []
    return [choice.chosen for choice in present if choice.name == "certificate"]


def _is_named(sid: Any, certificate: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(sid.chosen.native == certificate.key_identifier)
    body = certificate["tbs_certificate"]
    is_same_number = sid.chosen["serial_number"].native == body["serial_number"].native
    return bool(is_same_number and sid.chosen["issuer"].dump() == body["issuer"].dump())


def _read_token(info: Any) -> bytes | None:
    unsigned = info["unsigned_attrs"]
    if isinstance(unsigned, core.Void):
        return None
    tokens = [attribute for attribute in unsigned if attribute["type"].dotted == _TIMESTAMP_ATTRIBUTE]
    if not tokens:
        return None
    if len(tokens) != 1 or len(tokens[0]["values"]) != 1:
        raise Malformed("cms-malformed", "Too many TSP tokens")
    token: bytes = tokens[0]["values"][0].dump()
    return token


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Whatever asn1crypto says of bytes it cannot read becomes Malformed cms-malformed."""
    try:
        yield
    except BusError:
        raise
    except (*UNREADABLE, RecursionError):
        raise Malformed("cms-malformed", "not a readable CMS SignedData") from None
