"""kz.gov.pki.knca.commonUtils: methods with positional arguments."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from services.tools.ncalayer.protocol import argument_mismatch, missing_method
from services.tools.ncalayer.signing_device import KEY_TYPES, KeyQuery
from services.tools.ncalayer.signing_request import SigningSession, decode_base64, encode_pem, encode_utf8
from shared.client.keystore import KeyEntry

Method = Callable[[SigningSession, list[Any]], Any]

# Attributes as the Java signer prints them; G is НУЦ's name for the patronymic.
_NAMES = {NameOID.SURNAME: "SURNAME", NameOID.SERIAL_NUMBER: "SERIALNUMBER", NameOID.GIVEN_NAME: "G"}


def call_method(session: SigningSession, method: str, args: Any) -> Any:
    """The result of the method; None for a method without a result.

    Malformed ncalayer-method, ncalayer-arguments, and the errors of signing; UserCancelled.
    """
    if method not in METHODS:
        raise missing_method(method)
    if args is not None and not isinstance(args, list):
        raise argument_mismatch(method)
    return METHODS[method](session, args or [])


def get_active_tokens(session: SigningSession, args: list[Any]) -> list[str]:
    """The plugged tokens; a key file is not a token."""
    return session.device.plugged_tokens


def get_key_info(session: SigningSession, args: list[Any]) -> dict[str, str]:
    """The data of the key that the user chose. Moments are milliseconds since 1970, as text."""
    (storage,) = _check_arguments("getKeyInfo", args, str)
    entry = session.choose_key((storage,), KeyQuery())
    certificate = entry.certificate
    alias = _key_id(certificate, x509.SubjectKeyIdentifier)
    return {
        "alias": alias,
        "keyId": alias,
        "algorithm": "RSA" if isinstance(entry.key, rsa.RSAPrivateKey) else "EC",
        "subjectCn": common_name(certificate.subject),
        "subjectDn": _format_distinguished_name(certificate.subject),
        "issuerCn": common_name(certificate.issuer),
        "issuerDn": _format_distinguished_name(certificate.issuer),
        "serialNumber": str(certificate.serial_number),
        "certNotBefore": str(int(certificate.not_valid_before_utc.timestamp()) * 1000),
        "certNotAfter": str(int(certificate.not_valid_after_utc.timestamp()) * 1000),
        "authorityKeyIdentifier": _key_id(certificate, x509.AuthorityKeyIdentifier),
        "pem": certificate.public_bytes(Encoding.PEM).decode(),
    }


def create_cades(session: SigningSession, args: list[Any]) -> str:
    """CAdES-BES over base64 data, as PEM."""
    entry, content, attach = _read_cms_arguments("createCAdESFromBase64", session, args)
    return encode_pem(session.sign_cms(entry, content, attach=attach, stamp=False))


def create_cades_of_hash(session: SigningSession, args: list[Any]) -> str:
    """CAdES-BES over content whose SHA-256 is given in base64, as PEM."""
    storage, kind, data = _check_arguments("createCAdESFromBase64Hash", args, str, str, str)
    digest = decode_base64(data)
    return encode_pem(session.sign_digest(_choose_key(session, storage, kind), digest, stamp=False))


def create_cms(session: SigningSession, args: list[Any]) -> str:
    """CAdES-T over base64 data, as bare base64 without PEM lines."""
    entry, content, attach = _read_cms_arguments("createCMSSignatureFromBase64", session, args)
    return b64encode(session.sign_cms(entry, content, attach=attach, stamp=True)).decode()


def sign_xml(session: SigningSession, args: list[Any]) -> str:
    """The XML document with an enveloped signature."""
    (storage, kind, text), paths = _split_xml_arguments("signXml", args, str)
    document = encode_utf8(text)
    return session.sign_xml(_choose_key(session, storage, kind), document, **paths)


def sign_xmls(session: SigningSession, args: list[Any]) -> list[str]:
    """Each XML document with an enveloped signature; the user is asked once."""
    (storage, kind, texts), paths = _split_xml_arguments("signXmls", args, list)
    if not all(isinstance(text, str) for text in texts):
        raise argument_mismatch("signXmls")
    documents = list(map(encode_utf8, texts))
    entry = _choose_key(session, storage, kind)
    return [session.sign_xml(entry, document, **paths) for document in documents]


def change_locale(session: SigningSession, args: list[Any]) -> None:
    """Accept the locale without effect: the signer has no window."""
    _check_arguments("changeLocale", args, str)


METHODS: Mapping[str, Method] = {
    "getActiveTokens": get_active_tokens,
    "getKeyInfo": get_key_info,
    "createCAdESFromBase64": create_cades,
    "createCAdESFromBase64Hash": create_cades_of_hash,
    "createCMSSignatureFromBase64": create_cms,
    "signXml": sign_xml,
    "signXmls": sign_xmls,
    "changeLocale": change_locale,
}


def _read_cms_arguments(method: str, session: SigningSession, args: list[Any]) -> tuple[KeyEntry, bytes, bool]:
    storage, kind, data, attach = _check_arguments(method, args, str, str, str, bool)
    content = decode_base64(data)
    return _choose_key(session, storage, kind), content, attach


def _choose_key(session: SigningSession, storage: str, kind: str) -> KeyEntry:
    """A key of this type; an unknown type allows every key, as NCALayer's client documentation says."""
    usage = KEY_TYPES.get(kind)
    return session.choose_key((storage,), KeyQuery(frozenset({usage}) if usage else frozenset()))


def _check_arguments(method: str, args: list[Any], *kinds: type) -> list[Any]:
    """The arguments, each of its type; a boolean may be left out, or be given as text."""
    if kinds[-1] is bool:
        flag = args[-1] if len(args) == len(kinds) else False
        args = [*args[: len(kinds) - 1], str(flag).lower() == "true" if flag in ("true", "false") else flag]
    if len(args) != len(kinds) or not all(map(isinstance, args, kinds)):
        raise argument_mismatch(method)
    return args


def _split_xml_arguments(method: str, args: list[Any], data: type) -> tuple[list[Any], dict[str, str | None]]:
    """Storage, key type and data; and the XPaths of the signed element and of the signature's place."""
    paths = [*args[3:], None, None][:2]
    if len(args) > 5 or not all(path is None or isinstance(path, str) for path in paths):
        raise argument_mismatch(method)
    return _check_arguments(method, args[:3], str, str, data), dict(zip(("tbs", "parent"), paths, strict=True))


def _key_id(
    certificate: x509.Certificate, kind: type[x509.SubjectKeyIdentifier | x509.AuthorityKeyIdentifier]
) -> str:
    try:
        value = certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return ""
    return (getattr(value, "key_identifier", None) or b"").hex()


def common_name(name: x509.Name) -> str:
    """The CN of a name; empty when it has none."""
    return next((str(attribute.value) for attribute in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def _format_distinguished_name(name: x509.Name) -> str:
    """The attributes in the order of the certificate, joined by commas, at which pages split the text."""
    return ",".join(attribute.rfc4514_string(_NAMES) for attribute in name)
