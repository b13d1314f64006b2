"""One ds:Signature: read in one strict form, proved, and written. What may be signed, and by whom, others decide.

The form (XML Signature, 4): SignedInfo with exactly one Reference, SignatureValue, KeyInfo; nothing else, no
Object, no comment anywhere, no attribute that the standard does not give. Whitespace is free, and so is a carriage
return in base64 (wire contract §5).
"""

from __future__ import annotations

import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from lxml import etree

from shared.bus.errors import Untrusted
from shared.pki.encoding.canonical import (
    INCLUSIVE,
    Method,
    algorithm_of,
    bare_algorithm,
    method_of,
    unknown_algorithm,
)
from shared.pki.encoding.xmltree import WHITESPACE, Element, only_elements, only_text, unexpected
from shared.pki.xml.algorithms import Algorithms, SigningKey

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED: Final = DS + "enveloped-signature"
SIGNATURE: Final = f"{{{DS}}}Signature"

_NO_WHITESPACE = str.maketrans("", "", WHITESPACE)
_MAX_VALUE = 64 * 1024


@dataclass(frozen=True)
class Claim:
    """What a signature says, not proved yet: `reference` with `transforms` has the digest `digest_value`."""

    element: Element
    signed_info: Element = field(repr=False)
    method: Method
    algorithm: str
    reference: str
    transforms: tuple[Element, ...] = field(repr=False)
    digest: str
    digest_value: bytes = field(repr=False)
    value: bytes = field(repr=False)
    key_info: Element = field(repr=False)

    def prove_signature(self, certificate: x509.Certificate, algorithms: Algorithms) -> None:
        """Return when the owner of the certificate signed this claim; it must still stand in its document.

        Raises Untrusted: eds-algorithm, eds-signature-invalid.
        """
        algorithms.digest(self.digest)
        algorithms.signature(self.algorithm)(certificate, self.value, self.method.of_element(self.signed_info))

    def prove_content(self, content: bytes, algorithms: Algorithms) -> None:
        """Return when `content` is what the claim is about; else Untrusted eds-signature-invalid."""
        if not hmac.compare_digest(algorithms.digest(self.digest)(content), self.digest_value):
            raise Untrusted("eds-signature-invalid", "the content is not what was signed")


def read(signature: Element) -> Claim:
    """The claim of a ds:Signature.

    Raises Malformed eds-malformed when it is not of the one form, Untrusted eds-algorithm when its canonical form
    is not among those accepted.
    """
    signed_info, value, key_info = _parts(signature, "SignedInfo", "SignatureValue", "KeyInfo", attributes=("Id",))
    method, algorithm, reference = _parts(
        signed_info, "CanonicalizationMethod", "SignatureMethod", "Reference", attributes=("Id",)
    )
    uri, (transforms, digest, digest_value) = _reference(reference)
    return Claim(
        element=signature,
        signed_info=signed_info,
        method=method_of(method),
        algorithm=bare_algorithm(algorithm),
        reference=uri,
        transforms=tuple(_transforms(transforms)),
        digest=bare_algorithm(digest),
        digest_value=base64_of(digest_value),
        value=base64_of(value, attributes=("Id",)),
        key_info=key_info,
    )


def content_method(claim: Claim, *, enveloped: bool) -> Method:
    """The canonical form of the content: the transforms must be [enveloped-signature,] then one accepted form.

    Without a canonical form XMLDSig asks for the inclusive one (4.4.3.2). Any other transform or order is
    Untrusted eds-algorithm: XPath and XSLT choose what is signed, and that is not theirs to choose.
    """
    names = [algorithm_of(each) for each in claim.transforms]
    if enveloped and names == [ENVELOPED]:
        return Method(INCLUSIVE)
    expected = [ENVELOPED] if enveloped else []
    if len(names) != len(expected) + 1 or names[:-1] != expected:
        strange = [name for name in names if name not in expected]
        raise unknown_algorithm(strange[0] if strange else "no canonical form")
    return method_of(claim.transforms[-1])


def base64_of(element: Element, *, attributes: Sequence[str] = ()) -> bytes:
    """The bytes in an element that holds base64 and nothing else; else Malformed eds-malformed."""
    text = only_text(element, attributes=attributes).translate(_NO_WHITESPACE)
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # not ASCII, not of that alphabet, or not filled up
        raise unexpected(element) from None
    if len(text) % 4 or not 0 < len(decoded) <= _MAX_VALUE:  # Python lets "AAAA=" pass
        raise unexpected(element)
    return decoded


def base64_text(data: bytes) -> str:
    """Base64 in one line."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def draft(
    key: SigningKey, *, method: str, reference: str, transforms: Sequence[str], content: bytes
) -> tuple[Element, Element]:
    """A ds:Signature over `content` that is not signed yet, and its empty KeyInfo."""
    signature = etree.Element(SIGNATURE, nsmap={"ds": DS})
    signed_info = add(signature, "SignedInfo")
    add(signed_info, "CanonicalizationMethod", Algorithm=method)
    add(signed_info, "SignatureMethod", Algorithm=key.signature)
    referred = add(signed_info, "Reference", URI=reference)
    listed = add(referred, "Transforms")
    for transform in transforms:
        add(listed, "Transform", Algorithm=transform)
    add(referred, "DigestMethod", Algorithm=key.digest)
    add(referred, "DigestValue").text = base64_text(key.hash(content))
    add(signature, "SignatureValue")
    return signature, add(signature, "KeyInfo")


def sign(signature: Element, key: SigningKey, method: str) -> None:
    """Sign a draft that stands in its document already: an inclusive form depends on the place."""
    signed_info, value, *_ = signature
    value.text = base64_text(key.sign(Method(method).of_element(signed_info)))


def add(parent: Element, name: str, **attributes: str) -> Element:
    """A new last child of that name in the namespace of XMLDSig."""
    return etree.SubElement(parent, f"{{{DS}}}{name}", attributes)


def is_ds(element: Element, name: str) -> bool:
    """Whether this is the element of that name in the namespace of XMLDSig."""
    return bool(element.tag == f"{{{DS}}}{name}")


def _parts(parent: Element, *names: str, attributes: Sequence[str] = ()) -> list[Element]:
    children = only_elements(parent, attributes=attributes)
    if [child.tag for child in children] != [f"{{{DS}}}{name}" for name in names]:
        raise unexpected(parent)
    return children


def _reference(element: Element) -> tuple[str, list[Element]]:
    uri = element.get("URI")
    if uri is None:
        raise unexpected(element)
    return str(uri), _parts(element, "Transforms", "DigestMethod", "DigestValue", attributes=("Id", "URI", "Type"))


def _transforms(element: Element) -> list[Element]:
    transforms = only_elements(element)
    if not 1 <= len(transforms) <= 4 or not all(is_ds(each, "Transform") for each in transforms):
        raise unexpected(element)
    return transforms
