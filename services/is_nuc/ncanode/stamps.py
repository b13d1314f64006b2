"""Time-stamps (RFC 3161) on the signatures of a CMS: asked for when it is made, told of when it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from services.is_nuc.ncanode.information import format_moment
from services.is_nuc.ncanode.wire import TsaPolicy, TspInfo
from shared.bus.errors import Malformed, Unavailable, Untrusted
from shared.pki.certificates.chain import TrustAnchors, verify_chain
from shared.pki.cms import signed_data
from shared.pki.encoding.der import UNREADABLE

TimestampAuthority = Callable[[bytes], bytes]
"""A TimeStampReq in, a TimeStampResp out; or a BusError."""

POLICIES = {
    TsaPolicy.TSA_GOST_POLICY: "1.2.398.3.3.2.6.1",
    TsaPolicy.TSA_GOSTGT_POLICY: "1.2.398.3.3.2.6.2",
    TsaPolicy.TSA_GOST2015_POLICY: "1.2.398.3.3.2.6.4",
}
_NAMES = {"sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}


def request_token(authority: TimestampAuthority, signed: bytes, policy: TsaPolicy | None) -> bytes:
    """A token (ContentInfo, DER) over SHA-256 of these bytes; Unavailable tsp-unavailable when it is not given."""
    request = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": hashlib.sha256(signed).digest(),
            },
            "req_policy": POLICIES[policy or TsaPolicy.TSA_GOST2015_POLICY],
            "cert_req": True,
        }
    )
    answer = tsp.TimeStampResp.load(authority(request.dump()))
    if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
        raise Unavailable("tsp-unavailable", "the time-stamping authority refused")
    token: bytes = answer["time_stamp_token"].dump()
    return token


def read_token(token: bytes, signature: bytes, anchors: TrustAnchors) -> TspInfo | None:
    """What a token says, once it is proved to be over this signature and by a time-stamping authority of ours."""
    try:
        signed = signed_data.open_signed(token, content_type=signed_data.TIME_STAMP)
        info = tsp.TSTInfo.load(signed.content, strict=True)
        _verify_token(info, signed.certificate, signature, anchors)
        return _describe_token(info)
    except (Malformed, Untrusted, *UNREADABLE):
        return None


def _verify_token(info: Any, authority: x509.Certificate, signature: bytes, anchors: TrustAnchors) -> None:
    imprint = info["message_imprint"]
    digest = imprint["hash_algorithm"]["algorithm"].native
    if digest not in _NAMES or hashlib.new(digest, signature).digest() != imprint["hashed_message"].native:
        raise Untrusted("tsp-imprint", "the token is over something else")
    at = info["gen_time"].native
    if not isinstance(at, datetime):
        raise Malformed("tsp-malformed", "the time is not a moment")
    verify_chain(authority, anchors, at)
    usages = authority.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if ExtendedKeyUsageOID.TIME_STAMPING not in usages:
        raise Untrusted("tsp-authority", "not a time-stamping authority")


def _describe_token(info: Any) -> TspInfo:
    imprint, authority = info["message_imprint"], info["tsa"]
    return TspInfo(
        serial_number=f"{info['serial_number'].native:x}",
        gen_time=format_moment(info["gen_time"].native),
        policy=info["policy"].dotted,
        tsa=authority.chosen.human_friendly if authority.native is not None else None,
        tsp_hash_algorithm=_NAMES[imprint["hash_algorithm"]["algorithm"].native],
        hash=imprint["hashed_message"].native.hex(),
    )
