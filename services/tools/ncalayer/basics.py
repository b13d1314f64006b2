"""kz.gov.pki.knca.basics: one method with named arguments, `sign`."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from services.tools.ncalayer.protocol import ARGUMENTS, no_method
from services.tools.ncalayer.signing_device import Wanted
from services.tools.ncalayer.signing_request import Sitting, base64, pem, utf8
from shared.bus.errors import BusError, Malformed
from shared.client.keystore import KeyEntry

FORMATS = ("cms", "xml")
MOST_DOCUMENTS = 1000


@dataclass(frozen=True)
class Order:
    """What is to be signed, how, and by whom."""

    storages: tuple[str, ...] | None
    format: str
    data: tuple[str, ...]
    wanted: Wanted
    decode: bool = False
    encapsulate: bool = False
    digested: bool = False
    stamps: bool = False
    with_certificate: bool = False

    @classmethod
    def read(cls, args: Any) -> Order:
        """The order in the arguments of `sign`; Malformed ncalayer-arguments."""
        if not isinstance(args, dict):
            raise _wrong("args", "an object")
        signing, signer = (_member(args, name, dict, {}) for name in ("signingParams", "signerParams"))
        form, storages = _member(args, "format", str, ""), args.get("allowedStorages")
        if form not in FORMATS:
            raise _wrong("format", "cms or xml")
        return cls(
            None if storages is None else _texts(storages, "allowedStorages"),
            form,
            _data(args.get("data")),
            _wanted(signer, allows_expired=_flag(signing, "allowExpired")),
            decode=_flag(signing, "decode"),
            encapsulate=_flag(signing, "encapsulate"),
            digested=_flag(signing, "digested"),
            stamps=_member(signing, "tsaProfile", dict, None) is not None,
            with_certificate=_flag(signing, "outputCert"),
        )


def call(sitting: Sitting, method: str, args: Any) -> Any:
    """The signatures of `sign`, in the order of the data; with `outputCert` the certificate beside them.

    Malformed ncalayer-method, ncalayer-arguments and what signing raises; Cancelled.
    """
    if method != "sign":
        raise no_method(method)
    order = Order.read(args)
    contents = [_content(order, text) for text in order.data]
    entry = sitting.choose(order.storages, order.wanted)
    signatures = [_sign(sitting, order, entry, content) for content in contents]
    if not order.with_certificate:
        return signatures
    certificate = entry.certificate.public_bytes(Encoding.PEM).decode()
    return {"signatures": signatures, "certificate": certificate}


def _content(order: Order, text: str) -> bytes:
    """What is signed: the decoded bytes or the text itself; a digest always comes in base64."""
    return base64(text) if order.decode or (order.digested and order.format == "cms") else utf8(text)


def _sign(sitting: Sitting, order: Order, entry: KeyEntry, content: bytes) -> str:
    if order.format == "xml":
        return sitting.sign_xml(entry, content)
    if order.digested:
        return pem(sitting.sign_digest(entry, content, stamp=order.stamps))
    return pem(sitting.sign_cms(entry, content, attach=order.encapsulate, stamp=order.stamps))


def _wanted(signer: dict[str, Any], *, allows_expired: bool) -> Wanted:
    chain = signer.get("chain")
    return Wanted(
        frozenset(map(_oid, _texts(signer.get("extKeyUsageOids") or [], "extKeyUsageOids"))),
        # An empty chain is the real signer's word for "any authority, also a test one".
        tuple(map(_certificate, _texts(chain, "chain"))) if chain else None,
        iin=_member(signer, "iin", str, ""),
        bin=_member(signer, "bin", str, ""),
        serial=_member(signer, "serialNumber", str, ""),
        allows_expired=allows_expired,
    )


def _data(data: Any) -> tuple[str, ...]:
    texts = _texts([data] if isinstance(data, str) else data, "data")
    if not 1 <= len(texts) <= MOST_DOCUMENTS:
        raise _wrong("data", f"1 to {MOST_DOCUMENTS} documents")
    return texts


def _member(args: dict[str, Any], name: str, kind: type, absent: Any) -> Any:
    value = args.get(name)
    if value is None:
        return absent
    if not isinstance(value, kind):
        raise _wrong(name, "an object" if kind is dict else "a text")
    return value


def _flag(args: dict[str, Any], name: str) -> bool:
    """A boolean that may come as text: real pages send both."""
    value = args.get(name)
    if value in (None, "", False, "false"):
        return False
    if value in (True, "true"):
        return True
    raise _wrong(name, "true or false")


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(name, "a list of texts")
    return tuple(value)


def _oid(dotted: str) -> ObjectIdentifier:
    try:
        return ObjectIdentifier(dotted)
    except ValueError:
        raise _wrong("extKeyUsageOids", "object identifiers") from None


def _certificate(text: str) -> x509.Certificate:
    """An authority of the chain, in PEM or in bare base64."""
    try:
        if "BEGIN" in text:
            return x509.load_pem_x509_certificate(text.encode())
        return x509.load_der_x509_certificate(b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        raise _wrong("chain", "certificates of authorities") from None


def _wrong(name: str, wanted: str) -> BusError:
    return Malformed(ARGUMENTS, f"{name} must be {wanted}")
