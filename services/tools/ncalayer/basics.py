"""kz.gov.pki.knca.basics: one method with named arguments, `sign`."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from services.tools.ncalayer.protocol import ARGUMENTS_CODE, missing_method
from services.tools.ncalayer.signing_device import KeyQuery
from services.tools.ncalayer.signing_request import SigningSession, decode_base64, encode_pem, encode_utf8
from shared.bus.errors import BusError, Malformed
from shared.client.keystore import KeyEntry
from shared.pki.encoding.der import UNREADABLE

FORMATS = ("cms", "raw", "xml")
MOST_DOCUMENTS = 1000


@dataclass(frozen=True)
class SignArguments:
    """The arguments of `sign`: data, format, choice of the key."""

    storages: tuple[str, ...] | None
    format: str
    data: tuple[str, ...]
    key_query: KeyQuery
    decode: bool = False
    encapsulate: bool = False
    digested: bool = False
    stamps: bool = False
    with_certificate: bool = False

    @classmethod
    def from_arguments(cls, args: Any) -> SignArguments:
        """The checked arguments of `sign`; Malformed ncalayer-arguments."""
        if not isinstance(args, dict):
            raise _argument_error("args", "an object")
        signing, signer = (_read_member(args, name, dict, {}) for name in ("signingParams", "signerParams"))
        form, storages = _read_member(args, "format", str, ""), args.get("allowedStorages")
        if form not in FORMATS:
            raise _argument_error("format", "cms, raw or xml")
        return cls(
            None if storages is None else _read_texts(storages, "allowedStorages"),
            form,
            _read_documents(args.get("data")),
            _read_key_query(signer, allows_expired=_read_flag(signing, "allowExpired")),
            decode=_read_flag(signing, "decode"),
            encapsulate=_read_flag(signing, "encapsulate"),
            digested=_read_flag(signing, "digested"),
            stamps=_read_member(signing, "tsaProfile", dict, None) is not None,
            with_certificate=_read_flag(signing, "outputCert"),
        )


def call_method(session: SigningSession, method: str, args: Any) -> Any:
    """The signatures of `sign`, in the order of the data; with `outputCert` also the certificate.

    Malformed ncalayer-method, ncalayer-arguments, and the errors of signing; UserCancelled.
    """
    if method != "sign":
        raise missing_method(method)
    arguments = SignArguments.from_arguments(args)
    contents = [_decode_content(arguments, text) for text in arguments.data]
    entry = session.choose_key(arguments.storages, arguments.key_query)
    signatures = [_sign_content(session, arguments, entry, content) for content in contents]
    if not arguments.with_certificate:
        return signatures
    certificate = entry.certificate.public_bytes(Encoding.PEM).decode()
    return {"signatures": signatures, "certificate": certificate}


def _decode_content(arguments: SignArguments, text: str) -> bytes:
    """The content to sign: the decoded bytes, or the text as UTF-8; a digest is always in base64."""
    return (
        decode_base64(text)
        if arguments.decode or (arguments.digested and arguments.format != "xml")
        else encode_utf8(text)
    )


def _sign_content(session: SigningSession, arguments: SignArguments, entry: KeyEntry, content: bytes) -> str:
    if arguments.format == "xml":
        return session.sign_xml(entry, content)
    if arguments.format == "raw":
        return b64encode(session.sign_raw(entry, content, digested=arguments.digested)).decode()
    if arguments.digested:
        return encode_pem(session.sign_digest(entry, content, stamp=arguments.stamps))
    return encode_pem(session.sign_cms(entry, content, attach=arguments.encapsulate, stamp=arguments.stamps))


def _read_key_query(signer: dict[str, Any], *, allows_expired: bool) -> KeyQuery:
    chain = signer.get("chain")
    return KeyQuery(
        frozenset(map(_parse_oid, _read_texts(signer.get("extKeyUsageOids") or [], "extKeyUsageOids"))),
        # An empty chain means "any authority, also a test one", as in the real signer.
        tuple(map(_load_certificate, _read_texts(chain, "chain"))) if chain else None,
        iin=_read_member(signer, "iin", str, ""),
        bin=_read_member(signer, "bin", str, ""),
        serial=_read_member(signer, "serialNumber", str, ""),
        allows_expired=allows_expired,
    )


def _read_documents(data: Any) -> tuple[str, ...]:
    texts = _read_texts([data] if isinstance(data, str) else data, "data")
    if not 1 <= len(texts) <= MOST_DOCUMENTS:
        raise _argument_error("data", f"1 to {MOST_DOCUMENTS} documents")
    return texts


def _read_member(args: dict[str, Any], name: str, kind: type, absent: Any) -> Any:
    value = args.get(name)
    if value is None:
        return absent
    if not isinstance(value, kind):
        raise _argument_error(name, "an object" if kind is dict else "a text")
    return value


def _read_flag(args: dict[str, Any], name: str) -> bool:
    """A boolean, which may be given as text: real pages send both."""
    value = args.get(name)
    if value in (None, "", False, "false"):
        return False
    if value in (True, "true"):
        return True
    raise _argument_error(name, "true or false")


def _read_texts(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise _argument_error(name, "a list of texts")
    return tuple(value)


def _parse_oid(dotted: str) -> ObjectIdentifier:
    try:
        return ObjectIdentifier(dotted)
    except ValueError:
        raise _argument_error("extKeyUsageOids", "object identifiers") from None


def _load_certificate(text: str) -> x509.Certificate:
    """A certificate of the chain, in PEM or in bare base64."""
    try:
        if "BEGIN" in text:
            return x509.load_pem_x509_certificate(text.encode())
        return x509.load_der_x509_certificate(b64decode(text, validate=True))
    except UNREADABLE:
        raise _argument_error("chain", "certificates of authorities") from None


def _argument_error(name: str, expected: str) -> BusError:
    return Malformed(ARGUMENTS_CODE, f"{name} must be {expected}")
