"""GOST R 34.10-2015 of НУЦ РК: an optional suite of keys and signatures, in Python and off the hot path.

points         the curves and the arithmetic of points
suites         identifiers, the hash Streebog, the old algorithms that are refused by name
keys           private and public keys in НУЦ's encodings, signing, verification, the key in a certificate
chain          the chain from a GOST certificate to a GOST root, which `cryptography` cannot verify
authority      root and issuing centre «(GOST)», certificates, revocation lists
xmlalgorithms  the GOST algorithms for signatures in XML and WS-Security

`shared.pki.cms.signed_data` reads and writes CMS, and calls this package for a GOST key or digest. This package
imports `gostcrypto` and `ecdsa` at the first such call, not earlier.
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
