"""Keys: their encodings and files."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateKind
from tests.pki.pki_centre import centre, rsa_key


def test_key_survives_being_written_as_pem() -> None:
    for key in (rsa_key(), keys.new_ec_key()):
        loaded = keys.load_key(keys.to_pem(key))
        assert loaded.public_key() == key.public_key()


def test_keys_that_are_new_have_the_sizes_of_the_profile() -> None:
    assert rsa_key().key_size == 2048
    assert isinstance(keys.new_ec_key().curve, ec.SECP256R1)


def test_pem_that_is_no_private_key_is_refused() -> None:
    key = keys.new_ec_key()
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    edwards = ed25519.Ed25519PrivateKey.generate()
    foreign = edwards.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for text in (b"", b"garbage", keys.to_pem(key)[:-40], locked, foreign):
        with pytest.raises(Malformed) as caught:
            keys.load_key(text)
        assert caught.value.code == "key-malformed"


def test_private_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "system.key"
    before = os.umask(0)
    try:
        keys.write_private(path, b"secret")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_private_file_is_replaced_when_open_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "system.key"
    path.write_bytes(b"old")
    path.chmod(0o644)
    keys.write_private(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["system.key"]


def test_private_file_stays_whole_when_the_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "kept").touch()
    with pytest.raises(OSError, match="folder"):
        keys.write_private(path, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_key_is_never_read_half_written(tmp_path: Path) -> None:
    path = tmp_path / "system.key"
    versions = {bytes([letter]) * 50_000 for letter in b"ab"}
    keys.write_private(path, min(versions))
    done = threading.Event()
    seen: set[bytes] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for version in sorted(versions) * 10:
        keys.write_private(path, version)
    done.set()
    reader.join()
    assert seen <= versions


def test_thumbprint_is_the_sha256_of_the_certificate_in_base64url() -> None:
    certificate = centre().root
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    text = keys.certificate_thumbprint(certificate)
    assert "=" not in text
    assert base64.urlsafe_b64decode(text + "=") == digest


def test_strong_keys_are_long_rsa_and_nist_curves_only() -> None:
    for key in (rsa_key(), keys.new_ec_key(), ec.generate_private_key(ec.SECP521R1())):
        assert keys.strong_key(centre().certify(key, CertificateKind.INDIVIDUAL)) == key.public_key()
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 (the weakness is the subject)
    for weak in (short, ec.generate_private_key(ec.SECP256K1())):
        with pytest.raises(Untrusted) as caught:
            keys.strong_key(centre().certify(weak, CertificateKind.INDIVIDUAL))
        assert caught.value.code == "eds-algorithm"
