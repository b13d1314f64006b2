"""CMS signatures through the real openssl, in both directions."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki.certificates import keys
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from tests.pki.pki_centre import ALGORITHMS, LATER, NOW, centre, pem

CONTENT = bytes(range(256)) + b"\r\n\n \x00"


@cache
def citizen(algorithm: str) -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL, algorithm)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("openssl", *arguments), cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files for openssl: anchors, keys, certificates, the content."""
    (tmp_path / "anchors.pem").write_bytes(pem(centre().root, centre().issuing))
    (tmp_path / "issuing.pem").write_bytes(pem(centre().issuing))
    (tmp_path / "content").write_bytes(CONTENT)
    for algorithm in ALGORITHMS:
        key, certificate = citizen(algorithm)
        (tmp_path / f"{algorithm}.key").write_bytes(keys.to_pem(key))
        (tmp_path / f"{algorithm}.pem").write_bytes(pem(certificate))
    return tmp_path


def openssl_signs(folder: Path, algorithm: str, *options: str) -> bytes:
    who = ("-signer", f"{algorithm}.pem", "-inkey", f"{algorithm}.key")
    form = ("-binary", "-outform", "DER", "-out", "signed")
    done = run(folder, "cms", "-sign", "-in", "content", *who, *form, *options)
    assert done.returncode == 0, done.stderr
    return (folder / "signed").read_bytes()


def openssl_verifies(folder: Path, der: bytes, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "signed").write_bytes(der)
    trusted = ("-CAfile", "anchors.pem", "-attime", str(int(LATER.timestamp())))
    form = ("-binary", "-inform", "DER", "-in", "signed", "-out", "opened")
    return run(folder, "cms", "-verify", *form, *trusted, *options)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("options", [(), ("-cades",)], ids=["plain", "cades"])
def test_cms_of_ours_is_verified_by_openssl(folder: Path, algorithm: str, options: tuple[str, ...]) -> None:
    done = openssl_verifies(folder, signed_data.sign(CONTENT, *citizen(algorithm), at=NOW), *options)
    assert done.returncode == 0, done.stderr
    assert (folder / "opened").read_bytes() == CONTENT


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_cms_of_ours_detached_and_with_the_chain_inside_is_verified_by_openssl(
    folder: Path, algorithm: str
) -> None:
    der = signed_data.sign(CONTENT, *citizen(algorithm), chain=[centre().issuing], at=NOW, detached=True)
    done = openssl_verifies(folder, der, "-cades", "-content", "content")
    assert done.returncode == 0, done.stderr


def test_cms_of_ours_that_was_changed_is_refused_by_openssl(folder: Path) -> None:
    der = signed_data.sign(CONTENT, *citizen("ec"), at=NOW)
    changed = der.replace(CONTENT, CONTENT[::-1])
    assert "content verify error" in openssl_verifies(folder, changed).stderr


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "options",
    [
        ("-nodetach",),
        ("-nodetach", "-cades"),
        ("-nodetach", "-stream"),
        ("-nodetach", "-stream", "-cades"),
        ("-nodetach", "-keyid"),
        ("-nodetach", "-certfile", "issuing.pem"),
        ("-nodetach", "-md", "sha256"),
        ("-nodetach", "-md", "sha384"),
        ("-nodetach", "-md", "sha512", "-cades"),
        ("-nodetach", "-nosmimecap"),
    ],
    ids="".join,
)
def test_cms_signed_by_openssl_is_opened(folder: Path, algorithm: str, options: tuple[str, ...]) -> None:
    opened = signed_data.open_signed(openssl_signs(folder, algorithm, *options))
    assert opened.content == CONTENT
    assert opened.certificate == citizen(algorithm)[1]
    assert opened.signing_time is not None
    assert opened.chain == ((centre().issuing,) if "-certfile" in options else ())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_cms_signed_detached_by_openssl_is_opened(folder: Path, algorithm: str) -> None:
    der = openssl_signs(folder, algorithm)
    assert signed_data.open_signed(der, content=CONTENT).content == CONTENT
    with pytest.raises(Untrusted):
        signed_data.open_signed(der, content=CONTENT + b"\n")


@pytest.mark.parametrize("size", [127, 128, 65_535, 3_000_000])
def test_cms_of_large_content_is_opened_in_definite_and_indefinite_form(folder: Path, size: int) -> None:
    content = b"x" * size
    (folder / "content").write_bytes(content)
    for form in ((), ("-stream",)):
        assert signed_data.open_signed(openssl_signs(folder, "ec", "-nodetach", *form)).content == content


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("-md", "sha1"), "eds-algorithm"),
        (("-md", "sha224"), "eds-algorithm"),
        (("-md", "md5"), "eds-algorithm"),
        (("-noattr",), "eds-malformed"),
        (("-nocerts",), "eds-signers"),
        (("-keyopt", "rsa_padding_mode:pss"), "eds-algorithm"),
        (("-signer", "ec.pem", "-inkey", "ec.key"), "eds-signers"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_cms_signed_weakly_or_otherwise_by_openssl_is_refused(
    folder: Path, options: tuple[str, ...], code: str
) -> None:
    with pytest.raises((Malformed, Untrusted)) as caught:
        signed_data.open_signed(openssl_signs(folder, "rsa", "-nodetach", *options))
    assert caught.value.code == code


@pytest.mark.parametrize("arguments", [("-encrypt", "-aes256"), ("-data_create",), ("-digest_create",)])
def test_cms_of_other_kinds_is_malformed(folder: Path, arguments: tuple[str, ...]) -> None:
    recipient = ("rsa.pem",) if arguments[0] == "-encrypt" else ()
    form = ("-binary", "-in", "content", "-outform", "DER", "-out", "other")
    done = run(folder, "cms", *arguments, *form, *recipient)
    assert done.returncode == 0, done.stderr
    with pytest.raises(BusError) as caught:
        signed_data.open_signed((folder / "other").read_bytes())
    assert caught.value.code == "eds-malformed"


def test_cms_signing_time_of_ours_is_read_by_openssl(folder: Path) -> None:
    (folder / "signed").write_bytes(signed_data.sign(CONTENT, *citizen("ec"), at=NOW + timedelta(seconds=5)))
    done = run(folder, "cms", "-cmsout", "-print", "-inform", "DER", "-in", "signed", "-noout")
    assert "UTCTIME:Mar  2 09:30:20 2026 GMT" in done.stdout
