"""kz.gov.pki.knca.commonUtils: methods with positional arguments."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from services.tools.ncalayer.protocol import mismatch, no_method
from services.tools.ncalayer.signing_device import KEY_TYPES, Wanted
from services.tools.ncalayer.signing_request import Sitting, base64, pem, utf8
from shared.client.keystore import KeyEntry

Method = Callable[[Sitting, list[Any]], Any]

# Attributes as Java's signer prints them; G is what НУЦ calls the patronymic.
_NAMES = {NameOID.SURNAME: "SURNAME", NameOID.SERIAL_NUMBER: "SERIALNUMBER", NameOID.GIVEN_NAME: "G"}


def call(sitting: Sitting, method: str, args: Any) -> Any:
    """What the method answers; None when it answers nothing.

    Malformed ncalayer-method, ncalayer-arguments and what signing raises; Cancelled.
    """
    if method not in METHODS:
        raise no_method(method)
    if args is not None and not isinstance(args, list):
        raise mismatch(method)
    return METHODS[method](sitting, args or [])


def get_active_tokens(sitting: Sitting, args: list[Any]) -> list[str]:
    """Storages that are plugged in; a file is none."""
    return sitting.desk.tokens


def get_key_info(sitting: Sitting, args: list[Any]) -> dict[str, str]:
    """What is known of the key that the user chose. Moments are milliseconds since 1970, as text."""
    (storage,) = _taken("getKeyInfo", args, str)
    entry = sitting.choose((storage,), Wanted())
    found = entry.certificate
    alias = _key_id(found, x509.SubjectKeyIdentifier)
    return {
        "alias": alias,
        "keyId": alias,
        "algorithm": "RSA" if isinstance(entry.key, rsa.RSAPrivateKey) else "EC",
        "subjectCn": common_name(found.subject),
        "subjectDn": _distinguished(found.subject),
        "issuerCn": common_name(found.issuer),
        "issuerDn": _distinguished(found.issuer),
        "serialNumber": str(found.serial_number),
        "certNotBefore": str(int(found.not_valid_before_utc.timestamp()) * 1000),
        "certNotAfter": str(int(found.not_valid_after_utc.timestamp()) * 1000),
        "authorityKeyIdentifier": _key_id(found, x509.AuthorityKeyIdentifier),
        "pem": found.public_bytes(Encoding.PEM).decode(),
    }


def create_cades(sitting: Sitting, args: list[Any]) -> str:
    """CAdES-BES over base64 data, PEM."""
    entry, content, attach = _cms("createCAdESFromBase64", sitting, args)
    return pem(sitting.sign_cms(entry, content, attach=attach, stamp=False))


def create_cades_of_hash(sitting: Sitting, args: list[Any]) -> str:
    """CAdES-BES over a content whose SHA-256 is given in base64, PEM."""
    storage, kind, data = _taken("createCAdESFromBase64Hash", args, str, str, str)
    digest = base64(data)
    return pem(sitting.sign_digest(_chosen(sitting, storage, kind), digest, stamp=False))


def create_cms(sitting: Sitting, args: list[Any]) -> str:
    """CAdES-T over base64 data; bare base64, without the lines of a PEM."""
    entry, content, attach = _cms("createCMSSignatureFromBase64", sitting, args)
    return b64encode(sitting.sign_cms(entry, content, attach=attach, stamp=True)).decode()


def sign_xml(sitting: Sitting, args: list[Any]) -> str:
    """The document with an enveloped signature."""
    (storage, kind, text), paths = _parted("signXml", args, str)
    document = utf8(text)
    return sitting.sign_xml(_chosen(sitting, storage, kind), document, **paths)


def sign_xmls(sitting: Sitting, args: list[Any]) -> list[str]:
    """Each document with an enveloped signature; the user is asked once."""
    (storage, kind, texts), paths = _parted("signXmls", args, list)
    if not all(isinstance(text, str) for text in texts):
        raise mismatch("signXmls")
    documents = list(map(utf8, texts))
    entry = _chosen(sitting, storage, kind)
    return [sitting.sign_xml(entry, document, **paths) for document in documents]


def change_locale(sitting: Sitting, args: list[Any]) -> None:
    """Nothing changes: there is no window."""
    _taken("changeLocale", args, str)


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


def _cms(method: str, sitting: Sitting, args: list[Any]) -> tuple[KeyEntry, bytes, bool]:
    storage, kind, data, attach = _taken(method, args, str, str, str, bool)
    content = base64(data)
    return _chosen(sitting, storage, kind), content, attach


def _chosen(sitting: Sitting, storage: str, kind: str) -> KeyEntry:
    """A key of this type; an unknown type lets the user choose any (as the client's documentation says)."""
    usage = KEY_TYPES.get(kind)
    return sitting.choose((storage,), Wanted(frozenset({usage}) if usage else frozenset()))


def _taken(method: str, args: list[Any], *kinds: type) -> list[Any]:
    """The arguments, each of its type; a boolean may be left out, or come as text."""
    if kinds[-1] is bool:
        given = args[-1] if len(args) == len(kinds) else False
        args = [*args[: len(kinds) - 1], str(given).lower() == "true" if given in ("true", "false") else given]
    if len(args) != len(kinds) or not all(map(isinstance, args, kinds)):
        raise mismatch(method)
    return args


def _parted(method: str, args: list[Any], data: type) -> tuple[list[Any], dict[str, str | None]]:
    """Storage, type of key and data; then the XPaths of what is signed and of where the signature goes."""
    paths = [*args[3:], None, None][:2]
    if len(args) > 5 or not all(path is None or isinstance(path, str) for path in paths):
        raise mismatch(method)
    return _taken(method, args[:3], str, str, data), dict(zip(("tbs", "parent"), paths, strict=True))


def _key_id(found: x509.Certificate, kind: type[x509.SubjectKeyIdentifier | x509.AuthorityKeyIdentifier]) -> str:
    try:
        value = found.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return ""
    return (getattr(value, "key_identifier", None) or b"").hex()


def common_name(name: x509.Name) -> str:
    """CN, or nothing."""
    return next((str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def _distinguished(name: x509.Name) -> str:
    """Attributes in the order of the certificate, joined by commas: what pages split by them again."""
    return ",".join(one.rfc4514_string(_NAMES) for one in name)
