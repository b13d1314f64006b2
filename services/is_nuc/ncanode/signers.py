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

from services.is_nuc.ncanode.information import load
from services.is_nuc.ncanode.keystore import Entry
from services.is_nuc.ncanode.wire import MOST_SIGNERS
from shared.bus.errors import BusError, Malformed, NotFound, Untrusted
from shared.pki.cms import signed_data
from shared.pki.encoding.der import UNREADABLE

MOST_CERTIFICATES = 64
MOST_CERTIFICATE_BYTES = 256 * 1024
MOST_ATTRIBUTES = 32
MOST_ATTRIBUTE_BYTES = 64 * 1024
_STAMPED = "1.2.840.113549.1.9.16.2.14"  # signatureTimeStampToken: RFC 3161, appendix A


@dataclass(frozen=True)
class SignerFound:
    """One signer: his certificate, if it is there; whether his signature holds; the time-stamp token on it."""

    certificate: x509.Certificate | None
    is_genuine: bool
    signature: bytes
    token: bytes | None


@dataclass(frozen=True)
class Manner:
    """How to sign: the moment claimed, whether the content stays outside, who stamps a signature's bytes."""

    at: datetime
    detached: bool = False
    stamp: Callable[[bytes], bytes] | None = None


def sign(data: bytes, entries: Sequence[Entry], manner: Manner) -> bytes:
    """A CMS over the data, signed by every one of these keys."""
    first, *others = [_signed_alone(data, one, manner) for one in entries]
    for other in others:
        _join(first["content"], other["content"])
    return _dumped(first)


def add(der: bytes, data: bytes | None, entries: Sequence[Entry], manner: Manner) -> bytes:
    """The CMS with more signers over the same content, which is `data` when the CMS is detached.

    The content stays within, or goes, as the manner says; who signed before keeps what he signed, to the byte.
    Malformed cms-malformed, content-missing.
    """
    with _readable():
        whole = _content_info(der)
        content = _content(whole["content"])
        signed = data if content is None else content
        if signed is None:
            raise Malformed("content-missing", "Data must be specified for detached CMS")
        if len(whole["content"]["signer_infos"]) + len(entries) > MOST_SIGNERS:
            raise Malformed("cms-malformed", "there are too many signers")
        more = asn1.ContentInfo.load(sign(signed, entries, manner))
        _join(more["content"], whole["content"])
        return _dumped(more)


def extract(der: bytes) -> bytes:
    """What the CMS holds; NotFound content-missing when it is detached, Malformed cms-malformed."""
    with _readable():
        content = _content(_content_info(der)["content"])
    if content is None:
        raise NotFound("content-missing", "CMS doesn't have signed content")
    return content


def find_signers(der: bytes, data: bytes | None) -> list[SignerFound]:
    """Every signer of the CMS, in its order; `data` is for a detached one. Malformed cms-malformed."""
    with _readable():
        signed = _content_info(der)["content"]
        certificates, is_detached = _certificates(signed), _content(signed) is None
        return [_found(signed, one, certificates, data if is_detached else None) for one in signed["signer_infos"]]


def _signed_alone(data: bytes, entry: Entry, manner: Manner) -> Any:
    made = asn1.ContentInfo.load(
        signed_data.sign(data, entry.key, entry.certificate, at=manner.at, detached=manner.detached)
    )
    if manner.stamp is not None:
        (info,) = made["content"]["signer_infos"]
        token = asn1.ContentInfo.load(manner.stamp(bytes(info["signature"].native)))
        attribute = {"type": "signature_time_stamp_token", "values": [token]}
        info["unsigned_attrs"] = [attribute]  # RFC 3161, appendix A
    return made


def _dumped(whole: Any) -> bytes:
    der: bytes = whole.dump()
    return der


def _found(signed: Any, info: Any, certificates: list[Any], data: bytes | None) -> SignerFound:
    own = [one for one in certificates if _is_named(info["sid"], one)]
    signature, token = bytes(info["signature"].native), _token(info)
    if len(own) != 1:
        return SignerFound(None, False, signature, token)
    certificate = load(own[0].dump())
    is_genuine = certificate is not None and _is_genuine(signed, info, own[0], data)
    return SignerFound(certificate, is_genuine, signature, token)


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


def _join(into: Any, other: Any) -> None:
    """Put the certificates, the digests and the signers of one SignedData before those of another."""
    known = {one.dump() for one in _certificates(into)}
    fresh = [one for one in _certificates(other) if one.dump() not in known]
    into["certificates"] = [*_certificates(into), *fresh]
    digests = {one.dump(): one for one in (*other["digest_algorithms"], *into["digest_algorithms"])}
    into["digest_algorithms"] = list(digests.values())
    into["signer_infos"] = [*other["signer_infos"], *into["signer_infos"]]


def _content_info(der: bytes) -> Any:
    whole = asn1.ContentInfo.load(der, strict=True)
    if whole["content_type"].native != "signed_data":
        raise Malformed("cms-malformed", "not a CMS SignedData")
    _bound(whole["content"])
    return whole


def _bound(signed: Any) -> None:
    """Malformed cms-malformed when there is more of anything than real signers write: asn1crypto makes objects of
    every element, a hundred thousand in a second."""
    _few(signed["digest_algorithms"], MOST_SIGNERS)
    _few(signed["signer_infos"], MOST_SIGNERS)
    _few(signed["certificates"], MOST_CERTIFICATES, MOST_CERTIFICATE_BYTES)
    for info in signed["signer_infos"]:
        _few(info["signed_attrs"], MOST_ATTRIBUTES, MOST_ATTRIBUTE_BYTES)
        _few(info["unsigned_attrs"], MOST_ATTRIBUTES)


def _few(values: Any, most: int, most_bytes: int = signed_data.MAX_BYTES) -> None:
    rest = values.contents or b""
    count = 0
    while rest:
        count += 1
        if count > most or len(values.contents) > most_bytes:
            raise Malformed("cms-malformed", "there are too many signers, certificates or attributes")
        rest = rest[parser.peek(rest) :]


def _content(signed: Any) -> bytes | None:
    within = signed["encap_content_info"]["content"]
    return None if isinstance(within, core.Void) else bytes(within)


def _certificates(signed: Any) -> list[Any]:
    present = signed["certificates"]
    if isinstance(present, core.Void):
        return []
    return [one.chosen for one in present if one.name == "certificate"]


def _is_named(sid: Any, certificate: Any) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(sid.chosen.native == certificate.key_identifier)
    body = certificate["tbs_certificate"]
    is_same_number = sid.chosen["serial_number"].native == body["serial_number"].native
    return bool(is_same_number and sid.chosen["issuer"].dump() == body["issuer"].dump())


def _token(info: Any) -> bytes | None:
    unsigned = info["unsigned_attrs"]
    if isinstance(unsigned, core.Void):
        return None
    tokens = [one for one in unsigned if one["type"].dotted == _STAMPED]
    if not tokens:
        return None
    if len(tokens) != 1 or len(tokens[0]["values"]) != 1:
        raise Malformed("cms-malformed", "Too many TSP tokens")
    token: bytes = tokens[0]["values"][0].dump()
    return token


@contextmanager
def _readable() -> Iterator[None]:
    """Whatever asn1crypto says of bytes it cannot read becomes Malformed cms-malformed."""
    try:
        yield
    except BusError:
        raise
    except (*UNREADABLE, RecursionError):
        raise Malformed("cms-malformed", "not a readable CMS SignedData") from None
