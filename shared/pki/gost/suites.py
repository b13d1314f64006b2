"""GOST R 34.10-2015 and 34.11-2015 as НУЦ РК numbers them: curves, identifiers, and the hash Streebog.

The curves are those of RFC 7836: id-tc26-gost-3410-12-512-paramSetA, which НУЦ uses, and, for 256 bits, id-
tc26-gost-3410-2012-256-paramSetA in its Weierstrass form. The hash is PyPI `gostcrypto` (Python) and takes 6 µs a
byte, so that hashing a long content costs far more than a signature (13 ms). The library is imported at the first
GOST digest, and contents longer than `MAX_BYTES` are refused before hashing.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.bus.errors import Malformed, Untrusted
from shared.pki.gost.points import Curve

MAX_BYTES = 256 * 1024
MAX_SIGNED = 16 * 1024  # bytes that a signature covers directly: of a certificate, signed attributes, SignedInfo
OLD = "eds-algorithm-gost34310"

_OWN = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:"
_OLD_ARCS = ("1.2.398.3.10.1.1.1.", "1.2.398.3.10.1.3.1.")  # 34.310-2004 keys and signatures; 34.311-95 digests
_OLD_NAMES = frozenset(
    {
        "1.3.6.1.4.1.6801.1.2.2",  # 34.310-2004 under the vendor's number, before НУЦ had numbers
        "http://www.w3.org/2001/04/xmldsig-more#gost34310-gost34311",
        "http://www.w3.org/2001/04/xmldsig-more#gost34311",
    }
)


@dataclass(frozen=True)
class GostSuite:
    """The algorithms of one size (512 or 256 bits): identifiers of key, parameters, signature and digest."""

    bits: int
    curve: Curve
    key: str
    parameters: str
    signature: str
    digest: str

    @property
    def size(self) -> int:
        """The size in bytes of a coordinate, of half a signature and of a digest."""
        return self.bits // 8

    @property
    def xml_signature(self) -> str:
        """The URI of SignatureMethod in XML signatures, as НУЦ's software writes it."""
        return f"{_OWN}gostr34102015-gostr34112015-{self.bits}"

    @property
    def xml_digest(self) -> str:
        """The URI of DigestMethod in XML signatures, as НУЦ's software writes it."""
        return f"{_OWN}gostr34112015-{self.bits}"

    def hash_data(self, data: bytes, limit: int = MAX_BYTES) -> bytes:
        """Streebog of `data`, in the byte order of RFC 6986; Malformed eds-malformed over `limit` bytes."""
        if len(data) > limit:
            raise Malformed("eds-malformed", "too long for a GOST digest", limit=limit)
        from gostcrypto import gosthash  # imported late: only callers that use GOST wait for the import

        return bytes(gosthash.new(f"streebog{self.bits}", data=bytearray(data)).digest())


GOST_512 = GostSuite(
    512,
    Curve(
        p=2**512 - 569,
        a=2**512 - 572,
        b=int(
            "e8c2505dedfc86ddc1bd0b2b6667f1da34b82574761cb0e879bd081cfd0b6265"
            "ee3cb090f30d27614cb4574010da90dd862ef9d4ebee4761503190785a71c760",
            16,
        ),
        q=int(
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            "27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275",
            16,
        ),
        x=3,
        y=int(
            "7503cfe87a836ae3a61b8816e25450e6ce5e1c93acf1abc1778064fdcbefa921"
            "df1626be4fd036e93d75e6a50e3a41e98028fe5fc235f5b889a589cb5215f2a4",
            16,
        ),
    ),
    key="1.2.398.3.10.1.1.2.2",
    parameters="1.2.398.3.10.1.1.2.2.1",
    signature="1.2.398.3.10.1.1.2.3.2",
    digest="1.2.398.3.10.1.3.3",
)
GOST_256 = GostSuite(
    256,
    Curve(
        p=2**256 - 617,
        a=int("c2173f1513981673af4892c23035a27ce25e2013bf95aa33b22c656f277e7335", 16),
        b=int("295f9bae7428ed9ccc20e7c359a9d41a22fccd9108e17bf7ba9337a6f8ae9513", 16),
        q=int("400000000000000000000000000000000fd8cddfc87b6635c115af556c360c67", 16),
        x=int("91e38443a5e82c0d880923425712b2bb658b9196932e02c78b2582fe742daa28", 16),
        y=int("32879423ab1a0375895786c4bb46e9565fde0b5344766740af268adb32322e5c", 16),
        cofactor=4,
    ),
    key="1.2.398.3.10.1.1.2.1",
    parameters="1.2.398.3.10.1.1.2.1.1",
    signature="1.2.398.3.10.1.1.2.3.1",
    digest="1.2.398.3.10.1.3.2",
)
SUITES = (GOST_512, GOST_256)


def by_digest(name: str) -> GostSuite | None:
    """The suite whose digest has this identifier or URI, or None; Untrusted for GOST 34.311-95."""
    refuse_old(name)
    return next((suite for suite in SUITES if name in (suite.digest, suite.xml_digest)), None)


def by_signature(name: str) -> GostSuite | None:
    """The suite whose signature has this identifier or URI, or None; Untrusted for GOST 34.310-2004."""
    refuse_old(name)
    return next((suite for suite in SUITES if name in (suite.signature, suite.xml_signature)), None)


def refuse_old(*names: str) -> None:
    """Untrusted eds-algorithm-gost34310 for an identifier or URI of GOST 34.310-2004 or of its digest."""
    for name in names:
        if name in _OLD_NAMES or f"{name}.".startswith(_OLD_ARCS):
            message = "the signature is made by GOST 34.310-2004, which is no longer accepted"
            raise Untrusted(OLD, message, algorithm=name)
