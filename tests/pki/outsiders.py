"""xmlsec (C) and signxml for the tests. Neither has types for mypy, hence Any."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cryptography import x509
from lxml import etree

from shared.pki.certificates import keys
from shared.pki.xml.signedinfo import DS
from shared.pki.xml.xmldsig import WSU
from tests.pki.pki_centre import NOW, pem
from tests.pki.xml_samples import citizen

xmlsec: Any = import_module("xmlsec")
signxml: Any = import_module("signxml")

METHODS = {"rsa": xmlsec.Transform.RSA_SHA256, "ec": xmlsec.Transform.ECDSA_SHA256}


def xmlsec_key(algorithm: str) -> Any:
    key, certificate = citizen(algorithm)
    loaded = xmlsec.Key.from_memory(keys.to_pem(key), xmlsec.KeyFormat.PEM, None)
    loaded.load_cert_from_memory(pem(certificate), xmlsec.KeyFormat.CERT_PEM)
    return loaded


def xmlsec_verifies(xml: bytes, algorithm: str, *ids: str) -> None:
    """Raise xmlsec.VerificationError unless xmlsec accepts the only signature by the given certificate."""
    root = etree.fromstring(xml)
    context = xmlsec.SignatureContext()
    certificate = pem(citizen(algorithm)[1])
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM, None)
    for element in root.iter("*"):
        if element.get(f"{{{WSU}}}Id") in ids:
            context.register_id(element, "Id", WSU)
        if element.get("Id") in ids:
            context.register_id(element, "Id", None)
    context.verify(next(root.iter(f"{{{DS}}}Signature")))


def xmlsec_signs(
    xml: bytes, algorithm: str, method: Any, form: Any, digest: Any = xmlsec.Transform.SHA256
) -> bytes:
    root = etree.fromstring(xml)
    signature = xmlsec.template.create(root, method, METHODS[algorithm])
    root.append(signature)
    reference = xmlsec.template.add_reference(signature, digest, uri="")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    if form is not None:
        xmlsec.template.add_transform(reference, form)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    context = xmlsec.SignatureContext()
    context.key = xmlsec_key(algorithm)
    context.sign(signature)
    return etree.tostring(root.getroottree())


def signxml_verifies(xml: bytes, certificate: x509.Certificate) -> Any:
    config = signxml.SignatureConfiguration(verification_time=NOW)
    return signxml.XMLVerifier().verify(xml, x509_cert=certificate, expect_config=config)


def signxml_signs(xml: bytes, algorithm: str, form: str | None, **options: Any) -> etree._Element:
    key, certificate = citizen(algorithm)
    signer = signxml.XMLSigner(
        signature_algorithm=f"{'rsa' if algorithm == 'rsa' else 'ecdsa'}-sha256",
        **({} if form is None else {"c14n_algorithm": form}),
    )
    root: etree._Element = signer.sign(etree.fromstring(xml), key=key, cert=[certificate], **options)
    return root
