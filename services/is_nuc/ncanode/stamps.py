"""Time-stamps (RFC 3161) of the signatures of a CMS: requested when signing, described when verifying."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from asn1crypto import x509 as names
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.is_nuc.ncanode.information import format_moment
from services.is_nuc.ncanode.wire import TsaPolicy, TspInfo
from shared.bus.errors import Malformed, Unavailable, Untrusted
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.cms import signed_data, tsp
from shared.pki.cms.shapes import read_algorithm
from shared.pki.cms.tsp import StampInfo
from shared.pki.encoding import asn1
from shared.pki.encoding.der import UNREADABLE

TimestampAuthority = Callable[[bytes], bytes]
"""Answers a TimeStampReq with a TimeStampResp, both DER; raises BusError."""

POLICIES = {
    TsaPolicy.TSA_GOST_POLICY: "1.2.398.3.3.2.6.1",
    TsaPolicy.TSA_GOSTGT_POLICY: "1.2.398.3.3.2.6.2",
    TsaPolicy.TSA_GOST2015_POLICY: "1.2.398.3.3.2.6.4",
}
_NAMES = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}


def request_token(authority: TimestampAuthority, signed: bytes, policy: TsaPolicy | None) -> bytes:
    """A token (ContentInfo, DER) over SHA-256 of the bytes ``signed``; Unavailable tsp-unavailable without one."""
    request = tsp.make_request(signed, policy=POLICIES[policy or TsaPolicy.TSA_GOST2015_POLICY])
    try:
        return tsp.granted_token(authority(request))
    except (Malformed, Unavailable):
        raise Unavailable("tsp-unavailable", "the time-stamping authority refused") from None


def read_token(token: bytes, signature: bytes, anchors: TrustAnchors) -> TspInfo | None:
    """The description of a token that covers this signature and comes from a trusted time-stamping authority.

    None for any other token.
    """
    try:
        signed = signed_data.open_signed(token, content_type=signed_data.TIME_STAMP)
        info = tsp.read_info(signed.content)
        return _describe_token(info, _verify_token(info, signed.certificate, signature, anchors))
    except (Malformed, Untrusted, *UNREADABLE):
        return None


def _verify_token(info: StampInfo, authority: x509.Certificate, signature: bytes, anchors: TrustAnchors) -> str:
    """Verify a token; returns NCANode's name of the digest. Untrusted tsp-imprint, tsp-authority, and the codes of
    the chain.
    """
    digest = tsp.DIGESTS.get(read_algorithm(info.imprint.algorithm).dotted_string, "")
    if digest not in _NAMES or hashlib.new(digest, signature).digest() != info.imprint.digest:
        raise Untrusted("tsp-imprint", "the token covers other data")
    verify_chain(authority, anchors, asn1.read_moment(info.moment))
    usages = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.TIME_STAMPING not in usages:
        raise Untrusted("tsp-authority", "not a time-stamping authority")
    return _NAMES[digest]


def _describe_token(info: StampInfo, digest: str) -> TspInfo:
    return TspInfo(
        serial_number=f"{info.serial:x}",
        gen_time=format_moment(asn1.read_moment(info.moment)),
        policy=info.policy.dotted_string,
        tsa=_describe_authority(info),
        tsp_hash_algorithm=digest,
        hash=info.imprint.digest.hex(),
    )


def _describe_authority(info: StampInfo) -> str | None:
    """The authority's name as text, by asn1crypto, which has a text for every GeneralName; None without a name."""
    if info.authority is None:
        return None
    (name,) = info.authority
    words: str = names.GeneralName.load(asn1.raw_value(name), strict=True).chosen.human_friendly
    return words
