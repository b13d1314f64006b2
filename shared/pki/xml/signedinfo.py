"""One ds:Signature: read in one strict form, proved, and written. Other modules decide what may be signed, and by
whom.

The form (XML Signature, 4): SignedInfo with exactly one Reference, SignatureValue, KeyInfo; no Object, no comment,
no attribute outside the standard. Whitespace is free, as is a carriage return in base64, which Java clients write.
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
    CanonicalForm,
    algorithm_of,
    bare_algorithm,
    canonical_form_of,
    unknown_algorithm,
)
from shared.pki.encoding.xmltree import WHITESPACE, XmlElement, only_elements, only_text, unexpected_element
from shared.pki.xml.algorithms import SigningKey, XmlAlgorithms

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED: Final = DS + "enveloped-signature"
SIGNATURE: Final = f"{{{DS}}}Signature"

_NO_WHITESPACE = str.maketrans("", "", WHITESPACE)
_MAX_VALUE = 64 * 1024


@dataclass(frozen=True)
class SignatureClaim:
    """The claim of a signature, not proved yet: `reference` after `transforms` has the digest `digest_value`."""

    element: XmlElement
    signed_info: XmlElement = field(repr=False)
    canonical_form: CanonicalForm
    algorithm: str
    reference: str
    transforms: tuple[XmlElement, ...] = field(repr=False)
    digest: str
    digest_value: bytes = field(repr=False)
    value: bytes = field(repr=False)
    key_info: XmlElement = field(repr=False)

    def prove_signature(self, certificate: x509.Certificate, algorithms: XmlAlgorithms) -> None:
        """Return when the owner of `certificate` signed this claim; the claim's element must still stand in its
        document.

        Raises Untrusted: eds-algorithm, eds-signature-invalid.
        """
        algorithms.find_digest(self.digest)
        algorithms.find_verifier(self.algorithm)(
            certificate, self.value, self.canonical_form.of_element(self.signed_info)
        )

    def prove_content(self, content: bytes, algorithms: XmlAlgorithms) -> None:
        """Return when `content` has the digest of the claim; else Untrusted eds-signature-invalid."""
        if not hmac.compare_digest(algorithms.find_digest(self.digest)(content), self.digest_value):
            raise Untrusted("eds-signature-invalid", "the content is not what was signed")


def read_claim(signature: XmlElement) -> SignatureClaim:
    """The claim of a ds:Signature.

    Raises Malformed eds-malformed for any other form than the strict one, Untrusted eds-algorithm for a canonical
    form that is not accepted.
    """
    (claim,) = read_claims(signature)
    return claim


def read_claims(signature: XmlElement, *, most: int = 1) -> tuple[SignatureClaim, ...]:
    """The claims of a ds:Signature with up to `most` References, one claim each; raises as `read_claim` does."""
    signed_info, value, key_info = _fixed_children(
        signature, "SignedInfo", "SignatureValue", "KeyInfo", attributes=("Id",)
    )
    names = ["CanonicalizationMethod", "SignatureMethod"]
    names += ["Reference"] * min(max(len(signed_info) - len(names), 1), most)
    form_element, algorithm, *references = _fixed_children(signed_info, *names, attributes=("Id",))
    form, method = canonical_form_of(form_element), bare_algorithm(algorithm)
    parts = [_read_reference(reference) for reference in references]
    return tuple(
        SignatureClaim(
            element=signature,
            signed_info=signed_info,
            canonical_form=form,
            algorithm=method,
            reference=uri,
            transforms=tuple(transforms),
            digest=bare_algorithm(digest),
            digest_value=base64_of(digest_value),
            value=base64_of(value, attributes=("Id",)),
            key_info=key_info,
        )
        for uri, transforms, (digest, digest_value) in parts
    )


def content_form(claim: SignatureClaim, *, enveloped: bool) -> CanonicalForm:
    """The canonical form of the content: the transforms must be [enveloped-signature,] and then one accepted form.

    Without a canonical form XMLDSig prescribes the inclusive one (4.4.3.2), also without Transforms. Any other
    transform or order is Untrusted eds-algorithm: XPath and XSLT would let the sender choose what is signed.
    """
    names = [algorithm_of(transform) for transform in claim.transforms]
    expected = [ENVELOPED] if enveloped else []
    if names == expected:
        return CanonicalForm(INCLUSIVE)
    if len(names) != len(expected) + 1 or names[:-1] != expected:
        strange = [name for name in names if name not in expected]
        raise unknown_algorithm(strange[0] if strange else "no canonical form")
    return canonical_form_of(claim.transforms[-1])


def base64_of(element: XmlElement, *, attributes: Sequence[str] = ()) -> bytes:
    """The bytes of an element that holds base64 and nothing else; Malformed eds-malformed for other content."""
    text = only_text(element, attributes=attributes).translate(_NO_WHITESPACE)
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # not ASCII, not base64, or not padded
        raise unexpected_element(element) from None
    if len(text) % 4 or not 0 < len(decoded) <= _MAX_VALUE:  # Python accepts "AAAA="
        raise unexpected_element(element)
    return decoded


def base64_text(data: bytes) -> str:
    """`data` as base64 without line breaks."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def draft_signature(
    key: SigningKey, *, method: str, reference: str, transforms: Sequence[str], content: bytes
) -> tuple[XmlElement, XmlElement]:
    """An unsigned ds:Signature over `content`, and its empty KeyInfo."""
    signature = etree.Element(SIGNATURE, nsmap={"ds": DS})
    signed_info = add_child(signature, "SignedInfo")
    add_child(signed_info, "CanonicalizationMethod", Algorithm=method)
    add_child(signed_info, "SignatureMethod", Algorithm=key.signature_uri)
    reference_element = add_child(signed_info, "Reference", URI=reference)
    transforms_element = add_child(reference_element, "Transforms")
    for transform in transforms:
        add_child(transforms_element, "Transform", Algorithm=transform)
    add_child(reference_element, "DigestMethod", Algorithm=key.digest_uri)
    add_child(reference_element, "DigestValue").text = base64_text(key.hash_data(content))
    add_child(signature, "SignatureValue")
    return signature, add_child(signature, "KeyInfo")


def sign_draft(signature: XmlElement, key: SigningKey, method: str) -> None:
    """Sign a draft that already stands in its document, because an inclusive canonical form depends on the
    place.
    """
    signed_info, value, *_ = signature
    value.text = base64_text(key.sign(CanonicalForm(method).of_element(signed_info)))


def add_child(parent: XmlElement, name: str, **attributes: str) -> XmlElement:
    """Append an element `name` of the XMLDSig namespace to `parent` and return the element."""
    return etree.SubElement(parent, f"{{{DS}}}{name}", attributes)


def is_ds(element: XmlElement, name: str) -> bool:
    """Whether `element` is the element `name` of the XMLDSig namespace."""
    return bool(element.tag == f"{{{DS}}}{name}")


_OF_A_REFERENCE = ("Id", "URI", "Type")


def _fixed_children(parent: XmlElement, *names: str, attributes: Sequence[str] = ()) -> list[XmlElement]:
    children = only_elements(parent, attributes=attributes)
    if [child.tag for child in children] != [f"{{{DS}}}{name}" for name in names]:
        raise unexpected_element(parent)
    return children


def _read_reference(element: XmlElement) -> tuple[str, list[XmlElement], list[XmlElement]]:
    """The URI, the transforms (none where there is no Transforms, which XMLDSig allows), digest and its value."""
    uri, names = element.get("URI"), ("DigestMethod", "DigestValue")
    if uri is None:
        raise unexpected_element(element)
    if len(element) == len(names):
        return str(uri), [], _fixed_children(element, *names, attributes=_OF_A_REFERENCE)
    transforms, *others = _fixed_children(element, "Transforms", *names, attributes=_OF_A_REFERENCE)
    return str(uri), _read_transforms(transforms), others


def _read_transforms(element: XmlElement) -> list[XmlElement]:
    transforms = only_elements(element)
    if not 1 <= len(transforms) <= 4 or not all(is_ds(transform, "Transform") for transform in transforms):
        raise unexpected_element(element)
    return transforms
