"""Near misses of CMS: each is really signed with one mistake, and that mistake alone is named."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki.cms import signed_data
from shared.pki.encoding import der
from shared.pki.explanation.cms_signatures import explain_cms
from shared.pki.gost import GOST_256, GOST_512
from tests.pki.explanation.mis_signing import (
    EXPECTED,
    ec_pair,
    ec_sign_der,
    ec_sign_raw,
    other_ec_pair,
    quick,
    rsa_pair,
    rsa_sign,
)
from tests.pki.gost_centre import citizen as gost_citizen
from tests.pki.gost_centre import gost_centre
from tests.pki.pki_centre import NOW, centre

CONTENT = '{"b": [1, 2],\r\n "a": "Ёлка <1>"}'.encode()
ESCAPED = CONTENT.replace(b"<", b"&lt;").replace(b">", b"&gt;")
SHA256_OID, SHA1_OID = "2.16.840.1.101.3.4.2.1", "1.3.14.3.2.26"
ECDSA, RSA = "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.1"
DETACHED = replace(EXPECTED, content=CONTENT)
GOST_EXPECTED = replace(EXPECTED, anchors=gost_centre(GOST_512).anchors, accepts_gost=True)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


@dataclass(frozen=True)
class CmsSigning:
    """How a CMS is made by hand; the defaults make a valid, attached one of an ECDSA key."""

    certificate: x509.Certificate | None = None
    carried: tuple[x509.Certificate, ...] | None = None
    content: bytes | None = CONTENT
    hashed: bytes = CONTENT
    digest: Callable[[bytes], bytes] = sha256
    digest_oid: str = SHA256_OID
    signature_oid: str = ECDSA
    has_attributes: bool = True
    signed: Callable[[tuple[bytes, ...]], bytes] = lambda attributes: der.set_of(*attributes)
    sign: Callable[[bytes], bytes] = ec_sign_der
    signers: int = 1
    write: Callable[[bytes], bytes] = field(default=lambda encoded: encoded)

    def make(self) -> bytes:
        certificate = self.certificate or ec_pair()[1]
        carried = (certificate,) if self.carried is None else self.carried
        algorithm = der.sequence(der.oid(self.digest_oid))
        content = b"" if self.content is None else der.context_zero(der.octet_string(self.content))
        encoded = [one.public_bytes(Encoding.DER) for one in carried]
        signed = der.sequence(
            der.integer(1),
            der.set_of(algorithm),
            der.sequence(der.oid(signed_data.DATA), content),
            der.context_zero(*encoded) if encoded else b"",
            der.set_of(*[self._signer(certificate, algorithm)] * self.signers),
        )
        return self.write(der.sequence(der.oid("1.2.840.113549.1.7.2"), der.context_zero(signed)))

    def _signer(self, certificate: x509.Certificate, algorithm: bytes) -> bytes:
        attributes: tuple[bytes, ...] = (
            _attribute("1.2.840.113549.1.9.3", der.oid(signed_data.DATA)),
            _attribute("1.2.840.113549.1.9.4", der.octet_string(self.digest(self.hashed))),
        )
        if not self.has_attributes:
            attributes = ()
        return der.sequence(
            der.integer(1),
            der.sequence(certificate.issuer.public_bytes(), der.integer(certificate.serial_number)),
            algorithm,
            der.context_zero(*attributes) if attributes else b"",
            der.sequence(der.oid(self.signature_oid)),
            der.octet_string(self.sign(self.signed(attributes) if attributes else self.hashed)),
        )


def _attribute(oid: str, value: bytes) -> bytes:
    return der.sequence(der.oid(oid), der.set_of(value))


def pem(encoded: bytes) -> bytes:
    return b"-----BEGIN CMS-----\n" + base64.encodebytes(encoded) + b"-----END CMS-----\n"


def by_rsa(sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    return {"certificate": rsa_pair()[1], "signature_oid": RSA, "sign": sign}


def gost_by(suite: Any) -> dict[str, Any]:
    """A GOST signature whose declared sizes are those of `suite`, while the key has 512 bits."""
    key, certificate = gost_citizen(GOST_512)
    oids = {"digest_oid": suite.digest, "signature_oid": suite.signature, "digest": suite.hash_data}
    return {"certificate": certificate, "sign": key.sign, **oids}


def by_issuer(data: bytes) -> bytes:
    return centre().issuing_key.sign(data, padding.PKCS1v15(), hashes.SHA256())


SHA1 = rsa_sign(hashes.SHA1())  # noqa: S303 - a mistake to be named
C_ = CmsSigning
MISTAKES: tuple[tuple[str, CmsSigning, bool], ...] = (
    ("cms-in-pem", C_(write=pem), False),
    ("cms-in-base64", C_(write=base64.b64encode), False),
    ("cms-in-hex", C_(write=lambda encoded: encoded.hex().encode()), False),
    ("cms-with-trailing-bytes", C_(write=lambda encoded: encoded + b"\0"), False),
    ("cms-cut-off", C_(write=lambda encoded: encoded[:-4]), False),
    ("cms-is-something-else", C_(write=lambda _: ec_pair()[1].public_bytes(Encoding.DER)), False),
    ("document-empty", C_(write=lambda _: b""), False),
    ("cms-detached-without-content", C_(content=None), False),
    ("cms-attached-content-differs", C_(content=b"another", hashed=b"another"), True),
    ("content-in-base64-signed", C_(content=None, hashed=base64.b64encode(CONTENT)), True),
    ("content-in-base64-signed", C_(content=base64.b64encode(CONTENT), hashed=base64.b64encode(CONTENT)), True),
    ("digest-signed-as-content", C_(content=None, hashed=sha256(CONTENT)), True),
    ("digest-signed-as-content", C_(content=None, hashed=sha256(CONTENT).hex().encode()), True),
    ("line-end-signed", C_(content=None, hashed=CONTENT + b"\n"), True),
    ("carriage-returns-added", C_(content=None, hashed=CONTENT.replace(b"\r", b"")), True),
    ("byte-order-mark-signed", C_(content=None, hashed=b"\xef\xbb\xbf" + CONTENT), True),
    ("text-unescaped-after-signing", C_(content=None, hashed=ESCAPED), True),
    ("text-in-other-encoding", C_(content=None, hashed=CONTENT.decode().encode("windows-1251")), True),
    ("json-rewritten", C_(content=None, hashed=json.dumps(json.loads(CONTENT), sort_keys=True).encode()), True),
    ("content-changed", C_(content=None, hashed=b"another"), True),
    ("digest-sha1", C_(digest_oid=SHA1_OID, digest=sha1, **by_rsa(SHA1)), False),
    ("digest-other-than-declared", C_(digest=lambda data: hashlib.sha512(data).digest()), False),
    ("digest-in-hex", C_(digest=lambda data: sha256(data).hex().encode()), False),
    ("digest-algorithm-unknown", C_(digest_oid="2.999.1"), False),
    ("cms-algorithms-differ", C_(signature_oid="1.2.840.10045.4.3.4"), False),
    ("signature-hash-other-than-declared", C_(**by_rsa(rsa_sign(hashes.SHA512()))), False),
    ("signature-reversed", C_(**by_rsa(lambda data: rsa_sign(hashes.SHA256())(data)[::-1])), False),
    ("ecdsa-raw-not-der", C_(sign=ec_sign_raw), False),
    ("algorithm-not-of-key", C_(signature_oid=RSA), False),
    ("key-not-of-certificate", C_(**by_rsa(by_issuer)), False),
    ("key-not-of-certificate", C_(certificate=other_ec_pair()[1]), False),
    ("key-of-other-certificate", C_(**by_rsa(by_issuer), carried=(rsa_pair()[1], centre().issuing)), False),
    ("gost-size", C_(**gost_by(GOST_256)), False),
    ("gost-34310", C_(digest_oid="1.2.398.3.10.1.3.1.1"), False),
    ("certificate-absent", C_(carried=()), False),
    ("certificate-other-than-named", C_(carried=(other_ec_pair()[1],)), False),
    ("several-signatures", C_(signers=2), False),
    ("cms-attributes-absent", C_(has_attributes=False), False),
    ("cms-attributes-tag", C_(signed=lambda attributes: der.context_zero(*attributes)), False),
    ("cms-content-signed-not-attributes", C_(signed=lambda attributes: CONTENT), False),
    ("hashed-twice", C_(signed=lambda attributes: sha256(der.set_of(*attributes))), False),
)  # fmt: skip


@pytest.mark.parametrize(("code", "signing", "with_content"), MISTAKES, ids=[code for code, *_ in MISTAKES])
def test_mistake_in_a_cms_is_named_and_nothing_else(code: str, signing: CmsSigning, with_content: bool) -> None:
    cms = signing.make()
    expected = DETACHED if with_content else GOST_EXPECTED if code == "gost-size" else EXPECTED
    assert quick(lambda: explain_cms(cms, expected)) == (code,)


def test_explanation_finds_nothing_in_a_cms_that_verifies() -> None:
    assert explain_cms(CmsSigning().make(), EXPECTED).codes == ()
    assert explain_cms(CmsSigning(content=None).make(), DETACHED).codes == ()
    assert explain_cms(signed_data.sign(CONTENT, *rsa_pair(), at=NOW), DETACHED).codes == ()


def test_signer_whose_clock_is_ahead_is_named() -> None:
    cms = signed_data.sign(CONTENT, *ec_pair(), at=NOW + timedelta(hours=2))
    explanation = explain_cms(cms, EXPECTED)
    assert explanation.codes == ("signing-time-ahead",)
    assert explanation.findings[0].details == {"seconds": "7200"}


def test_base64_of_base64_is_named_with_what_it_wraps() -> None:
    cms = base64.b64encode(base64.b64encode(CmsSigning().make()))
    assert explain_cms(cms, EXPECTED).codes == ("cms-in-base64", "cms-in-base64-twice")
