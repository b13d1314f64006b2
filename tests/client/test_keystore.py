"""PKCS #12 key stores: written and read back, also by openssl; other files are refused with a code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from asn1crypto import pkcs12
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.bus.errors import BusError, Malformed, NotFound, Refused, Untrusted
from shared.client.key_owners import find_owner
from shared.client.keystore import MOST_BYTES, KeyEntry, read_pkcs12, write_pkcs12
from shared.contracts.population import make_population
from shared.pki import faults
from shared.pki.certificates import keys
from shared.pki.certificates.profile import EKU_AUTH, EKU_SIGN, CertificateKind
from tests.pki.pki_centre import ALGORITHMS, centre, pem

PASSWORD = "Құпия-12"


def entry(algorithm: str = "ec", kind: CertificateKind = CertificateKind.INDIVIDUAL) -> KeyEntry:
    key, certificate = centre().issue(kind, algorithm)
    return KeyEntry(key, certificate, (centre().issuing,))


SEALED = write_pkcs12(entry(), PASSWORD, "keys")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pkcs12_entry_comes_back_whole(algorithm: str) -> None:
    kept = entry(algorithm)
    found = read_pkcs12(write_pkcs12(kept, PASSWORD, "keys"), PASSWORD)
    assert (found.certificate, found.chain) == (kept.certificate, kept.chain)
    assert keys.to_pem(found.key) == keys.to_pem(kept.key)
    assert found.chain_pem == pem(kept.certificate, centre().issuing)
    assert "key" not in repr(found).replace("KeyEntry", "")


def test_certificate_usages_tell_signing_from_logging_in() -> None:
    assert EKU_SIGN in entry().extended_usages
    assert EKU_AUTH in entry(kind=CertificateKind.INDIVIDUAL_AUTH).extended_usages
    assert EKU_SIGN not in entry(kind=CertificateKind.INDIVIDUAL_AUTH).extended_usages


def test_pkcs12_of_openssl_is_read_also_in_the_old_way(tmp_path: Path) -> None:
    kept = entry("rsa")
    (tmp_path / "me.pem").write_bytes(keys.to_pem(kept.key) + kept.chain_pem)
    for old in ((), ("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")):
        command = (
            "openssl",
            "pkcs12",
            "-export",
            "-in",
            "me.pem",
            "-out",
            "me.p12",
            "-passout",
            "pass:secret",
            *old,
        )
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert read_pkcs12((tmp_path / "me.p12").read_bytes(), "secret").certificate == kept.certificate


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), "\ud800"])
def test_pkcs12_with_another_password_is_told_from_another_file(password: str) -> None:
    with pytest.raises(Untrusted) as caught:
        read_pkcs12(SEALED, password)
    assert caught.value.code == "pkcs12-password"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x30", b"text", SEALED[:-10], SEALED + b"\x00", b"\x30" * (MOST_BYTES + 1)],
    ids=["empty", "start", "text", "truncated", "prolonged", "oversized"],
)
def test_pkcs12_parser_finds_any_other_file_malformed(content: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        read_pkcs12(content, PASSWORD)
    assert caught.value.code == "pkcs12-malformed"


def test_pkcs12_without_a_key_is_malformed(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_bytes(pem(centre().root))
    command = (
        "openssl",
        "pkcs12",
        "-export",
        "-nokeys",
        "-in",
        "root.pem",
        "-out",
        "root.p12",
        "-passout",
        "pass:x",
    )
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    with pytest.raises(Malformed) as caught:
        read_pkcs12((tmp_path / "root.p12").read_bytes(), "x")
    assert caught.value.code == "pkcs12-malformed"


@settings(max_examples=150, deadline=None)
@example(at=2519, byte=7, cut=False)  # what is left is BER
@given(at=st.integers(0, len(SEALED) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_pkcs12_that_is_damaged_is_refused_by_a_code_or_read_unchanged(at: int, byte: int, cut: bool) -> None:
    damaged = SEALED[:at] if cut else SEALED[:at] + bytes([byte]) + SEALED[at + 1 :]
    assert outcome(damaged) in {"pkcs12-malformed", "pkcs12-password", "pkcs12-unsupported", "unchanged"}


def outcome(content: bytes) -> str:
    try:
        found = read_pkcs12(content, PASSWORD)
    except BusError as error:
        return error.code
    return "unchanged" if found.certificate == read_pkcs12(SEALED, PASSWORD).certificate else "changed"


def test_pkcs12_without_a_password_is_not_written() -> None:
    with pytest.raises(Malformed) as caught:
        write_pkcs12(entry(), "", "keys")
    assert caught.value.code == "password-missing"


def test_key_owner_is_found_by_place_by_number_and_by_magic() -> None:
    living = [person for person in make_population(1, 300) if person.is_alive]
    assert find_owner("1", 1, 300).iin == living[0].iin
    assert find_owner(str(len(living)), 1, 300).iin == living[-1].iin
    assert find_owner(living[7].iin, 1, 300).surname == living[7].surname
    magic = faults.MAGIC_SUBJECTS[0]
    assert find_owner(magic.iin, 1, 300).surname == magic.surname
    for nobody in ("0", "-1", str(len(living) + 1), "850101100014", "first", "", "9" * 30):
        with pytest.raises(NotFound):
            find_owner(nobody, 1, 300)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (bytes.fromhex("feedfeed0000000200000001"), "JKS"),
        (bytes.fromhex("cececece00000002"), "JCEKS"),
        (pem(centre().root), "PEM"),
    ],
    ids=["jks", "jceks", "pem"],
)
def test_key_store_of_another_kind_is_named(content: bytes, kind: str) -> None:
    with pytest.raises(Refused) as caught:
        read_pkcs12(content, PASSWORD)
    assert caught.value.code == "pkcs12-unsupported"
    assert kind in caught.value.message


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_pkcs12_sealed_by_an_unknown_algorithm_is_no_wrong_password(password: str) -> None:
    """The seal is named by a number in the file: here by one of GOST (1.2.643.7.1.1.2.2, its digest)."""
    store = pkcs12.Pfx.load(SEALED)
    store["mac_data"]["mac"]["digest_algorithm"]["algorithm"] = "1.2.643.7.1.1.2.2"
    with pytest.raises(Refused) as caught:
        read_pkcs12(store.dump(force=True), password)
    assert caught.value.code == "pkcs12-unsupported"
