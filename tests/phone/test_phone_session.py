"""A scan against an integrator's server, as the document of signatures by QR code and link has it."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shared.phone.steps import PhoneStep, StepOutcome
from tests.phone.integrators_server import (
    CONTENT,
    TOKEN,
    IntegratorsServer,
    document,
    serving,
    xml_document,
)
from tests.phone.phone_kit import scan
from tests.pki.pki_centre import centre, pem

DS = "{http://www.w3.org/2000/09/xmldsig#}"


@pytest.fixture
def server() -> Iterator[IntegratorsServer]:
    with serving(IntegratorsServer()) as server:
        yield server


def openssl_verifies(folder: Path, cms: bytes, content: bytes | None) -> bytes:
    """What OpenSSL says was signed; CalledProcessError for a signature that does not hold."""
    (folder / "signature").write_bytes(cms)
    (folder / "roots").write_bytes(pem(centre().root, centre().issuing))
    detached: list[str] = []
    if content is not None:
        (folder / "content").write_bytes(content)
        detached = ["-content", str(folder / "content")]
    command = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        str(folder / "signature"),
        *detached,
    ]
    trust = ["-CAfile", str(folder / "roots"), "-purpose", "any", "-attime", "1772443900"]
    return subprocess.run([*command, *detached, *trust], capture_output=True, check=True).stdout


def test_phone_signs_a_document_in_nine_steps_and_puts_the_signature_in_the_place_of_the_original(
    server: IntegratorsServer, tmp_path: Path
) -> None:
    report = scan(server.link)
    assert [result.outcome for result in report.steps] == [StepOutcome.PASSED] * 10, report.failed_step
    assert [result.step.value for result in report.steps] == ["1", "2", "3", "4", "5-1", "5-2", "6", "7", "8", "9"]
    assert [(seen.method, seen.path) for seen in server.requests] == [
        ("GET", "/mgovSign/1"),
        ("GET", "/mgovSign/1/documents"),
        ("PUT", "/mgovSign/1/documents"),
    ]
    sent = server.puts[0].json
    data = sent["documentsToSign"][0]["document"]["file"].pop("data")
    cms = base64.b64decode(data, validate=True)
    assert openssl_verifies(tmp_path, cms, None) == CONTENT
    offered: dict[str, Any] = {"signMethod": "CMS_WITH_DATA", "version": 2, "documentsToSign": [document(1)]}
    del offered["documentsToSign"][0]["document"]["file"]["data"]
    assert sent == offered, "everything else is unchanged"


def test_phone_leaves_the_content_out_of_a_cms_that_is_a_signature_only(
    server: IntegratorsServer, tmp_path: Path
) -> None:
    server.method = "CMS_SIGN_ONLY"
    assert scan(server.link).is_signed
    cms = base64.b64decode(server.puts[0].json["documentsToSign"][0]["document"]["file"]["data"])
    assert CONTENT not in cms
    assert openssl_verifies(tmp_path, cms, CONTENT) == CONTENT


def test_phone_signs_xml_with_an_enveloped_signature(server: IntegratorsServer, tmp_path: Path) -> None:
    server.method = "XML"
    server.documents = [xml_document(1, "<order><sum>5</sum></order>"), xml_document(2, "<other/>")]
    assert scan(server.link).is_signed
    documents = server.puts[0].json["documentsToSign"]
    first, second = (etree.fromstring(entry["documentXml"].encode()) for entry in documents)
    assert (first.tag, first[0].text, first[-1].tag, second[-1].tag) == (
        "order",
        "5",
        f"{DS}Signature",
        f"{DS}Signature",
    )
    assert [node.get("URI") for node in first.iter(f"{DS}Reference")] == [""]


def test_phone_signs_each_of_several_documents(server: IntegratorsServer, tmp_path: Path) -> None:
    server.documents = [document(number, b"document %d" % number) for number in range(1, 4)]
    report = scan(server.link)
    assert report.documents == ("Договор",) * 3
    entries = server.puts[0].json["documentsToSign"]
    signed = [base64.b64decode(entry["document"]["file"]["data"]) for entry in entries]
    assert [openssl_verifies(tmp_path, cms, None) for cms in signed] == [
        b"document 1",
        b"document 2",
        b"document 3",
    ]


def test_phone_brings_the_token_of_the_link_to_the_documents(server: IntegratorsServer) -> None:
    server.auth_type = "Token"
    assert scan(server.link).is_signed
    first, *others = server.requests
    assert "Authorization" not in first.headers
    assert [seen.headers["Authorization"] for seen in others] == [f"Bearer {TOKEN}"] * 2


def test_phone_asks_with_xml_that_holds_the_address_and_is_signed_by_the_key_for_logins(
    server: IntegratorsServer,
) -> None:
    server.auth_type = "Eds"
    assert scan(server.link).is_signed
    question = server.requests[1]
    assert question.method == "POST"
    xml = etree.fromstring(question.body)
    assert f"{server.url}/mgovSign/1/documents" in xml.itertext()
    (text,) = (node.text for node in xml.iter(f"{DS}X509Certificate"))
    certificate = subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-noout", "-ext", "extendedKeyUsage"],
        input=base64.b64decode(text or ""),
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert "TLS Web Client Authentication" in certificate


def test_phone_shows_the_page_to_which_the_server_leads_back(server: IntegratorsServer) -> None:
    server.verdicts = [(200, {"backUrl": "https://shelek.kz/done"})]
    report = scan(server.link)
    assert report.back_url == report.get(PhoneStep.SHOW_RESULT).facts["backUrl"] == "https://shelek.kz/done"
