"""Damaged samples and random documents: never other content than what was signed, never an unexpected error."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.bus.errors import BusError, Refused
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.verification.check import CONDITIONS
from shared.pki.verification.xmlcheck import check_wsse, check_xml
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.wsse import KeyInfoForm
from tests.pki.outsiders import xmlsec, xmlsec_verifies
from tests.pki.pki_centre import IIN, LATER, centre
from tests.pki.xml_samples import DOCUMENT, canonical, citizen, known, message, open_body, signed

BOUNDED_SECONDS = 2.0
Opened = tuple[bytes, x509.Certificate]


def trust() -> dict[str, Any]:
    """Without the chain check, a certificate with a changed byte would pass: KeyInfo is not signed."""
    return {
        "anchors": centre().anchors,
        "revocation": None,
        "at": LATER,
        "expected_iin": IIN,
        "purpose": SignaturePurpose.PERSON,
    }


def opened_document(xml: bytes) -> Opened:
    opened = check_xml(xml, **trust()).signed
    return opened.content, opened.certificate


def opened_body(xml: bytes) -> Opened:
    opened = check_wsse(xml, lookup=known(), **trust()).signed
    return opened.content, opened.certificate


SAMPLES: dict[str, tuple[Callable[[bytes], Opened], Callable[[], bytes]]] = {
    "document-rsa": (opened_document, lambda: signed("rsa")),
    "document-ec": (opened_document, lambda: signed("ec")),
    **{form.value: (opened_body, lambda form=form: message(form)) for form in KeyInfoForm},  # type: ignore[misc]
}


def is_harmless(name: str, changed: bytes) -> bool:
    """Whether a damaged sample is refused with a known code, or opens to exactly the signed content."""
    open_it, sample = SAMPLES[name]
    begin = time.process_time()
    try:
        outcome: Any = open_it(changed)
    except Refused as error:
        outcome = None
        assert error.code in CONDITIONS  # noqa: PT017 (either outcome is right)
    assert time.process_time() - begin < BOUNDED_SECONDS
    return outcome is None or outcome == open_it(sample())


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_xml_with_a_changed_byte_never_changes_what_was_signed_or_by_whom(name: str, data: st.DataObject) -> None:
    changed = bytearray(SAMPLES[name][1]())
    position = data.draw(st.integers(0, len(changed) - 1))
    changed[position] ^= data.draw(st.integers(1, 255))
    assert is_harmless(name, bytes(changed))


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_xml_with_a_piece_put_in_or_cut_out_never_changes_what_was_signed(name: str, data: st.DataObject) -> None:
    xml = SAMPLES[name][1]()
    begin = data.draw(st.integers(0, len(xml)))
    end = data.draw(st.integers(begin, min(len(xml), begin + 200)))
    piece = data.draw(
        st.sampled_from([b"", b"<!---->", b"<?a?>", b"&#13;", b" ", b"<a/>", b"]]>", b"<![CDATA[]]>", b"&amp;"])
        | st.binary(max_size=5)
    )
    assert is_harmless(name, xml[:begin] + piece + xml[end:])


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_xml_element_moved_copied_or_dropped_never_changes_what_was_signed(name: str, data: st.DataObject) -> None:
    root = etree.fromstring(SAMPLES[name][1]())
    for _ in range(data.draw(st.integers(1, 3))):
        elements = [each for each in root.iter("*") if each is not root]
        if not elements:
            break
        moved, target = data.draw(st.sampled_from(elements)), data.draw(st.sampled_from([root, *elements]))
        deed = data.draw(st.sampled_from(["move", "copy", "drop", "rename", "wrap", "attribute", "text"]))
        if target is moved or moved in target.iterancestors():
            continue
        _change(deed, moved, target, data.draw(st.integers(0, 3)))
    assert is_harmless(name, etree.tostring(root, encoding="UTF-8"))


def _change(deed: str, moved: etree._Element, target: etree._Element, place: int) -> None:
    parent = moved.getparent()
    if deed == "move":
        target.insert(place, moved)
    elif deed == "copy":
        target.insert(place, deepcopy(moved))
    elif deed == "rename":
        moved.tag = target.tag
    elif deed == "attribute":
        for attribute, value in target.attrib.items():
            moved.set(attribute, value)
    elif deed == "text":
        moved.text = target.text
    elif parent is not None:
        wrapper = etree.Element(target.tag)
        parent.replace(moved, wrapper)
        if deed == "wrap":
            wrapper.append(moved)
        else:
            parent.remove(wrapper)


def test_xml_cut_short_anywhere_is_refused() -> None:
    for name, (_, sample) in SAMPLES.items():
        whole = sample()
        for length in range(0, len(whole) - 2, 37):
            with pytest.raises(Refused):
                SAMPLES[name][0](whole[:length])


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_xml_of_noise_is_refused_by_a_known_code(noise: bytes) -> None:
    for open_it in (xmldsig.open_enveloped, xmldsig.open_all, wsse.open_body):
        with pytest.raises(BusError) as caught:
            open_it(noise)
        assert caught.value.code in CONDITIONS


names = st.sampled_from(["a", "p:a", "q:b", "c"])
declarations = st.lists(
    st.sampled_from(
        ['xmlns="urn:d"', 'xmlns=""', 'xmlns:p="urn:p"', 'xmlns:p="urn:d"', 'xmlns:q="urn:q"', 'xmlns:q="urn:p"']
    ),
    max_size=2,
    unique_by=lambda declaration: declaration.partition("=")[0],
)
attributes = st.lists(
    st.sampled_from(['p:x="1"', 'x="2"', 'xml:lang="kk"', 'xml:space="preserve"', 'q:y="&#10;&lt;"']),
    max_size=2,
    unique=True,
)


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, declared, given_, inner: f"<{' '.join((name, *declared, *given_))}>{''.join(inner)}</{name}>",
        names,
        declarations,
        attributes,
        st.lists(children, max_size=3),
    )


trees = st.recursive(
    st.sampled_from(["", "text", "<!-- c -->", "<?i?>", "&#13;&gt;", "Қ"]), _element, max_leaves=12
)


@given(inner=trees, around=declarations)
def test_canonical_forms_of_any_document_are_those_of_xmlsec(inner: str, around: list[str]) -> None:
    """Namespaces declared, undeclared and redeclared at every level, signed as a whole and in part."""
    top = "".join(f" {each}" for each in around if not each.startswith(("xmlns:p", "xmlns:q")))
    xml = f'<r{top} xmlns:p="urn:p" xmlns:q="urn:q" xml:lang="ru"><b Id="b">{inner}</b>{inner}</r>'.encode()
    try:
        etree.fromstring(xml)
    except etree.XMLSyntaxError:  # the same attribute twice, by two prefixes
        return
    whole = xmldsig.sign_enveloped(xml, *citizen())
    part = xmldsig.sign_enveloped(xml, *citizen(), tbs_xpath="//*[@Id='b']")
    xmlsec_verifies(whole, "ec")
    xmlsec_verifies(part, "ec", "b")
    assert xmldsig.open_enveloped(whole).content == canonical(xml)
    assert xmldsig.open_enveloped(part, part=True).root.get("Id") == "b"


@given(inner=trees, around=declarations)
def test_canonical_exclusive_form_of_any_body_is_that_of_xmlsec(inner: str, around: list[str]) -> None:
    declared = " ".join(each for each in around if not each.startswith(("xmlns:p", "xmlns:q")))
    xml = (
        f'<s:Envelope xmlns:s="{wsse.SOAP_11}" xmlns:p="urn:p" xmlns:q="urn:q" {declared}>'
        f'<s:Body xmlns:u="{xmldsig.WSU}" u:Id="b">{inner}</s:Body></s:Envelope>'
    ).encode()
    try:
        etree.fromstring(xml)
    except etree.XMLSyntaxError:
        return
    done = wsse.sign_body(xml, *citizen())
    xmlsec_verifies(done, "ec", "b")
    assert open_body(done).certificate == citizen()[1]


def test_oracle_of_these_tests_can_say_no() -> None:
    with pytest.raises(xmlsec.VerificationError):
        xmlsec_verifies(signed().replace(b"<empty/>", b""), "ec")
    assert canonical(DOCUMENT) != canonical(DOCUMENT.replace(b"<empty/>", b""))
    assert not is_harmless("document-ec", xmldsig.sign_enveloped(b"<other/>", *citizen()))
