"""Documents, envelopes and signers for the tests of signatures in XML."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pytest
from cryptography import x509
from lxml import etree

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.keyinfo import KnownCertificates
from shared.pki.xml.signedinfo import DS
from shared.pki.xml.wsse import KeyInfoForm
from tests.pki.pki_centre import centre

SOAP = wsse.SOAP_11
Edit = Callable[[etree._Element], object]
NAMES = {"ds": DS, "s": SOAP, "wsse": wsse.WSSE, "wsu": xmldsig.WSU}

DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<request xmlns="urn:example:gbdul" xmlns:unused="urn:example:unused" xml:lang="kk">\n'
    "  <RequestorBIN>050340000126</RequestorBIN>\n"
    '  <q:name xmlns:q="urn:example:q" b="2" a="1">Өтініш &amp; «анықтама» &#13;&#9;</q:name>\n'
    "  <empty/><![CDATA[<not-markup/>]]>\n"
    "</request>\n"
).encode()

ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<soapenv:Header/><soapenv:Body><v10:SendMessage xmlns:v10="http://bip.bee.kz/SyncChannel/v10/Types"><request>'
    "<requestInfo><messageId>8f0c</messageId><serviceId>GBDUL</serviceId></requestInfo>"
    '<requestData><data xsi:type="xs:string">&lt;request>Сәлем&lt;/request>&#13;</data></requestData>'
    "</request></v10:SendMessage></soapenv:Body></soapenv:Envelope>"
).encode()


def citizen(algorithm: str = "ec") -> tuple[PrivateKey, x509.Certificate]:
    return _issued(algorithm, 1)


def stranger() -> tuple[PrivateKey, x509.Certificate]:
    return _issued("ec", 2)


@cache
def _issued(algorithm: str, number: int) -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL, algorithm)


@cache
def signed(algorithm: str = "ec") -> bytes:
    return xmldsig.sign_enveloped(DOCUMENT, *citizen(algorithm))


@cache
def message(form: KeyInfoForm = KeyInfoForm.KEY_IDENTIFIER, algorithm: str = "ec") -> bytes:
    return wsse.sign_body(ENVELOPE, *citizen(algorithm), key_info=form)


def known() -> KnownCertificates:
    return KnownCertificates([citizen("rsa")[1], citizen("ec")[1], stranger()[1]])


def canonical(xml: bytes) -> bytes:
    return etree.tostring(etree.fromstring(xml).getroottree(), method="c14n", with_comments=False)


def refusal(open_it: Callable[[], object]) -> BusError:
    with pytest.raises((Malformed, Untrusted)) as caught:
        open_it()
    return caught.value


def one(root: etree._Element, path: str) -> etree._Element:
    """The only element at a path with the prefixes of `NAMES`."""
    found = root.findall(path, NAMES)
    assert len(found) == 1, f"{path}: {len(found)}"
    return found[0]


def edited(xml: bytes, edit: Callable[[etree._Element], object]) -> bytes:
    """The document after `edit` changed its tree."""
    root = etree.fromstring(xml)
    edit(root)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=False)


def open_body(envelope: bytes) -> wsse.SignedBody:
    return wsse.open_body(envelope, lookup=known())


def message_refused(edit: Edit, xml: bytes | None = None) -> BusError:
    changed = edited(xml or message(), edit)
    assert changed != (xml or message())
    return refusal(partial(open_body, changed))


def header(root: etree._Element) -> etree._Element:
    return one(root, "s:Header")


def body(root: etree._Element) -> etree._Element:
    return one(root, "s:Body")


def security(root: etree._Element) -> etree._Element:
    return one(root, "s:Header/wsse:Security")


def signature(root: etree._Element) -> etree._Element:
    return one(root, "s:Header/wsse:Security/ds:Signature")
