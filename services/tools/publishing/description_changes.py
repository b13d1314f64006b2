"""Which change of a WSDL or XSD file breaks the clients of a channel."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from shared.pki.encoding.xmltree import XmlElement, parse_document

REFERENCES = frozenset({"type", "base", "element", "ref", "message", "binding"})
"""Attributes that name something by a prefix and a local name."""
FIXED = frozenset(
    {
        "targetNamespace", "elementFormDefault", "attributeFormDefault", "soapAction", "style", "use", "fixed",
        "transport", "mixed", "namespace",
    }
)  # fmt: skip
UPPER = ("maxLength", "maxInclusive", "maxExclusive", "totalDigits", "fractionDigits")
LOWER = ("minLength", "minInclusive", "minExclusive")
NARROWING = frozenset({*UPPER, *LOWER, "pattern", "length", "whiteSpace"})
UNREAD = frozenset({"annotation", "documentation", "import"})
UNBOUNDED = 1_000_000_000


def list_description_changes(old: str, new: str) -> Iterator[str]:
    """The breaking changes from one text of a file to the next."""
    yield from _compare(parse_document(old.encode()), parse_document(new.encode()), "")


def _compare(old: XmlElement, new: XmlElement, place: str) -> Iterator[str]:
    yield from _list_attributes(old, new, place)
    before, after = _children_of(old), _children_of(new)
    for key, child in before.items():
        kind = _local_name(child)
        inner = f"{place}/{key}"
        if key not in after:
            if kind not in NARROWING:
                yield f"{inner}: removed"
        elif kind in NARROWING:
            yield from _list_facets(child, after[key], inner)
        else:
            yield from _compare(child, after[key], inner)
    had_values = any(_local_name(child) == "enumeration" for child in before.values())
    for key in after.keys() - before.keys():
        yield from _judge_addition(after[key], f"{place}/{key}", new, had_values)
    kept_before, kept_after = [key for key in before if key in after], [key for key in after if key in before]
    if _local_name(old) == "sequence" and kept_before != kept_after:
        yield f"{place}: the order changed to {', '.join(kept_after)}"


def _list_attributes(old: XmlElement, new: XmlElement, place: str) -> Iterator[str]:
    for name in sorted(FIXED | REFERENCES):
        before, after = (_read_attribute(element, name) for element in (old, new))
        if before != after:
            yield f"{place or '/'}: {name} changed from {before or 'none'} to {after or 'none'}"
    if _occurs(new, "minOccurs") > _occurs(old, "minOccurs"):
        yield f"{place}: made required"
    if _occurs(new, "maxOccurs") < _occurs(old, "maxOccurs"):
        yield f"{place}: at most {new.get('maxOccurs', '1')} now, was {old.get('maxOccurs', '1')}"


def _read_attribute(element: XmlElement, name: str) -> str | None:
    """The attribute; with the namespace in the place of the prefix where it names something."""
    value = element.get(name)
    if value is None or name not in REFERENCES:
        return value
    prefix, _, local = value.rpartition(":")
    return f"{{{element.nsmap.get(prefix or None) or ''}}}{local}"


def _occurs(element: XmlElement, name: str) -> int:
    value = element.get(name, "1")
    return UNBOUNDED if value == "unbounded" else int(value)


def _children_of(element: XmlElement) -> dict[str, XmlElement]:
    children: dict[str, XmlElement] = {}
    for child in element:
        if isinstance(child.tag, str) and _local_name(child) not in UNREAD:
            kind = _local_name(child)
            own = "" if kind in NARROWING else child.get("name") or child.get("value") or child.get("ref")
            key = f"{kind} {own}" if own else kind
            children[key if key not in children else f"{key} {len(children)}"] = child
    return children


def _local_name(element: XmlElement) -> str:
    return str(etree.QName(element).localname)


def _list_facets(old: XmlElement, new: XmlElement, place: str) -> Iterator[str]:
    kind, before, after = _local_name(old), old.get("value", ""), new.get("value", "")
    is_looser = (kind in UPPER and float(after) >= float(before)) or (
        kind in LOWER and float(after) <= float(before)
    )
    if before != after and not is_looser:
        yield f"{place}: changed from {before} to {after}"


def _judge_addition(child: XmlElement, place: str, parent: XmlElement, had_values: bool) -> Iterator[str]:
    """An addition breaks where callers must send it, or where it narrows what they may send."""
    kind = _local_name(child)
    is_sent = kind == "element" and _local_name(parent) in ("sequence", "all") and _occurs(child, "minOccurs") > 0
    if is_sent or (kind == "attribute" and child.get("use") == "required"):
        yield f"{place}: added as required"
    elif kind in NARROWING or (kind == "enumeration" and not had_values):
        yield f"{place}: narrows the values"
