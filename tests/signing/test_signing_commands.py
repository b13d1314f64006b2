"""``egov-bus certificate``, ``sign`` and ``verify`` against a running НУЦ, cross-checked with openssl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from shared.pki import faults
from shared.pki.faults import PkiFault
from shared.pki.verification.check import signer_info
from tests.journeys.kit import openssl
from tests.signing.conftest import PASSWORD, Terminal

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

BIN = "050340000128"
SECRET = ("--password-file", "password")


async def certified(terminal: Terminal, *options: str) -> dict[str, Any]:
    """The command's report of the files it wrote."""
    quick = () if "--algorithm" in options else ("--algorithm", "ec")
    ended = await terminal.types("certificate", *quick, *options, *SECRET, "--json")
    assert ended.code == 0, ended.err
    told: dict[str, Any] = json.loads(ended.out)
    return told


async def verified(terminal: Terminal, *arguments: str) -> tuple[int, dict[str, Any]]:
    ended = await terminal.types("verify", *arguments, "--json")
    return ended.code, json.loads(ended.out)


async def signed(terminal: Terminal, *options: str, content: bytes = b"content\n") -> dict[str, Any]:
    """Let a new citizen sign `document`; returns the report of the certificate command."""
    told = await certified(terminal)
    (terminal.folder / "document").write_bytes(content)
    ended = await terminal.types("sign", "document", "--p12", told["p12"], *options, *SECRET)
    assert ended.code == 0, ended.err
    return told


async def test_certificate_of_a_citizen_comes_as_pkcs12_and_pem_that_openssl_reads(terminal: Terminal) -> None:
    told = await certified(terminal, "--pick", "3", "--algorithm", "rsa", "--out", "keys")
    p12, pem = Path(told["p12"]), Path(told["pem"])
    assert p12.name.startswith("RSA256_")
    assert p12.name.removeprefix("RSA256_").removesuffix(".p12") == pem.name[7:-4]
    assert (terminal.folder / p12).stat().st_mode & 0o777 == 0o600
    opened = openssl(terminal.folder, f"pkcs12 -in {p12} -passin pass:{PASSWORD} -nodes")
    assert opened.returncode == 0, opened.stderr
    assert opened.stdout.count("BEGIN CERTIFICATE") == 2
    assert "BEGIN PRIVATE KEY" in opened.stdout
    checked = openssl(terminal.folder, f"verify -CAfile {told['root']} -untrusted {pem} {pem}")
    assert checked.stdout == f"{pem}: OK\n"


async def test_certificate_to_log_in_is_named_so_and_cannot_sign(terminal: Terminal) -> None:
    told = await certified(terminal, "--usage", "auth")
    assert Path(told["p12"]).name.startswith("AUTH_EC256_")
    (terminal.folder / "document").write_bytes(b"x")
    await terminal.types("sign", "document", "--p12", told["p12"], *SECRET)
    code, judged = await verified(terminal, "document.p7s")
    assert (code, judged["code"]) == (1, "eds-purpose")
    code, _ = await verified(terminal, "document.p7s", "--purpose", "login")
    assert code == 0


async def test_certificate_of_an_employee_is_issued_on_the_word_of_the_operator(terminal: Terminal) -> None:
    job = ("--role", "first-head", "--organisation", "ТОО «Пример»", "--bin", BIN)
    told = await certified(terminal, "--pick", "5", *job)
    certificate = x509.load_pem_x509_certificate((terminal.folder / told["pem"]).read_bytes())
    assert signer_info(certificate).bin == BIN
    usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert "1.2.398.3.3.4.1.2.1" in [one.dotted_string for one in usages]
    ended = await terminal.types("certificate", *job, *SECRET, EGOV_OPERATOR_TOKEN="kq3V0h1yJc8sWn5tXr2bZp7u")
    assert ended.code == 1
    assert ended.err.startswith("nuc-refused: НУЦ refused")
    assert "operator-only" in ended.err


async def test_signature_is_verified_with_every_condition(terminal: Terminal) -> None:
    told = await signed(terminal)
    iin = signer_info(x509.load_pem_x509_certificate((terminal.folder / told["pem"]).read_bytes())).iin
    code, judged = await verified(terminal, "document.p7s", "--iin", str(iin))
    assert (code, judged["holds"], judged["code"]) == (0, True, "eds-valid")
    assert judged["revocation_told_by"] == "ocsp"
    held = {name for name, mark in judged["conditions"].items() if mark == "held"}
    assert held == {"form", "signature", "chain", "term", "purpose", "revocation", "iin"}
    assert str(iin) not in json.dumps(judged)
    seen = openssl(
        terminal.folder, f"cms -verify -inform DER -in document.p7s -CAfile {told['root']} -purpose any"
    )
    assert (seen.returncode, seen.stdout.strip()) == (0, "content"), seen.stderr


async def test_signature_that_is_detached_needs_its_content_and_no_other(terminal: Terminal) -> None:
    await signed(terminal, "--detached", "--out", "document.sig")
    (terminal.folder / "other").write_bytes(b"other\n")
    assert (await verified(terminal, "document.sig", "--content", "document"))[0] == 0
    code, judged = await verified(terminal, "document.sig", "--content", "other")
    assert (code, judged["code"]) == (1, "eds-signature-invalid")
    assert judged["conditions"]["signature"] == "failed"
    assert judged["conditions"]["chain"] == "not-reached"
    assert (await verified(terminal, "document.sig"))[1]["code"] == "eds-malformed"


async def test_signature_that_is_stamped_tells_when_it_was_there(terminal: Terminal) -> None:
    await signed(terminal, "--stamp")
    code, judged = await verified(terminal, "document.p7s")
    assert code == 0
    assert judged["conditions"]["time-stamp"] == "held"
    assert judged["stamped_at"].startswith("20")


async def test_xml_is_signed_and_verified(terminal: Terminal) -> None:
    await signed(terminal, "--xml", content="<өтініш>11</өтініш>".encode())
    made = terminal.folder / "document.signed.xml"
    code, judged = await verified(terminal, "document.signed.xml", "--xml")
    assert (code, judged["code"], judged["revocation_told_by"]) == (0, "eds-valid", "ocsp")
    made.write_text(made.read_text().replace(">11<", ">12<"))
    code, judged = await verified(terminal, "document.signed.xml", "--xml")
    assert (code, judged["code"]) == (1, "eds-signature-invalid")
    (terminal.folder / "broken.xml").write_text("<a>")
    code, judged = await verified(terminal, "broken.xml", "--xml")
    assert (code, judged["conditions"]["form"]) == (1, "failed")


async def test_verification_without_nuc_needs_root_issuing_and_list_only(terminal: Terminal) -> None:
    told = await signed(terminal)
    folder = terminal.folder
    (folder / "crl.der").write_bytes((await terminal.country.answer("is_nuc", "GET", "/crl")).content)
    (folder / "issuing.der").write_bytes((await terminal.country.answer("is_nuc", "GET", "/issuing.crt")).content)
    given = ("--root", told["root"], "--issuing", "issuing.der", "--crl", "crl.der")
    ended = await terminal.types("verify", "document.p7s", *given, "--json", EGOV_NUC_URL="http://127.0.0.1:9")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["revocation_told_by"].startswith("crl")
    ended = await terminal.types("verify", "document.p7s", EGOV_NUC_URL="http://127.0.0.1:9")
    assert ended.code == 1
    assert "nuc-unavailable" in ended.err


@pytest.mark.parametrize(
    ("language", "reason", "label"),
    [
        ("ru", "Срок действия сертификата истёк", "не выполнено"),
        ("kk", "қолданылу мерзімі аяқталған", "орындалмады"),
        ("en", "The certificate has expired", "does not hold"),
    ],
)
async def test_verification_tells_a_failed_condition_in_three_languages(
    terminal: Terminal, language: str, reason: str, label: str
) -> None:
    await signed(terminal)
    ended = await terminal.types("verify", "document.p7s", "--at", "2200-01-01", "--lang", language)
    assert ended.code == 1
    assert "✗" in ended.out
    assert ended.out.count("✓") >= 3
    assert reason in ended.out
    assert label in ended.out


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (PkiFault.CERTIFICATE_EXPIRED, "eds-expired"),
        (PkiFault.CERTIFICATE_REVOKED, "eds-revoked"),
        (PkiFault.CERTIFICATE_WRONG_ISSUER, "eds-chain"),
        (PkiFault.CERTIFICATE_WRONG_PURPOSE, "eds-purpose"),
    ],
)
async def test_verification_of_a_magic_subject_has_its_trouble_in_the_verdict(
    terminal: Terminal, fault: PkiFault, code: str
) -> None:
    who = next(one for one in faults.MAGIC_SUBJECTS if one.fault is fault)
    told = await certified(terminal, "--pick", who.iin)
    (terminal.folder / "document").write_bytes(b"x")
    assert (await terminal.types("sign", "document", "--p12", told["p12"], *SECRET)).code == 0
    ended, judged = await verified(terminal, "document.p7s")
    assert (ended, judged["code"]) == (1, code)


async def test_signature_may_be_pem_or_base64(terminal: Terminal) -> None:
    await signed(terminal)
    pem = openssl(terminal.folder, "cms -cmsout -inform DER -in document.p7s -outform PEM").stdout
    (terminal.folder / "document.pem").write_text(pem)
    (terminal.folder / "document.b64").write_text("\n".join(pem.splitlines()[1:-1]))
    (terminal.folder / "garbage").write_bytes(b"\xff\x00 not base64")
    for name in ("document.pem", "document.b64"):
        assert (await verified(terminal, name))[0] == 0, name
    assert (await verified(terminal, "garbage"))[1]["code"] == "eds-malformed"


async def test_signing_command_that_cannot_be_done_is_told_by_a_code_and_writes_nothing(
    terminal: Terminal,
) -> None:
    told = await signed(terminal)
    before = sorted(terminal.folder.iterdir())
    (terminal.folder / "wrong").write_text("wrong")
    sign = ("sign", "document", "--p12", told["p12"])
    refusals = {
        (*sign, *SECRET): "file-exists",
        (*sign, "--password-file", "wrong", "--force"): "pkcs12-password",
        ("sign", "document", "--p12", "document", *SECRET, "--force"): "pkcs12-malformed",
        ("sign", "nowhere", "--p12", told["p12"], *SECRET): "file-unreadable",
        ("sign", "document", "--p12", told["p12"], *SECRET, "--xml"): "xml-malformed",
        ("certificate", "--pick", "850101100014", *SECRET): "person-unknown",
        ("certificate", "--pick", "0", *SECRET): "person-unknown",
        ("verify", "nowhere"): "file-unreadable",
    }
    for arguments, code in refusals.items():
        ended = await terminal.types(*arguments)
        assert ended.code == 1, arguments
        assert f"{code}: " in ended.err, (arguments, ended.err)
    (terminal.folder / "wrong").unlink()
    assert sorted(terminal.folder.iterdir()) == before
    for arguments in (
        ("verify", "x", "--crl", "y"),
        ("certificate", "--role", "hr"),
        ("verify", "x", "--lang", "de"),
    ):
        assert (await terminal.types(*arguments)).code == 2, arguments
