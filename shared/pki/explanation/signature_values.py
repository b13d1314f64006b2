"""The arithmetic of a signature: which hash, key, bytes or spelling would make the value hold.

An RSA signature tells with the right public key what was hashed, so variants are compared and not verified one by
one. ECDSA is verified for each variant (0.1 ms); GOST for the plain variants only (13 ms).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from shared.pki import gost
from shared.pki.certificates.keys import PublicKey
from shared.pki.explanation.findings import Finding
from shared.pki.explanation.trials import COMMON_DIGESTS, TrialBudget, Variant, built, spelling_of

AnyKey = PublicKey | gost.PublicKey
NamedKey = tuple[str, AnyKey]
"""A key with the finding that says whose it is; the certificate's own has an empty code."""

_HASHES = {
    "sha256": hashes.SHA256(),
    "sha1": hashes.SHA1(),  # noqa: S303 - to tell that a signer used SHA-1
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
}
"""The beginning of DigestInfo, by the digest (RFC 8017, 9.2)."""
_EC_COST, _GOST_COST, _RSA_COST = 250, 15_000, 100


@dataclass(frozen=True)
class SignatureValue:
    """A signature that does not hold: its value, the declared hash, and whether ECDSA is r and s (not DER)."""

    value: bytes
    hash_name: str
    is_raw: bool


def find_signed(
    signature: SignatureValue, variants: Sequence[Variant], keys: Sequence[NamedKey], budget: TrialBudget
) -> Finding:
    """What would make the signature hold; the first variant is what it should cover, the first key its own."""
    spelled = _find_spelling(signature, variants[0], keys[0][1], budget)
    if spelled is not None:
        return spelled
    for code, key in keys:
        finding = _find_by_key(signature, variants, key, budget)
        if finding is not None and not code:
            return finding
        if finding is not None and finding.code != "signed-other-bytes":
            return Finding(code, True)
    return Finding("key-not-of-certificate")


def holds(value: bytes, data: bytes, key: AnyKey, hash_name: str, *, is_raw: bool) -> bool:
    """Whether `key` made `value` over `data`."""
    try:
        if isinstance(key, gost.PublicKey):
            key.verify(value, data)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), _HASHES[hash_name])
        else:
            key.verify(_der_of(value, key) if is_raw else value, data, ec.ECDSA(_HASHES[hash_name]))
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


def _find_spelling(
    signature: SignatureValue, variant: Variant, key: AnyKey, budget: TrialBudget
) -> Finding | None:
    """The value in another spelling: backwards, in hexadecimal, in base64 again, or r and s in place of DER."""
    data = built(variant)
    if data is None:
        return None
    for code, value in _spellings(signature.value):
        cost = _GOST_COST if isinstance(key, gost.PublicKey) else _EC_COST
        is_tried = _fits(value, key) and budget.spend(cost)
        if is_tried and holds(value, data, key, signature.hash_name, is_raw=signature.is_raw):
            return Finding(code, True)
    if isinstance(key, ec.EllipticCurvePublicKey) and holds(
        signature.value, data, key, signature.hash_name, is_raw=not signature.is_raw
    ):
        return Finding("ecdsa-der-not-raw" if signature.is_raw else "ecdsa-raw-not-der", True)
    return None


def _spellings(value: bytes) -> Iterator[tuple[str, bytes]]:
    yield "signature-reversed", value[::-1]
    half = len(value) // 2
    yield "signature-halves-reversed", value[:half][::-1] + value[half:][::-1]
    yield "signature-halves-swapped", value[half:] + value[:half]
    for code, decode in (
        ("signature-in-base64-twice", base64.b64decode),
        ("signature-in-hex", binascii.unhexlify),
    ):
        try:
            yield code, decode(value)
        except ValueError:
            continue


def _fits(value: bytes, key: AnyKey) -> bool:
    """Whether a value has a length that this key's signatures may have: other values cost no verification."""
    if isinstance(key, gost.PublicKey):
        return len(value) == 2 * key.suite.size
    if isinstance(key, rsa.RSAPublicKey):
        return len(value) == key.key_size // 8
    return 8 <= len(value) <= 2 * ((key.key_size + 7) // 8) + 9


def _find_by_key(
    signature: SignatureValue, variants: Sequence[Variant], key: AnyKey, budget: TrialBudget
) -> Finding | None:
    """What this key signed; `signed-other-bytes` when an RSA key signed something that is no variant."""
    if isinstance(key, rsa.RSAPublicKey):
        return _find_by_rsa(signature, variants, key, budget)
    cost = _GOST_COST if isinstance(key, gost.PublicKey) else _EC_COST
    hash_names = [signature.hash_name, *(name for name in _HASHES if name != signature.hash_name)]
    for variant in variants:
        if not budget.spend(cost) or (data := built(variant)) is None:
            continue
        if holds(signature.value, data, key, signature.hash_name, is_raw=signature.is_raw):
            return Finding(variant.code, True, variant.details)
    data = built(variants[0]) or b""
    for name in hash_names[1:] if isinstance(key, ec.EllipticCurvePublicKey) else ():
        if budget.spend(cost) and holds(signature.value, data, key, name, is_raw=signature.is_raw):
            return _other_hash(signature, name)
    return None


def _find_by_rsa(
    signature: SignatureValue, variants: Sequence[Variant], key: rsa.RSAPublicKey, budget: TrialBudget
) -> Finding | None:
    if len(signature.value) != key.key_size // 8 or not budget.spend(3 * _RSA_COST):
        return None
    try:
        recovered = key.recover_data_from_signature(signature.value, padding.PKCS1v15(), None)
    except (InvalidSignature, ValueError):
        return _find_pss(signature, variants[0], key)
    name, digest = _split_digest_info(recovered)
    for variant in variants:
        data = built(variant) if budget.spend(_RSA_COST) else None
        if data is None:
            continue
        if not name:
            bare = next((one for one, make in COMMON_DIGESTS.items() if make(data) == digest), None)
            if bare or digest == data:
                return Finding("signature-without-digest-info", True)
        elif COMMON_DIGESTS[name](data) == digest:
            is_other = variant is variants[0] and name != signature.hash_name
            return _other_hash(signature, name) if is_other else Finding(variant.code, True, variant.details)
    return Finding("signed-other-bytes", True)


def _find_pss(signature: SignatureValue, variant: Variant, key: rsa.RSAPublicKey) -> Finding | None:
    """RSA-PSS in place of PKCS #1 1.5, with any length of salt."""
    digest, data = _HASHES.get(signature.hash_name), built(variant)
    if digest is None or data is None:
        return None
    try:
        key.verify(signature.value, data, padding.PSS(padding.MGF1(digest), padding.PSS.AUTO), digest)
    except InvalidSignature:
        return None
    return Finding("signature-pss", True)


def _split_digest_info(recovered: bytes) -> tuple[str, bytes]:
    """The name of the digest and the digest in a DigestInfo; an empty name where there is no DigestInfo."""
    for name, beginning in _DIGEST_INFO.items():
        if recovered.startswith(beginning):
            return name, recovered[len(beginning) :]
    return "", recovered


def _other_hash(signature: SignatureValue, name: str) -> Finding:
    details = {"declared": signature.hash_name, "used": name}
    return Finding("signature-hash-other-than-declared", True, MappingProxyType(details))


def _der_of(value: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    size = (key.key_size + 7) // 8
    if len(value) != 2 * size:
        raise ValueError("not r and s")
    return encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))


def is_der_pair(value: bytes) -> bool:
    """Whether a value is r and s in DER."""
    try:
        decode_dss_signature(value)
    except ValueError:
        return False
    return True


__all__ = ["AnyKey", "NamedKey", "SignatureValue", "find_signed", "holds", "is_der_pair", "spelling_of"]
