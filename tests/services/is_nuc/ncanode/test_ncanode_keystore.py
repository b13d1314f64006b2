"""PKCS #12 from strangers: НУЦ's old forms are read, and the budget of iterations holds for every file."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, cms, core, parser, pkcs12
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.is_nuc.ncanode.keystore import MOST_BYTES, choose_entry, open_keystore
from shared.bus.errors import BusError, Malformed, NotFound, Refused
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateKind
from tests.journeys.kit import openssl
from tests.pki.pki_centre import centre
from tests.servers.programs import JAVA, obtain

pytestmark = pytest.mark.thorough

PASSWORD = "Пароль12"
MANY = 1_000_000_000
FORMS = (
    "-legacy -iter 1024",
    "-legacy -keypbe PBE-SHA1-RC2-40 -certpbe PBE-SHA1-RC2-40",
    "-legacy -certpbe PBE-SHA1-RC2-128",
    "-legacy -certpbe PBE-SHA1-2DES",
    "-legacy -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES",
    "",
    "-keypbe AES-128-CBC -certpbe NONE",
    "-keypbe DES-EDE3-CBC -certpbe DES-EDE3-CBC",
    "-keypbe AES-192-CBC -certpbe AES-192-CBC",
    "-macalg sha512",
    "-nomac",
)


@cache
def owner() -> tuple[keys.PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL)


def exported(folder: Path, options: str, name: str = "-name e3fe35adda3b45cb", password: str = PASSWORD) -> bytes:
    """The key stores that openssl writes."""
    key, certificate = owner()
    (folder / "key.pem").write_bytes(keys.to_pem(key))
    (folder / "own.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    command = f"pkcs12 -export {options} -inkey key.pem -in own.pem {name} -passout pass:{password} -out own.p12"
    done = openssl(folder, command)
    assert done.returncode == 0, done.stderr
    return (folder / "own.p12").read_bytes()


@pytest.mark.parametrize("options", FORMS)
def test_pkcs12_of_every_form_that_openssl_writes_is_read(tmp_path: Path, options: str) -> None:
    key, certificate = owner()
    file = exported(tmp_path, options)
    (entry,) = open_keystore(file, PASSWORD)
    assert (entry.alias, entry.certificate) == ("e3fe35adda3b45cb", certificate)
    assert entry.key.public_key() == key.public_key()
    assert "key" not in repr(entry).replace("keystore", "")
    with pytest.raises(Malformed) as wrong:
        open_keystore(file, "Пароль13")
    assert wrong.value.code == "keystore-password"


@pytest.mark.servers
@pytest.mark.parametrize("options", [(), ("-J-Dkeystore.pkcs12.legacy",)], ids=["new", "legacy"])
def test_pkcs12_that_java_writes_is_read(tmp_path: Path, options: tuple[str, ...]) -> None:
    exported(tmp_path, "", "-name first", "Qwerty12")  # Java reads other letters by the locale
    source = ("-srckeystore", "own.p12", "-srcstoretype", "PKCS12", "-srcstorepass", "Qwerty12")
    target = ("-destkeystore", "java.p12", "-deststoretype", "PKCS12", "-deststorepass", "Qwerty12")
    command = (str(obtain(JAVA) / "keytool"), "-importkeystore", "-noprompt", *source, *target, *options)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    (entry,) = open_keystore((tmp_path / "java.p12").read_bytes(), "Qwerty12")
    assert (entry.alias, entry.certificate) == ("first", owner()[1])


def indefinite(der: bytes) -> bytes:
    """The same in BER as Java's libraries write НУЦ's files: no lengths, octet strings in pieces."""
    kind, method, tag, header, content, _ = parser.parse(der)
    is_octets = (kind, tag) == (0, 4)
    if not method and not (is_octets and len(content) > 1000):
        return der
    start = bytes([header[0] | 0x20]) + b"\x80"
    if not method:
        halves = content[:1000], content[1000:]
        return start + b"".join(core.OctetString(one).dump() for one in halves) + b"\0\0"
    inner = b""
    while content:
        *_, first, body, trailer = parser.parse(content, strict=False)
        size = len(first) + len(body) + len(trailer)
        inner, content = inner + indefinite(content[:size]), content[size:]
    return start + inner + b"\0\0"


def test_pkcs12_without_lengths_as_the_centre_gives_out_is_read(tmp_path: Path) -> None:
    store = pkcs12.Pfx.load(exported(tmp_path, "-legacy -iter 1024 -nomac"))
    inner = indefinite(store["auth_safe"]["content"].native)
    outer = pkcs12.Pfx({"version": "v3", "auth_safe": {"content_type": "data", "content": inner}})
    (entry,) = open_keystore(indefinite(outer.dump()), PASSWORD)
    assert entry.certificate == owner()[1]


def test_pkcs12_key_without_a_name_is_called_by_its_local_id(tmp_path: Path) -> None:
    (entry,) = open_keystore(exported(tmp_path, "-legacy", name=""), PASSWORD)
    assert len(bytes.fromhex(entry.alias)) == 20


def joined(*files: bytes) -> bytes:
    """The contents of several files in one, without a MAC."""
    parts = [part for file in files for part in pkcs12.Pfx.load(file).authenticated_safe]
    safe = pkcs12.AuthenticatedSafe(parts).dump()
    return bytes(pkcs12.Pfx({"version": "v3", "auth_safe": {"content_type": "data", "content": safe}}).dump())


def plain(alias: str) -> tuple[bytes, x509.Certificate]:
    key, certificate = centre().issue(CertificateKind.EMPLOYEE)
    encryption = BestAvailableEncryption(PASSWORD.encode())
    return serialize_key_and_certificates(alias.encode(), key, certificate, None, encryption), certificate


def test_pkcs12_alias_chooses_one_of_several_keys() -> None:
    (first, one), (second, other) = plain("first"), plain("второй")
    entries = open_keystore(joined(first, second), PASSWORD)
    assert [entry.alias for entry in entries] == ["first", "второй"]
    assert choose_entry(entries, None).certificate == one
    assert choose_entry(entries, "второй").certificate == other
    with pytest.raises(NotFound) as unknown:
        choose_entry(entries, "third")
    assert unknown.value.code == "keystore-alias"


def hidden_content(algorithm: dict[str, Any], content: bytes = b"\0" * 16) -> dict[str, Any]:
    info = {
        "content_type": "data",
        "content_encryption_algorithm": algorithm,
        "encrypted_content": content,
    }
    return {"content_type": "encrypted_data", "content": {"version": 0, "encrypted_content_info": info}}


def file_of(part: dict[str, Any], **more: Any) -> bytes:
    safe = pkcs12.AuthenticatedSafe([cms.ContentInfo(part)]).dump()
    whole = {"version": "v3", "auth_safe": {"content_type": "data", "content": safe}}
    return bytes(pkcs12.Pfx(whole | more).dump())


def old(iterations: int) -> dict[str, Any]:
    parameters = {"salt": b"12345678", "iterations": iterations}
    return {"algorithm": "pkcs12_sha1_tripledes_3key", "parameters": parameters}


def new(iterations: int) -> dict[str, Any]:
    costs = {
        "salt": algos.Pbkdf2Salt("specified", b"12345678"),
        "iteration_count": iterations,
        "prf": {"algorithm": "sha256"},
    }
    return {
        "algorithm": "pbes2",
        "parameters": {
            "key_derivation_func": {"algorithm": "pbkdf2", "parameters": costs},
            "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": b"\0" * 16},
        },
    }


def key_bag(algorithm: dict[str, Any]) -> bytes:
    value = asn1_keys.EncryptedPrivateKeyInfo({"encryption_algorithm": algorithm, "encrypted_data": b"\0" * 16})
    return bytes(pkcs12.SafeContents([{"bag_id": "pkcs8_shrouded_key_bag", "bag_value": value}]).dump())


def within(contents: bytes) -> bytes:
    return file_of({"content_type": "data", "content": contents})


def dear_mac() -> bytes:
    digest = {"digest_algorithm": {"algorithm": "sha256"}, "digest": b"\0" * 32}
    mac = {"mac": digest, "mac_salt": b"12345678", "iterations": MANY}
    return file_of({"content_type": "data", "content": b"0\0"}, mac_data=mac)


def encrypted(contents: bytes) -> bytes:
    """A file of one encrypted part, cheap to open."""
    key = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"12345678", 1, 32)
    count = 16 - len(contents) % 16
    cipher = Cipher(AES(key), modes.CBC(bytes(16))).encryptor()
    return file_of(hidden_content(new(1), cipher.update(contents + bytes([count]) * count)))


def dear_key_in_encrypted_content() -> bytes:
    """The cost that no look at the outside shows: a dear key inside a cheap envelope."""
    return encrypted(key_bag(new(MANY)))


@pytest.mark.parametrize(
    "file",
    [
        dear_mac,
        lambda: file_of(hidden_content(old(MANY))),
        lambda: file_of(hidden_content(new(MANY))),
        lambda: within(key_bag(old(MANY))),
        lambda: within(key_bag(new(MANY))),
        dear_key_in_encrypted_content,
        lambda: b"\x30" * (MOST_BYTES + 1),
        lambda: joined(*[encrypted(b"0\0")] * 3, within(key_bag(old(400_000)))),
    ],
)
def test_pkcs12_that_costs_too_much_is_refused_before_the_cost_is_paid(file: Callable[[], bytes]) -> None:
    hostile, begin = file(), time.monotonic()
    with pytest.raises((Refused, Malformed)) as refused:
        open_keystore(hostile, PASSWORD)
    assert time.monotonic() - begin < 3
    assert refused.value.code in {"keystore-limits", "keystore-malformed"}


def test_pkcs12_key_inside_an_encrypted_part_is_not_opened_and_its_neighbours_are_read() -> None:
    """No outside field shows the cost of such a key; real programs put keys beside the encrypted part."""
    (_, certificate), begin = owner(), time.monotonic()
    bag = {"cert_id": "x509", "cert_value": asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))}
    beside = pkcs12.SafeContents([{"bag_id": "cert_bag", "bag_value": bag}])
    both = pkcs12.SafeContents([*pkcs12.SafeContents.load(key_bag(new(MANY))), *beside]).dump()
    key, _ = owner()
    plain_key = asn1_keys.PrivateKeyInfo.load(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    keys_only = within(pkcs12.SafeContents([{"bag_id": "key_bag", "bag_value": plain_key}]).dump())
    (entry,) = open_keystore(joined(encrypted(both), keys_only), PASSWORD)
    assert entry.certificate == certificate
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize("algorithm", ["PBE-SHA1-2DES", "PBE-SHA1-RC2-128", "PBE-SHA1-RC4-128"])
def test_pkcs12_key_under_a_form_that_nobody_writes_is_refused_by_name(tmp_path: Path, algorithm: str) -> None:
    assert outcome(exported(tmp_path, f"-legacy -keypbe {algorithm}")) == "keystore-algorithm"


@pytest.mark.parametrize("file", [bytes.fromhex("feedfeed00000002"), bytes.fromhex("cececece00000002")])
def test_java_key_store_is_refused_by_name(file: bytes) -> None:
    with pytest.raises(Refused) as refused:
        open_keystore(file, PASSWORD)
    assert refused.value.code == "keystore-algorithm"
    assert "Java key store" in refused.value.message


def tlv(tag: int, *parts: bytes) -> bytes:
    """A short element of DER."""
    content = b"".join(parts)
    return bytes([tag, len(content)]) + content


@pytest.mark.parametrize("oid", ["1.2.643.7.1.1.1.1", "1.2.398.3.10.1.1.1.1"], ids=["Russian", "Kazakh"])
def test_key_of_gost_is_refused_as_unsupported_not_as_damaged(oid: str) -> None:
    algorithm = tlv(0x30, core.ObjectIdentifier(oid).dump())
    info = tlv(0x30, core.Integer(0).dump(), algorithm, core.OctetString(bytes(32)).dump())
    bag = tlv(0x30, core.ObjectIdentifier("1.2.840.113549.1.12.10.1.1").dump(), tlv(0xA0, info))
    assert outcome(within(tlv(0x30, bag))) == "keystore-algorithm"


def test_pkcs12_whose_mac_is_of_another_content_is_refused(tmp_path: Path) -> None:
    store = pkcs12.Pfx.load(exported(tmp_path, ""))
    store["mac_data"]["mac"]["digest"] = bytes(32)
    assert outcome(store.dump(force=True)) == "keystore-password"


def test_pkcs12_cost_of_a_thousand_million_iterations_is_known_without_doing_them() -> None:
    for hostile in (dear_mac(), file_of(hidden_content(old(MANY))), within(key_bag(new(MANY)))):
        with pytest.raises(Refused) as refused:
            open_keystore(hostile, PASSWORD)
        assert refused.value.code == "keystore-limits"


def test_pkcs12_huge_rsa_key_is_not_proved() -> None:
    huge = (1 << 20_000) + 1
    parts = {"private_exponent": huge, "prime1": huge, "prime2": huge, "exponent1": 3, "exponent2": 3}
    own = asn1_keys.RSAPrivateKey(
        {"version": "two-prime", "modulus": huge, "public_exponent": 65537, "coefficient": 3, **parts}
    )
    info = asn1_keys.PrivateKeyInfo(
        {"version": 0, "private_key_algorithm": {"algorithm": "rsa"}, "private_key": own}
    )
    contents = pkcs12.SafeContents([{"bag_id": "key_bag", "bag_value": info}]).dump()
    begin = time.monotonic()
    with pytest.raises(BusError):
        open_keystore(within(contents), PASSWORD)
    assert time.monotonic() - begin < 1


def nested(depth: int) -> bytes:
    contents = b"0\0"
    for _ in range(depth):
        contents = pkcs12.SafeContents(
            [{"bag_id": "safe_contents", "bag_value": pkcs12.SafeContents.load(contents)}]
        ).dump()
    return within(contents)


@pytest.mark.parametrize(
    "file", [b"", b"0\0", b"\x30\x80" * 20_000, b"\x24\x80" * 20_000, within(b"0\0"), nested(40)]
)
def test_pkcs12_that_is_no_key_store_is_refused(file: bytes) -> None:
    with pytest.raises((Malformed, Refused)) as refused:
        open_keystore(file, PASSWORD)
    assert refused.value.code in {"keystore-malformed", "keystore-limits"}


@cache
def sample() -> bytes:
    return plain("sample")[0]


def outcome(file: bytes) -> str:
    """The code with which a file is refused; "taken" when the file is accepted."""
    try:
        open_keystore(file, PASSWORD)
    except BusError as error:
        return error.code
    return "taken"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.integers(0, 1500), change=st.binary(max_size=4), cut=st.integers(0, 1500))
def test_pkcs12_that_is_damaged_is_refused_with_a_code(at: int, change: bytes, cut: int) -> None:
    whole = sample()
    damaged = whole[:at] + change + whole[at + len(change) : len(whole) - cut % len(whole)]
    assert outcome(damaged).startswith("keystore-") or damaged == whole
