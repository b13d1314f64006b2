"""The command xmlsec1 on our signatures, chain included, and our code on its signatures."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from shared.pki.certificates import keys
from shared.pki.encoding.canonical import EXCLUSIVE, INCLUSIVE, NATIONAL
from shared.pki.xml import signedinfo, wsse, xmldsig
from shared.pki.xml.algorithms import signing_key
from shared.pki.xml.signedinfo import ENVELOPED
from shared.pki.xml.wsse import KeyInfoForm
from tests.pki.pki_centre import ALGORITHMS, LATER, centre, pem
from tests.pki.xml.test_xml_outsiders import DOCUMENTS
from tests.pki.xml_samples import DOCUMENT, canonical, citizen, message
from tests.servers.programs import XMLSEC1, obtain

pytestmark = pytest.mark.servers


@cache
def program() -> str:
    return str(obtain(XMLSEC1) / "xmlsec1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files for xmlsec1: anchors, keys, certificates."""
    (tmp_path / "root.pem").write_bytes(pem(centre().root))
    (tmp_path / "issuing.pem").write_bytes(pem(centre().issuing))
    for algorithm in ALGORITHMS:
        key, certificate = citizen(algorithm)
        (tmp_path / f"{algorithm}.key").write_bytes(keys.to_pem(key))
        (tmp_path / f"{algorithm}.pem").write_bytes(pem(certificate))
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((program(), *arguments), cwd=folder, capture_output=True, text=True, check=False)


def verifies(folder: Path, xml: bytes, *options: str) -> bool:
    (folder / "signed.xml").write_bytes(xml)
    chain = ("--trusted-pem", "root.pem", "--untrusted-pem", "issuing.pem")
    moment = ("--verification-time", f"{LATER:%Y-%m-%d %H:%M:%S}")
    done = run(folder, "--verify", *(options or (*chain, *moment)), "signed.xml")
    return done.returncode == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_xmldsig_of_ours_is_verified_by_xmlsec1_with_its_chain(folder: Path, name: str, algorithm: str) -> None:
    xml = xmldsig.sign_enveloped(DOCUMENTS[name], *citizen(algorithm))
    assert verifies(folder, xml)
    assert not verifies(folder, xml.replace(b"<ds:Signature ", b"<x/><ds:Signature "))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("form", KeyInfoForm)
def test_wsse_body_signed_by_us_is_verified_by_xmlsec1(folder: Path, form: KeyInfoForm, algorithm: str) -> None:
    known = ("--pubkey-cert-pem", f"{algorithm}.pem", "--enabled-key-data", "key-name")
    named = ("--id-attr:Id", f"{wsse.SOAP_11}:Body")
    xml = message(form, algorithm)
    assert verifies(folder, xml, *known, *named)
    assert not verifies(folder, xml.replace(b"8f0c", b"8f0d"), *known, *named)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("transforms", [(ENVELOPED,), (ENVELOPED, NATIONAL), (ENVELOPED, EXCLUSIVE)], ids=len)
def test_xmldsig_signed_by_xmlsec1_is_opened(folder: Path, transforms: tuple[str, ...], algorithm: str) -> None:
    root = etree.fromstring(DOCUMENT)
    own = signing_key(citizen(algorithm)[0])
    template, key_info = signedinfo.draft_signature(
        own, method=INCLUSIVE, reference="", transforms=transforms, content=b"to be filled in by xmlsec1"
    )
    signedinfo.add_child(key_info, "X509Data")
    root.append(template)
    (folder / "template.xml").write_bytes(etree.tostring(root.getroottree(), encoding="UTF-8"))
    pair = f"{algorithm}.key,{algorithm}.pem"
    done = run(folder, "--sign", "--privkey-pem", pair, "--output", "out.xml", "template.xml")
    assert done.returncode == 0, done.stderr
    opened = xmldsig.open_enveloped((folder / "out.xml").read_bytes())
    assert opened.certificate == citizen(algorithm)[1]
    assert (opened.content == canonical(DOCUMENT)) is (EXCLUSIVE not in transforms)
