"""Signature wrapping and related attacks: only what the signer signed, with the signer's own key, is opened."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from shared.bus.errors import BusError
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind
from shared.pki.xml import xmldsig
from shared.pki.xml.signedinfo import DS, add_child
from tests.pki.pki_centre import centre
from tests.pki.xml_samples import DOCUMENT, canonical, citizen, edited, one, refusal, signed, stranger

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
OTHER = b'<request xmlns="urn:example:gbdul"><RequestorBIN>850101100022</RequestorBIN></request>'
Edit = Callable[[etree._Element], object]


def refused(edit: Edit, xml: bytes | None = None, **options: Any) -> BusError:
    changed = edited(xml or signed(), edit)
    assert changed != (xml or signed())
    return refusal(partial(xmldsig.open_enveloped, changed, **options))


def signature(root: etree._Element) -> etree._Element:
    return next(root.iter(f"{{{DS}}}Signature"))


def element(root: etree._Element, name: str) -> etree._Element:
    return next(signature(root).iter(f"{{{DS}}}{name}"))


def test_xmldsig_signature_put_into_another_document_does_not_hold() -> None:
    def wrap(root: etree._Element) -> None:
        other = etree.fromstring(OTHER)
        root[:] = [*other, signature(root)]

    assert refused(wrap).code == "eds-signature-invalid"


def test_xmldsig_document_hidden_within_another_does_not_hold() -> None:
    for place in ("child", "object"):
        inner = etree.fromstring(signed())
        outer = etree.fromstring(OTHER)
        sealed = signature(inner)
        (add_child(sealed, "Object") if place == "object" else outer).append(deepcopy(inner))
        outer.append(sealed)
        error = refusal(partial(xmldsig.open_enveloped, etree.tostring(outer)))
        assert error.code in {"eds-signers", "eds-malformed"}


@pytest.mark.parametrize("place", ["first", "last", "inside"])
def test_xmldsig_second_signature_is_refused(place: str) -> None:
    def double(root: etree._Element) -> None:
        again = deepcopy(signature(root))
        if place == "first":
            root.insert(0, again)
        else:
            (root if place == "last" else signature(root)).append(again)

    assert refused(double).code == "eds-signers"


@pytest.mark.parametrize("where", ["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
def test_xmldsig_id_moved_to_another_element_is_noticed(where: str) -> None:
    xml = xmldsig.sign_enveloped(b'<a><pay Id="p">1</pay><x/></a>', *citizen(), tbs_xpath="//pay")
    open_part = partial(xmldsig.open_enveloped, part=True)

    def move(root: etree._Element) -> None:
        genuine = one(root, "pay")
        forged = deepcopy(genuine)
        forged.text = "1000"
        forged.attrib.clear()
        forged.set(where, "p")
        one(root, "x").append(genuine)
        del genuine.attrib["Id"]
        root.insert(0, forged)

    def repeat(root: etree._Element) -> None:
        one(root, "x").set(where, "p")

    assert open_part(xml).root.text == "1"
    assert refusal(lambda: open_part(edited(xml, move))).code == "eds-signature-invalid"
    assert refusal(lambda: open_part(edited(xml, repeat))).code == "eds-malformed"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("http://127.0.0.1:1/other.xml", "eds-malformed"),
        ("file:///etc/passwd", "eds-malformed"),
        ("other.xml", "eds-malformed"),
        ("#nobody", "eds-malformed"),
        ("#", "eds-malformed"),
        ("#xpointer(/)", "eds-malformed"),
        ("#xpointer(id('x'))", "eds-malformed"),
        ("#inner", "eds-signature-invalid"),
        (" ", "eds-malformed"),
    ],
)
def test_xmldsig_reference_to_elsewhere_is_refused(uri: str, code: str) -> None:
    def refer(root: etree._Element) -> None:
        one(root, "{*}empty").set("Id", "inner")
        element(root, "Reference").set("URI", uri)

    assert refused(refer).code == code


def test_xmldsig_reference_without_an_address_is_refused() -> None:
    assert refused(lambda root: element(root, "Reference").attrib.pop("URI")).code == "eds-malformed"


@pytest.mark.parametrize(
    "transforms",
    [
        [XPATH],
        [XSLT],
        ["http://www.w3.org/2002/06/xmldsig-filter2"],
        [f"{DS}base64"],
        [f"{DS}enveloped-signature", XPATH],
        [f"{DS}enveloped-signature", XSLT],
        [f"{DS}enveloped-signature", f"{DS}enveloped-signature"],
        ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315", f"{DS}enveloped-signature"],
        ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315"],
        ["urn:unknown"],
    ],
    ids=" ".join,
)
def test_xmldsig_transforms_that_choose_what_is_signed_are_refused_by_name(transforms: list[str]) -> None:
    def choose(root: etree._Element) -> None:
        listed = element(root, "Transforms")
        listed[:] = []
        for uri in transforms:
            etree.SubElement(add_child(listed, "Transform", Algorithm=uri), f"{{{DS}}}XPath").text = "false()"

    error = refused(choose)
    assert error.code in {"eds-algorithm", "eds-malformed"}
    assert refused(lambda root: plain(root, transforms)).code == "eds-algorithm"


def plain(root: etree._Element, transforms: list[str]) -> None:
    listed = element(root, "Transforms")
    listed[:] = []
    for uri in transforms:
        add_child(listed, "Transform", Algorithm=uri)


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("SignatureMethod", f"{DS}rsa-sha1"),
        ("SignatureMethod", f"{DS}dsa-sha1"),
        ("SignatureMethod", f"{DS}hmac-sha1"),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        ("SignatureMethod", "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-512"),
        ("SignatureMethod", "urn:unknown"),
        ("DigestMethod", f"{DS}sha1"),
        ("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        ("DigestMethod", "urn:unknown"),
        ("CanonicalizationMethod", "urn:unknown"),
        ("CanonicalizationMethod", XSLT),
    ],
)
def test_xmldsig_weak_or_unknown_algorithm_is_refused_by_its_name(name: str, uri: str) -> None:
    error = refused(lambda root: element(root, name).set("Algorithm", uri))
    assert (error.code, error.details) == ("eds-algorithm", {"algorithm": uri})


def test_xmldsig_gost_of_2004_is_refused_by_its_own_code() -> None:
    uri = "http://www.w3.org/2001/04/xmldsig-more#gost34310-gost34311"
    error = refused(lambda root: element(root, "SignatureMethod").set("Algorithm", uri))
    assert error.code == "eds-algorithm-gost34310"


def test_xmldsig_hmac_by_the_public_key_is_no_signature() -> None:
    """Key confusion: the verifier's public key taken for a shared secret."""
    public = citizen("rsa")[1].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def forge(root: etree._Element) -> None:
        element(root, "SignatureMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
        mac = hmac.HMAC(public, hashes.SHA256())
        mac.update(etree.tostring(element(root, "SignedInfo"), method="c14n"))
        element(root, "SignatureValue").text = base64.b64encode(mac.finalize()).decode()

    assert refused(forge, signed("rsa")).code == "eds-algorithm"


def resigned(root: etree._Element, key: PrivateKey, name: str, digest: hashes.HashAlgorithm) -> None:
    """Sign again, validly, under another name of the algorithm."""
    assert isinstance(key, rsa.RSAPrivateKey)
    element(root, "SignatureMethod").set("Algorithm", name)
    info = etree.tostring(element(root, "SignedInfo"), method="c14n")
    element(root, "SignatureValue").text = base64.b64encode(key.sign(info, padding.PKCS1v15(), digest)).decode()


def test_xmldsig_sha_1_is_refused_though_the_signature_holds() -> None:
    key, _ = citizen("rsa")
    edit = partial(resigned, key=key, name=f"{DS}rsa-sha1", digest=hashes.SHA1())  # noqa: S303 (the subject)
    assert refused(edit, xmldsig.sign_enveloped(b"<a/>", *citizen("rsa"))).code == "eds-algorithm"


@pytest.mark.parametrize("digest", [hashes.SHA384(), hashes.SHA512()], ids=lambda digest: digest.name)
def test_xmldsig_accepts_stronger_digests(digest: hashes.HashAlgorithm) -> None:
    key, _ = citizen("rsa")
    uris = {
        "sha384": "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
    }

    def strengthen(root: etree._Element) -> None:
        element(root, "DigestMethod").set("Algorithm", uris[digest.name])
        element(root, "DigestValue").text = base64.b64encode(
            hashlib.new(digest.name, b"<a></a>").digest()
        ).decode()
        resigned(root, key, f"http://www.w3.org/2001/04/xmldsig-more#rsa-{digest.name}", digest)

    xml = edited(xmldsig.sign_enveloped(b"<a/>", *citizen("rsa")), strengthen)
    assert xmldsig.open_enveloped(xml).content == b"<a></a>"


def test_xmldsig_algorithm_that_is_not_the_keys_is_refused() -> None:
    for made, name in (("rsa", "ecdsa-sha256"), ("ec", "rsa-sha256")):
        uri = f"http://www.w3.org/2001/04/xmldsig-more#{name}"
        error = refused(lambda root, uri=uri: element(root, "SignatureMethod").set("Algorithm", uri), signed(made))  # type: ignore[misc]
        assert error.code == "eds-algorithm"


def test_xmldsig_short_rsa_key_is_refused_though_its_signature_holds() -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 (the weakness is the subject)
    xml = xmldsig.sign_enveloped(DOCUMENT, short, centre().certify(short, CertificateKind.INDIVIDUAL))
    assert refusal(lambda: xmldsig.open_enveloped(xml)).code == "eds-algorithm"


def test_xmldsig_signature_of_another_key_is_invalid() -> None:
    xml = xmldsig.sign_enveloped(DOCUMENT, stranger()[0], citizen()[1])
    assert refusal(lambda: xmldsig.open_enveloped(xml)).code == "eds-signature-invalid"


def test_xmldsig_ecdsa_signature_must_be_as_long_as_the_curve() -> None:
    def lengthen(root: etree._Element) -> None:
        value = base64.b64decode(element(root, "SignatureValue").text or "")
        longer = b"\x00" + value[:32] + b"\x00" + value[32:]
        element(root, "SignatureValue").text = base64.b64encode(longer).decode()

    assert refused(lengthen).code == "eds-signature-invalid"


def test_xmldsig_signature_without_its_certificate_is_refused() -> None:
    def emptied(name: str, root: etree._Element) -> None:
        element(root, name)[:] = []

    for name in ("KeyInfo", "X509Data"):
        assert refused(partial(emptied, name)).code == "eds-signers"


def with_certificates(certificates: list[x509.Certificate], root: etree._Element) -> None:
    data = element(root, "X509Data")
    data[:] = []
    for each in certificates:
        add_child(data, "X509Certificate").text = base64.b64encode(each.public_bytes(Encoding.DER)).decode()


def test_xmldsig_certificates_that_are_not_one_chain_are_refused() -> None:
    own, other = citizen()[1], stranger()[1]
    for certificates in ([own, other], [other, own], [own, centre().root], [own, centre().issuing, other]):
        assert refused(partial(with_certificates, certificates)).code == "eds-signers"
    assert refused(partial(with_certificates, [other])).code == "eds-signature-invalid"
    assert refused(partial(with_certificates, [centre().issuing])).code == "eds-algorithm"


def test_xmldsig_signers_certificate_may_stand_anywhere_in_its_chain() -> None:
    certificates = [centre().root, centre().issuing, citizen()[1], citizen()[1]]
    opened = xmldsig.open_enveloped(edited(signed(), partial(with_certificates, certificates)))
    assert opened.certificate == citizen()[1]
    assert opened.chain == (centre().issuing, centre().root)


@pytest.mark.parametrize(
    "name", ["Signature", "SignedInfo", "SignatureValue", "Reference", "Transforms", "DigestValue", "X509Data"]
)
def test_xmldsig_tolerates_no_comment_text_or_foreign_thing_in_a_signature(name: str) -> None:
    def comment(root: etree._Element) -> None:
        found = signature(root) if name == "Signature" else element(root, name)
        found.append(etree.Comment("x"))

    def instruct(root: etree._Element) -> None:
        found = signature(root) if name == "Signature" else element(root, name)
        found.append(etree.ProcessingInstruction("x"))

    def attribute(root: etree._Element) -> None:
        found = signature(root) if name == "Signature" else element(root, name)
        found.set("foreign", "x")

    def foreign(root: etree._Element) -> None:
        found = signature(root) if name == "Signature" else element(root, name)
        etree.SubElement(found, "foreign")

    for edit in (comment, instruct, attribute, foreign):
        assert refused(edit).code == "eds-malformed"


@pytest.mark.parametrize("value", ["", "!", "AAA", "AAAA=", "А", "A" * 200_000, "AA==AA=="])
@pytest.mark.parametrize("name", ["SignatureValue", "DigestValue", "X509Certificate"])
def test_xmldsig_value_that_is_no_base64_is_malformed(name: str, value: str) -> None:
    def spoil(root: etree._Element) -> None:
        element(root, name).text = value

    assert refused(spoil).code == "eds-malformed"


def test_xmldsig_signature_that_is_the_root_signs_nothing() -> None:
    alone = etree.tostring(signature(etree.fromstring(signed())))
    assert refusal(lambda: xmldsig.open_enveloped(alone)).code in {"eds-malformed", "eds-signature-invalid"}


def test_xmldsig_prefix_bound_to_another_namespace_changes_the_document() -> None:
    xml = signed().replace(b"urn:example:q", b"urn:example:r")
    assert refusal(lambda: xmldsig.open_enveloped(xml)).code == "eds-signature-invalid"
    assert xmldsig.open_enveloped(signed()).content == canonical(DOCUMENT)
