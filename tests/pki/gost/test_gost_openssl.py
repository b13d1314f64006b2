"""Keys, digests and signatures through openssl with its GOST engine, in both directions.

The engine uses the algorithms' Russian object identifiers and writes the halves of a signature in the other order
(RFC 4491, 2.2.2); only these two are translated here.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography.exceptions import InvalidSignature

from shared.pki import gost
from shared.pki.gost import GOST_256, GOST_512, GostSuite, PrivateKey
from tests.pki.gost_centre import SUITES, size
from tests.servers.programs import Package, can_install, how_to_get, install

pytestmark = pytest.mark.servers

LETTER = "Өтініш: прошу выдать справку\n".encode() * 7
ENGINE = Package(
    title="The GOST engine of openssl",
    name="libengine-gost-openssl",
    programs=("gost.so",),
    folders=("/usr/lib/*/engines-3", "/usr/lib/*/engines-1.1", "/usr/lib64/engines-3"),
    setting="OPENSSL_ENGINES",
)
RUSSIAN = {
    GOST_512: replace(
        GOST_512, key="1.2.643.7.1.1.1.2", parameters="1.2.643.7.1.2.1.2.1", digest="1.2.643.7.1.1.2.3"
    ),
    GOST_256: replace(
        GOST_256, key="1.2.643.7.1.1.1.1", parameters="1.2.643.7.1.2.1.1.1", digest="1.2.643.7.1.1.2.2"
    ),
}


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """The engine is installed, if necessary now by root."""
    if not found() and can_install():
        install(ENGINE)
    assert found(), how_to_get(ENGINE)


def found() -> bool:
    return any(any(Path("/").glob(f"{folder.lstrip('/')}/gost.so")) for folder in ENGINE.folders)


def openssl(folder: Path, suite: GostSuite, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "letter").write_bytes(LETTER)
    command = ("openssl", "dgst", "-engine", "gost", f"-md_gost12_{suite.bits}", *options, "letter")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def write_keys(folder: Path, key: PrivateKey) -> None:
    suite = RUSSIAN[key.suite]
    (folder / "private.pem").write_bytes(replace(key, suite=suite).to_pem())
    public = replace(key.public_key(), suite=suite)
    (folder / "public.pem").write_bytes(pem.armor("PUBLIC KEY", public.encode_spki()))


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_digest_is_the_same_by_openssl(suite: GostSuite, tmp_path: Path) -> None:
    done = openssl(tmp_path, suite)
    assert done.stdout.split()[-1] == suite.hash_data(LETTER).hex(), done.stderr


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_signature_of_ours_is_verified_by_openssl_and_nothing_else(suite: GostSuite, tmp_path: Path) -> None:
    key = gost.new_key(suite)
    write_keys(tmp_path, key)
    for letter, told in ((LETTER, "Verified OK"), (LETTER + b"!", "Verification failure")):
        (tmp_path / "signature").write_bytes(key.sign(letter)[::-1])
        done = openssl(tmp_path, suite, "-verify", "public.pem", "-signature", "signature")
        assert told in done.stdout + done.stderr


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_signature_by_openssl_with_our_private_key_is_verified(suite: GostSuite, tmp_path: Path) -> None:
    key = gost.new_key(suite)
    write_keys(tmp_path, key)
    done = openssl(tmp_path, suite, "-sign", "private.pem", "-out", "signature")
    assert done.returncode == 0, done.stderr
    signature = (tmp_path / "signature").read_bytes()[::-1]
    key.public_key().verify(signature, LETTER)
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, LETTER + b"!")


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_public_key_is_derived_the_same_by_openssl(suite: GostSuite, tmp_path: Path) -> None:
    key = gost.new_key(suite)
    write_keys(tmp_path, key)
    command = ("openssl", "pkey", "-engine", "gost", "-in", "private.pem", "-pubout", "-outform", "DER")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    point = key.public_key().bit_string[-2 * suite.size :]
    assert done.stdout.endswith(point), done.stderr
