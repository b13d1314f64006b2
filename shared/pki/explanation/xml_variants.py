"""What else the signer of an XML document may have hashed: other canonical forms, other parts, earlier texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from types import MappingProxyType
from xml.sax.saxutils import escape, unescape

from lxml import etree

from shared.pki.encoding.canonical import EXCLUSIVE, INCLUSIVE, CanonicalForm
from shared.pki.encoding.xmltree import WHITESPACE, XmlElement, parse_canonical
from shared.pki.explanation.trials import Variant
from shared.pki.xml.wsse import SOAP_11, SOAP_12
from shared.pki.xml.xmldsig import WSU

Edit = Callable[[XmlElement], None]
_PREFIXES = ("soap", "soapenv", "SOAP-ENV", "S", "s", "env", "")
_ENCODINGS = ("windows-1251", "utf-16", "utf-16-le", "utf-16-be", "latin-1")
_MARKUP = re.compile(r"\s*<[A-Za-z_]")
_INDENTS = ("  ", "    ", "\t")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def variants_of(element: XmlElement, form: CanonicalForm) -> Iterator[Variant]:
    """The variants of one element that should have been hashed in the canonical form `form`, likeliest first."""
    yield from form_variants(element, form)
    yield from _edited_variants(element, form)
    if "Id" in element.attrib:
        yield Variant("id-attribute-renamed", partial(_with_qualified_id, element, form))
    yield from _byte_variants(form.of_element(element))
    yield from _prefix_variants(element, form)


def form_variants(element: XmlElement, form: CanonicalForm) -> Iterator[Variant]:
    """The element in the canonical forms that were not declared, and in none."""
    for uri in (EXCLUSIVE, INCLUSIVE):
        name = "exclusive" if uri == EXCLUSIVE else "inclusive"
        if form.is_exclusive is not (uri == EXCLUSIVE):
            yield _form(name, partial(CanonicalForm(uri).of_element, element))
        yield _form(f"{name} with comments", partial(_with_comments, element, is_exclusive=uri == EXCLUSIVE))
    prefixes = tuple(prefix for prefix in element.nsmap if prefix)
    yield _form(f"exclusive with prefixes {' '.join(prefixes)}", partial(_exclusive, element, prefixes))
    own = CanonicalForm(EXCLUSIVE).of_element(element)
    for prefix in prefixes[:8]:
        yield _form(f"exclusive with prefix {prefix}", partial(_exclusive, element, (prefix,)))
    yield Variant("canonical-form-absent", partial(_as_written, element))
    yield Variant("canonical-form-absent", lambda: _as_written(parse_canonical(own)))


def part_variants(root: XmlElement, element: XmlElement, form: CanonicalForm) -> Iterator[Variant]:
    """Other parts of a SOAP envelope than the Body: the whole, the content of the Body, another block."""
    for child in list(element)[:2]:
        if isinstance(child.tag, str):
            yield Variant("signed-content-of-body", partial(form.of_element, child))
            yield Variant("signed-content-of-body", partial(CanonicalForm(INCLUSIVE).of_element, child))
    for uri in (form.uri, INCLUSIVE if form.is_exclusive else EXCLUSIVE):
        for drop in (("Signature",), ("Security",), ("Header",), ()):
            yield Variant("signed-whole-envelope", partial(_without, root, drop, CanonicalForm(uri)))


def document_variants(root: XmlElement, form: CanonicalForm) -> Iterator[Variant]:
    """Parts and surroundings of a document whose signature should cover the whole."""
    tail = (root[-1].tail if len(root) else root.text) or ""
    for other in ("", "\n", tail.rpartition("\n")[0], f"{tail}\n"):
        yield Variant("whitespace-around-signature", partial(edited, root, form, partial(_end_with, tail=other)))
    for child in list(root)[:3]:
        for uri in (INCLUSIVE, EXCLUSIVE) if isinstance(child.tag, str) else ():
            yield Variant("signed-part-of-document", partial(CanonicalForm(uri).of_element, child))


def _form(name: str, build: Callable[[], bytes]) -> Variant:
    return Variant("canonical-form-other", build, MappingProxyType({"form": name}))


def _as_written(element: XmlElement) -> bytes:
    return etree.tostring(element, encoding="UTF-8", with_tail=False)


def _exclusive(element: XmlElement, prefixes: tuple[str, ...]) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=list(prefixes))


def _with_comments(element: XmlElement, *, is_exclusive: bool) -> bytes:
    alone = element if is_exclusive else _copy(element)
    return etree.tostring(alone, method="c14n", exclusive=is_exclusive, with_comments=True)


def _copy(element: XmlElement) -> XmlElement:
    """The element as the root of a document of its own, with the namespaces in scope."""
    return parse_canonical(etree.tostring(element, encoding="UTF-8", with_tail=False))


def edited(element: XmlElement, form: CanonicalForm, edit: Edit) -> bytes:
    """The canonical bytes of a copy of the element, once `edit` has changed the copy."""
    copy = _copy(element)
    edit(copy)
    return form.of_element(copy)


def _edited_variants(element: XmlElement, form: CanonicalForm) -> Iterator[Variant]:
    for code, edit in _edits():
        yield Variant(code, partial(edited, element, form, edit))


def _edits() -> Iterator[tuple[str, Edit]]:
    """How a text may have differed when it was signed."""
    yield "pretty-printed-after-signing", drop_whitespace
    yield "text-escaped-after-signing", _unescape_texts
    yield "text-unescaped-after-signing", _escape_children
    yield "text-escaped-twice", partial(_change_texts, change=lambda text: unescape(text, {"&quot;": '"'}))
    yield "text-unescaped-twice", partial(_change_texts, change=escape)
    yield "line-ends-lost", partial(_change_texts, change=lambda text: text.replace("\n", "\r\n"))
    yield "carriage-returns-added", partial(_change_texts, change=lambda text: text.replace("\r", ""))
    yield "text-padded-after-signing", partial(_change_texts, change=lambda text: text.strip(WHITESPACE))
    yield "id-added-after-signing", _drop_id
    yield "id-attribute-renamed", _unqualify_id
    for form in ("NFC", "NFD", "NFKC"):
        yield "unicode-normalised", partial(_change_texts, change=partial(unicodedata.normalize, form))
    for space in _INDENTS:
        for level in (0, 1):
            yield "whitespace-lost", partial(indent, space=space, level=level)


def _byte_variants(own: bytes) -> Iterator[Variant]:
    """Bytes around or instead of the canonical bytes."""
    yield Variant("byte-order-mark-signed", lambda: _BYTE_ORDER_MARK + own)
    yield Variant("line-end-signed", lambda: own + b"\n")
    yield Variant("line-end-signed", lambda: own + b"\r\n")
    for quote in (b'"', b"'"):
        declaration = b"<?xml version=@1.0@ encoding=@UTF-8@?>".replace(b"@", quote)
        yield Variant("declaration-signed", partial(bytes.__add__, declaration, own))
        yield Variant("declaration-signed", partial(bytes.__add__, declaration + b"\n", own))
    for encoding in _ENCODINGS:
        details = MappingProxyType({"encoding": encoding})
        yield Variant("text-in-other-encoding", partial(str.encode, own.decode(), encoding), details)
    for other, version in ((SOAP_11, "1.1"), (SOAP_12, "1.2")):
        mine = SOAP_12 if other == SOAP_11 else SOAP_11
        details = MappingProxyType({"signed": version})
        yield Variant("soap-version-changed", partial(own.replace, mine.encode(), other.encode()), details)


def _prefix_variants(element: XmlElement, form: CanonicalForm) -> Iterator[Variant]:
    for prefix in _PREFIXES:
        if prefix != (element.prefix or ""):
            yield Variant("prefix-renamed", partial(rename_prefix, element, form, prefix))


def rename_prefix(element: XmlElement, form: CanonicalForm, prefix: str) -> bytes:
    """The canonical bytes with another prefix for the namespace of the element."""
    own, text = element.prefix or "", form.of_element(element).decode()
    before, after = (f"{own}:" if own else ""), (f"{prefix}:" if prefix else "")
    name = re.escape(before) + (r"(?=[\w.-]+[\s/>])" if before else r"(?=[\w.-]+[\s>])")
    text = re.sub(rf"(</?){name}", rf"\1{after}", text)
    declared = f"xmlns:{own}=" if own else "xmlns="
    return text.replace(declared, f"xmlns:{prefix}=" if prefix else "xmlns=").encode()


def _without(root: XmlElement, names: tuple[str, ...], form: CanonicalForm) -> bytes:
    copy = _copy(root)
    for child in list(copy.iter(*(f"{{*}}{name}" for name in names))) if names else []:
        parent = child.getparent()
        if parent is not None:
            parent.remove(child)
    return form.of_element(copy)


def _texts_of(root: XmlElement) -> Iterator[XmlElement]:
    """Every element and comment: whitespace stands behind comments too."""
    yield from root.iter(etree.Element, etree.Comment)


def _change_texts(root: XmlElement, *, change: Callable[[str], str]) -> None:
    for element in _texts_of(root):
        element.text = change(element.text) if element.text else element.text
        if element is not root and element.tail:
            element.tail = change(element.tail)


def drop_whitespace(root: XmlElement) -> None:
    """Remove the texts between elements that are whitespace only."""
    for element in _texts_of(root):
        if len(element) and element.text and not element.text.strip(WHITESPACE):
            element.text = None
        if element.tail and not element.tail.strip(WHITESPACE):
            element.tail = None


def indent(root: XmlElement, *, space: str, level: int) -> None:
    """Pretty-print the element, whose own depth is `level`, with `space` for each depth."""
    etree.indent(root, space=space, level=level)


def _unescape_texts(root: XmlElement) -> None:
    """Make the elements of texts that hold escaped elements."""
    for element in list(root.iter(etree.Element)):
        if not len(element) and element.text and _MARKUP.match(element.text):
            inner = parse_canonical(f"<a>{element.text}</a>".encode())
            element.text = inner.text
            element.extend(list(inner))


def _escape_children(root: XmlElement) -> None:
    """Make a text of the elements inside of each `data`, and of the Body's innermost wrapper without one."""
    for element in list(root.iter(etree.Element)):
        if etree.QName(element).localname in ("data", "Data", "messageData") and len(element):
            inner = "".join(_bare_text(child) for child in element)
            element.text = (element.text or "") + inner
            for child in list(element):
                element.remove(child)


def _bare_text(element: XmlElement) -> str:
    """The element as text, without the namespaces that only its surroundings need."""
    tail = element.tail or ""
    return str(etree.tostring(element, method="c14n", exclusive=True, with_tail=False).decode()) + tail


def _id_names(element: XmlElement) -> list[str]:
    return [str(name) for name in element.attrib if etree.QName(name).localname.lower() == "id"]


def _drop_id(root: XmlElement) -> None:
    for name in _id_names(root):
        del root.attrib[name]


def _unqualify_id(root: XmlElement) -> None:
    """Put the Id under the name `Id`."""
    for name in _id_names(root):
        root.set("Id", str(root.attrib.pop(name)))


def _with_qualified_id(element: XmlElement, form: CanonicalForm) -> bytes:
    """The element with the Id under the name `wsu:Id`; lxml would choose another prefix."""
    declared = "" if element.nsmap.get("wsu") == WSU else f' xmlns:wsu="{WSU}"'
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return form.of_element(parse_canonical(text.replace(" Id=", f"{declared} wsu:Id=", 1).encode()))


def _end_with(root: XmlElement, *, tail: str) -> None:
    """Put this text where the signature stood, at the end of the root."""
    if len(root):
        root[-1].tail = tail
    else:
        root.text = tail
