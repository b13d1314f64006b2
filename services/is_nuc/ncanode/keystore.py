"""Opens PKCS #12 files (RFC 7292) of untrusted callers: the keys by alias, within limits of size, time and memory.

`cryptography` alone is not enough: it returns one key of several, and runs as many iterations as the file asks for
(a thousand million iterations take an hour). So this module reads the outer layers, computes the cost of each
decryption before it starts, and lets `cryptography` decrypt one part at a time, with parameters encoded anew from
the numbers that were counted. The cost of a key inside an encrypted part is not visible from outside, so this
module takes only certificates from encrypted parts, and no keys.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from asn1crypto import cms, core, pkcs12
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from cryptography.hazmat.primitives.serialization import pkcs12 as library

from services.is_nuc.ncanode.information import load_certificate
from services.is_nuc.ncanode.password_work import WorkBudget, compute_mac, unknown_algorithm
from shared.bus.errors import BusError, Malformed, NotFound, Refused
from shared.pki.certificates.foreign_stores import name_foreign_store
from shared.pki.certificates.keys import PrivateKey
from shared.pki.encoding.der import UNREADABLE

MOST_BYTES = 64 * 1024
MOST_BAGS = 32
MOST_KEYS = 8
DEEPEST = 4
MOST_RSA_BITS = 4096
_LONGEST_KEY = 8 * 1024
_KEY_ALGORITHMS = ("pbes2", "pkcs12_sha1_tripledes_3key", "pkcs12_sha1_rc2_40")
"""The algorithms by which the library decrypts a key; for certificates it knows further old algorithms."""


@dataclass(frozen=True)
class KeystoreEntry:
    """A private key with its certificate; `alias` is the friendlyName, else the localKeyId in hexadecimal."""

    alias: str
    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)


@dataclass
class _KeystoreReading:
    """The state of reading one file: the remaining budget, and the keys and certificates found so far."""

    password: str
    is_password_proved: bool = False
    """Whether the MAC holds: then the password is right, whatever part cannot be decrypted."""
    budget: WorkBudget = field(default_factory=WorkBudget)
    keys: list[tuple[str, PrivateKey]] = field(default_factory=list)
    certificates: list[x509.Certificate] = field(default_factory=list)
    bags: int = 0

    def count_bags(self, more: int) -> None:
        self.bags += more
        if self.bags > MOST_BAGS:
            raise _too_much()

    def sealed_error(self) -> BusError:
        """The error of a part that does not open."""
        return unknown_algorithm() if self.is_password_proved else _wrong_password()

    def add_key(self, alias: str, load: Callable[[], PrivateKey]) -> None:
        if len(self.keys) == MOST_KEYS:
            raise _too_much()
        self.keys.append((alias, load()))

    def add_certificate(self, der: bytes) -> None:
        certificate = load_certificate(der)
        self.certificates += [certificate] if certificate is not None else []


def open_keystore(file: bytes, password: str) -> tuple[KeystoreEntry, ...]:
    """Every key of the file with a certificate in the same file, in the file's order.

    Malformed keystore-malformed (not PKCS #12, or no key with a certificate), keystore-password. Refused
    keystore-limits (over `MOST_BYTES`, `MOST_BAGS`, `DEEPEST` levels, or the budget of iterations),
    keystore-algorithm.
    """
    if len(file) > MOST_BYTES:
        raise Refused("keystore-limits", "Key reading error: the key store is too long.")
    foreign = name_foreign_store(file)
    if foreign is not None:
        raise Refused("keystore-algorithm", f"Key reading error: {foreign} is not supported, only PKCS #12.")
    reading = _KeystoreReading(password)
    with _translate_errors():
        content = _verify_mac(pkcs12.Pfx.load(file, strict=True), reading)
        for part in pkcs12.AuthenticatedSafe.load(content, strict=True):
            if part["content_type"].native == "data":
                _read_bags(_require_octets(part["content"].native), reading, 0)
            else:
                _read_hidden_certificates(part, reading)
        entries = tuple(_match_entries(reading))
    if not entries:
        raise Malformed("keystore-malformed", "Key reading error: Key does not have aliases.")
    return entries


def choose_entry(entries: tuple[KeystoreEntry, ...], alias: str | None) -> KeystoreEntry:
    """The entry with this alias, the first entry for None; NotFound keystore-alias."""
    if alias is None:
        return entries[0]
    for entry in entries:
        if entry.alias == alias:
            return entry
    raise NotFound("keystore-alias", "Key reading error: Key does not have the alias that was asked for.")


def _verify_mac(store: Any, reading: _KeystoreReading) -> bytes:
    """The content of the file after a check of the MAC; a file without a MAC is accepted."""
    content = _require_octets(_require_type(store["auth_safe"], "data").native)
    mac_data = store["mac_data"]
    if isinstance(mac_data, core.Void):
        return content
    digest_info = mac_data["mac"]
    digest = digest_info["digest_algorithm"]["algorithm"].native
    salt, iterations = _require_octets(mac_data["mac_salt"].native), int(mac_data["iterations"].native)
    computed_mac = compute_mac(digest, reading.password, salt, iterations, content, reading.budget)
    if not hmac.compare_digest(computed_mac, _require_octets(digest_info["digest"].native)):
        raise _wrong_password()
    reading.is_password_proved = True
    return content


def _read_hidden_certificates(part: Any, reading: _KeystoreReading) -> None:
    """Read the certificates of an encrypted part: the library opens a new file that holds this part only."""
    info = _require_type(part, "encrypted_data")["encrypted_content_info"]
    algorithm, hidden = _pay_for(info["content_encryption_algorithm"], info["encrypted_content"], reading)
    encrypted_info = {
        "content_type": "data",
        "content_encryption_algorithm": algorithm,
        "encrypted_content": hidden,
    }
    parts = [
        {"content_type": "data", "content": _key_found_first()},
        {"content_type": "encrypted_data", "content": {"version": 0, "encrypted_content_info": encrypted_info}},
    ]
    safe = pkcs12.AuthenticatedSafe([cms.ContentInfo(each) for each in parts]).dump()
    file = pkcs12.Pfx({"version": "v3", "auth_safe": {"content_type": "data", "content": safe}}).dump()
    try:
        opened = library.load_pkcs12(file, reading.password.encode())
    except UnsupportedAlgorithm:
        raise unknown_algorithm() from None
    except ValueError:
        raise reading.sealed_error() from None
    reading.count_bags(len(opened.additional_certs))
    for hidden_certificate in opened.additional_certs:
        reading.add_certificate(hidden_certificate.certificate.public_bytes(Encoding.DER))


@cache
def _key_found_first() -> bytes:
    """SafeContents with an unencrypted key that is made here and used for nothing.

    The library decrypts no further key after the first one, so it never decrypts a key inside an encrypted part.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    encoded = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    bag = {"bag_id": "key_bag", "bag_value": asn1_keys.PrivateKeyInfo.load(encoded)}
    contents: bytes = pkcs12.SafeContents([bag]).dump()
    return contents


def _require_type(part: Any, name: str) -> Any:
    if part["content_type"].native != name:
        raise Refused("keystore-algorithm", "Key reading error: the key store is not protected by a password.")
    return part["content"]


def _read_bags(contents: bytes, reading: _KeystoreReading, depth: int) -> None:
    bags = pkcs12.SafeContents.load(contents, strict=True)
    reading.count_bags(len(bags))
    if depth > DEEPEST:
        raise _too_much()
    for bag in bags:
        kind, value = bag["bag_id"].native, bag["bag_value"]
        if kind == "safe_contents":
            _read_bags(value.untag().dump(), reading, depth + 1)
        elif kind == "cert_bag" and value["cert_id"].native == "x509":
            reading.add_certificate(value["cert_value"].parsed.dump())
        elif kind == "key_bag":
            reading.add_key(_read_alias(bag), partial(_load_key, value.untag().dump(), None, reading))
        elif kind == "pkcs8_shrouded_key_bag":
            reading.add_key(_read_alias(bag), partial(_open_key, value, reading))


def _open_key(value: Any, reading: _KeystoreReading) -> PrivateKey:
    algorithm, hidden = _pay_for(value["encryption_algorithm"], value["encrypted_data"], reading)
    if algorithm["algorithm"].native not in _KEY_ALGORITHMS:
        raise unknown_algorithm()
    shrouded = asn1_keys.EncryptedPrivateKeyInfo({"encryption_algorithm": algorithm, "encrypted_data": hidden})
    return _load_key(shrouded.dump(), reading.password, reading)


def _pay_for(algorithm: Any, hidden: Any, reading: _KeystoreReading) -> tuple[Any, bytes]:
    """Spend the cost of a decryption; return the algorithm, encoded anew from the counted numbers, and the
    encrypted bytes.
    """
    reading.budget.spend_decryption(algorithm)
    return algorithm.__class__.load(algorithm.dump(force=True), strict=True), _require_octets(hidden.native)


def _load_key(der: bytes, password: str | None, reading: _KeystoreReading) -> PrivateKey:
    """The key in `der`; the size is checked first, because the library's check of a huge RSA key takes minutes."""
    if len(der) > _LONGEST_KEY:
        raise Refused("keystore-limits", "Key reading error: the key is too long.")
    try:
        secret = None if password is None else password.encode()
        key = load_der_private_key(der, secret, unsafe_skip_rsa_key_validation=True)
    except UnsupportedAlgorithm:  # a key of GOST, say
        raise unknown_algorithm() from None
    except ValueError:
        if password is None:
            raise
        raise reading.sealed_error() from None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key
    if not isinstance(key, rsa.RSAPrivateKey):
        raise unknown_algorithm()
    _check_rsa_numbers(key.private_numbers())
    return key


def _check_rsa_numbers(numbers: rsa.RSAPrivateNumbers) -> None:
    """Check the sizes of an RSA key, then that its numbers belong together.

    No check proves the primes: the proof takes a second a key, and the owner of a false key only gets invalid
    signatures.
    """
    n, e, d, p, q = (*(numbers.public_numbers.n, numbers.public_numbers.e), numbers.d, numbers.p, numbers.q)
    if max(part.bit_length() for part in (n, d, p, q)) > MOST_RSA_BITS:
        raise Refused("keystore-limits", "Key reading error: the key is too long.")
    is_whole = p > 2 and q > 2 and p * q == n and 1 < d < n and e > 1
    if not is_whole or any((e * d - 1) % (prime - 1) for prime in (p, q)):
        raise ValueError("the numbers of the key do not belong together")
    if (numbers.dmp1, numbers.dmq1) != (d % (p - 1), d % (q - 1)) or numbers.iqmp * q % p != 1:
        raise ValueError("the numbers of the key do not belong together")


def _read_alias(bag: Any) -> str:
    """The alias by the rule of Java's key stores: friendlyName, else localKeyId in hexadecimal, else empty."""
    attributes = {}
    if not isinstance(bag["bag_attributes"], core.Void):
        attributes = {
            attribute["type"].native: attribute["values"][0].native
            for attribute in bag["bag_attributes"]
            if attribute["values"]
        }
    friendly, local = attributes.get("friendly_name"), attributes.get("local_key_id")
    return friendly or (local.hex() if local else "")


def _match_entries(reading: _KeystoreReading) -> Iterator[KeystoreEntry]:
    owners = {_encode_spki(candidate.public_key()): candidate for candidate in reversed(reading.certificates)}
    for alias, key in reading.keys:
        if (certificate := owners.get(_encode_spki(key.public_key()))) is not None:
            yield KeystoreEntry(alias, certificate, key)


def _encode_spki(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _too_much() -> Refused:
    return Refused("keystore-limits", "Key reading error: the key store holds too much.")


def _wrong_password() -> Malformed:
    return Malformed("keystore-password", "Key reading error: Password incorrect.")


def _require_octets(value: Any) -> bytes:
    """The value, if it is bytes, else TypeError: asn1crypto has no types."""
    if not isinstance(value, bytes):
        raise TypeError("not an octet string")
    return value


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Turn every error of reading bytes into Malformed keystore-malformed."""
    try:
        yield
    except BusError:
        raise
    except (*UNREADABLE, RecursionError):
        # The reason is dropped: it may quote the key.
        raise Malformed("keystore-malformed", "Key reading error: Invalid format.") from None
