"""XML signatures through Java, in both directions: WSS4J for SOAP, Apache Santuario for documents.

The clients of ШЭП and NCANode are built on these libraries.
"""

from __future__ import annotations

import base64
import subprocess
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
BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""What lets a program that runs for a second take half of the processor's time."""
FORMS = {
    "national": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
    "inclusive": "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "exclusive": "http://www.w3.org/2001/10/xml-exc-c14n#",
    "none": "",
}


class JavaPrograms:
    """Our sources, compiled once in ``folder`` for all tests of the file."""

    def __init__(self, folder: Path) -> None:
        libraries = obtain(WSS4J)
        self._path = ":".join(map(str, (folder, *(libraries / file for file in WSS4J.files))))
        compiler = ("-m", "jdk.compiler/com.sun.tools.javac.Main", "-d", str(folder), "-cp", self._path)
        self._start(folder, *compiler, *map(str, SOURCES.glob("*.java")))

    def run(self, folder: Path, program: str, *arguments: str) -> list[str]:
        """The output lines of the program."""
        return self._start(folder, "-cp", self._path, program, *arguments)

    @staticmethod
    def _start(folder: Path, *arguments: str) -> list[str]:
        command = (str(obtain(JAVA) / "java"), *BRIEF, *arguments)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> JavaPrograms:
    return JavaPrograms(tmp_path_factory.mktemp("classes"))


def store(folder: Path, algorithm: str = "rsa") -> tuple[str, str, str]:
    """A PKCS #12 of the signer: file, password, alias."""
    key, certificate = citizen(algorithm)
    sealed = BestAvailableEncryption(PASSWORD.encode())
    data = pkcs12.serialize_key_and_certificates(b"me", key, certificate, [centre().issuing], sealed)
    (folder / "store.p12").write_bytes(data)
    return "store.p12", PASSWORD, "me"


def test_wsse_of_ours_is_verified_by_wss4j_and_refused_when_changed(java: JavaPrograms, tmp_path: Path) -> None:
    files = [f"{form.value}.xml" for form in KeyInfoForm]
    for form, file in zip(KeyInfoForm, files, strict=True):
        (tmp_path / file).write_bytes(message(form, "rsa"))
        (tmp_path / f"changed-{file}").write_bytes(message(form, "rsa").replace(b"8f0c", b"8f0d"))
    body = f"signed {{{wsse.SOAP_11}}}Body"
    changed = [f"changed-{file}" for file in files]
    told = java.run(tmp_path, "Wss4j", *store(tmp_path), "verify", *files, *changed)
    assert told == [body] * 3 + ["refused The signature or decryption was invalid"] * 3


def test_wsse_signed_by_wss4j_is_opened_and_refused_when_changed(java: JavaPrograms, tmp_path: Path) -> None:
    (tmp_path / "envelope.xml").write_bytes(ENVELOPE)
    java.run(tmp_path, "Wss4j", *store(tmp_path), "sign", "envelope.xml", "signed")
    for form in KeyInfoForm:
        xml = (tmp_path / f"signed.{form.value}.xml").read_bytes()
        opened = wsse.open_body(xml, lookup=known())
        assert opened.certificate == citizen("rsa")[1]
        assert opened.body.findtext(".//messageId") == "8f0c"
        with pytest.raises(Untrusted):
            open_body(xml.replace(b"8f0c", b"8f0d"))
    assert b"&#13;" in (tmp_path / "signed.key-identifier.xml").read_bytes()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_xmldsig_of_ours_is_verified_by_santuario_with_the_same_content(
    java: JavaPrograms, tmp_path: Path, algorithm: str
) -> None:
    for name, document in DOCUMENTS.items():
        signed = xmldsig.sign_enveloped(document, *citizen(algorithm))
        (tmp_path / f"{name}.xml").write_bytes(signed)
        (tmp_path / f"{name}-twice.xml").write_bytes(xmldsig.sign_enveloped(signed, *citizen("ec")))
        (tmp_path / f"{name}-changed.xml").write_bytes(signed.replace(b"<ds:Signature ", b"<x/><ds:Signature "))
    files = [f"{name}{kind}.xml" for kind in ("", "-twice", "-changed") for name in DOCUMENTS]
    told, count = java.run(tmp_path, "Santuario", "verify", *files), len(DOCUMENTS)
    once, twice, changed = told[:count], told[count : 2 * count], told[2 * count :]
    assert [base64.b64decode(line) for line in once] == [canonical(each) for each in DOCUMENTS.values()]
    for line, (name, document) in zip(twice, DOCUMENTS.items(), strict=True):
        second, first = (base64.b64decode(part) for part in line.split())
        opened = xmldsig.open_all((tmp_path / f"{name}-twice.xml").read_bytes())
        assert [each.content for each in opened] == [first, second]
        assert first == canonical(document)
    assert changed == ["invalid"] * count


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_xmldsig_signed_by_santuario_is_opened(
    java: JavaPrograms, tmp_path: Path, algorithm: str, form: str
) -> None:
    document = DOCUMENTS["comments" if form == "national" else "sample"]
    (tmp_path / "in.xml").write_bytes(document)
    java.run(tmp_path, "Santuario", "sign", *store(tmp_path, algorithm), FORMS[form], "2", "in.xml", "out.xml")
    first, second = xmldsig.open_all((tmp_path / "out.xml").read_bytes())
    assert first.certificate == second.certificate == citizen(algorithm)[1]
    if form != "exclusive":
        assert first.content == canonical(document)
