"""GOST R 34.10-2015 of НУЦ РК: an optional suite of keys and signatures, in Python and off the hot path.

points         the curves, and the arithmetic of their points
suites         identifiers, the hash Streebog; which algorithms are refused by name
keys           private and public keys in НУЦ's encodings, signing and verifying; the key in a certificate
chain          whether a GOST certificate leads to a GOST root: `cryptography` cannot verify such signatures
authority      root and issuing centre «(GOST)», certificates and lists of the revoked
xmlalgorithms  the same for signatures in XML and WS-Security

CMS is written and read by `shared.pki.cms.signed_data`, which asks here when it meets a GOST key or digest.
Nothing here imports `gostcrypto` or `ecdsa` before that happens.
"""

from shared.pki.gost.chain import build_path, is_signed_by
from shared.pki.gost.keys import PrivateKey, PublicKey, fitting_key, is_gost, load_key, new_key, public_key
from shared.pki.gost.suites import (
    GOST_256,
    GOST_512,
    MAX_BYTES,
    OLD,
    GostSuite,
    by_digest,
    by_signature,
    refuse_old,
)

__all__ = [
    "GOST_256",
    "GOST_512",
    "MAX_BYTES",
    "OLD",
    "GostSuite",
    "PrivateKey",
    "PublicKey",
    "build_path",
    "by_digest",
    "by_signature",
    "fitting_key",
    "is_gost",
    "is_signed_by",
    "load_key",
    "new_key",
    "public_key",
    "refuse_old",
]
