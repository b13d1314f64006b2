"""XML signatures through Java, in both directions: WSS4J for SOAP, Apache Santuario for documents.

The clients of ШЭП and NCANode are built on these libraries.
"""

from __future__ import annotations

import base64
import subprocess
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from shared.bus.errors import Untrusted
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.wsse import KeyInfoForm
from tests.pki.pki_centre import ALGORITHMS, centre
from tests.pki.xml.test_xml_outsiders import DOCUMENTS
from tests.pki.xml_samples import ENVELOPE, canonical, citizen, known, message, open_body
from tests.servers.programs import JAVA, WSS4J, obtain

pytestmark = pytest.mark.servers

SOURCES = Path(__file__).parent / "java"
PASSWORD = "password"
FORMS = {
    "national": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "inclusive": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "exclusive": "http://www.w3.org/2001/10/xml-exc-c14n#",
    "none": "",
}


@cache
def java() -> tuple[str, ...]:
    """The command that compiles and runs one of our sources with the libraries."""
    libraries = obtain(WSS4J)
    path = ":".join(str(libraries / file) for file in WSS4J.files)
    return (str(obtain(JAVA) / "java"), "-cp", path)


def run(folder: Path, program: str, *arguments: str) -> list[str]:
    """The output lines of the program."""
    command = (*java(), str(SOURCES / f"{program}.java"), *arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def store(folder: Path, algorithm: str = "rsa") -> tuple[str, str, str]:
    """A PKCS #12 of the signer: file, password, alias."""
    key, certificate = citizen(algorithm)
    sealed = BestAvailableEncryption(PASSWORD.encode())
    data = pkcs12.serialize_key_and_certificates(b"me", key, certificate, [centre().issuing], sealed)
    (folder / "store.p12").write_bytes(data)
    return "store.p12", PASSWORD, "me"


def test_wsse_of_ours_is_verified_by_wss4j_and_refused_when_changed(tmp_path: Path) -> None:
    files = [f"{form.value}.xml" for form in KeyInfoForm]
    for form, file in zip(KeyInfoForm, files, strict=True):
        (tmp_path / file).write_bytes(message(form, "rsa"))
        (tmp_path / f"changed-{file}").write_bytes(message(form, "rsa").replace(b"8f0c", b"8f0d"))
    body = f"signed {{{wsse.SOAP_11}}}Body"
    assert run(tmp_path, "Wss4j", *store(tmp_path), "verify", *files) == [body] * 3
    changed = run(tmp_path, "Wss4j", *store(tmp_path), "verify", *(f"changed-{file}" for file in files))
    assert changed == ["refused The signature or decryption was invalid"] * 3


def test_wsse_signed_by_wss4j_is_opened_and_refused_when_changed(tmp_path: Path) -> None:
    (tmp_path / "envelope.xml").write_bytes(ENVELOPE)
    run(tmp_path, "Wss4j", *store(tmp_path), "sign", "envelope.xml", "signed")
    for form in KeyInfoForm:
        xml = (tmp_path / f"signed.{form.value}.xml").read_bytes()
        opened = wsse.open_body(xml, lookup=known())
        assert opened.certificate == citizen("rsa")[1]
        assert opened.body.findtext(".//messageId") == "8f0c"
        with pytest.raises(Untrusted):
            open_body(xml.replace(b"8f0c", b"8f0d"))
    assert b"&#13;" in (tmp_path / "signed.key-identifier.xml").read_bytes()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_xmldsig_of_ours_is_verified_by_santuario_with_the_same_content(tmp_path: Path, algorithm: str) -> None:
    for name, document in DOCUMENTS.items():
        once = xmldsig.sign_enveloped(document, *citizen(algorithm))
        (tmp_path / f"{name}.xml").write_bytes(once)
        (tmp_path / f"{name}-twice.xml").write_bytes(xmldsig.sign_enveloped(once, *citizen("ec")))
        (tmp_path / f"{name}-changed.xml").write_bytes(once.replace(b"<ds:Signature ", b"<x/><ds:Signature "))
    told = run(tmp_path, "Santuario", "verify", *(f"{name}.xml" for name in DOCUMENTS))
    assert [base64.b64decode(line) for line in told] == [canonical(each) for each in DOCUMENTS.values()]
    told = run(tmp_path, "Santuario", "verify", *(f"{name}-twice.xml" for name in DOCUMENTS))
    for line, (name, document) in zip(told, DOCUMENTS.items(), strict=True):
        second, first = (base64.b64decode(part) for part in line.split())
        opened = xmldsig.open_all((tmp_path / f"{name}-twice.xml").read_bytes())
        assert [each.content for each in opened] == [first, second]
        assert first == canonical(document)
    told = run(tmp_path, "Santuario", "verify", *(f"{name}-changed.xml" for name in DOCUMENTS))
    assert told == ["invalid"] * len(DOCUMENTS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_xmldsig_signed_by_santuario_is_opened(tmp_path: Path, algorithm: str, form: str) -> None:
    document = DOCUMENTS["comments" if form == "national" else "sample"]
    (tmp_path / "in.xml").write_bytes(document)
    run(tmp_path, "Santuario", "sign", *store(tmp_path, algorithm), FORMS[form], "2", "in.xml", "out.xml")
    first, second = xmldsig.open_all((tmp_path / "out.xml").read_bytes())
    assert first.certificate == second.certificate == citizen(algorithm)[1]
    if form != "exclusive":
        assert first.content == canonical(document)
