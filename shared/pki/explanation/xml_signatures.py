"""Explains refused WS-Security signatures of a SOAP Body, and XMLDSig signatures inside a document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from shared.bus.errors import BusError
from shared.pki import gost
from shared.pki.encoding import xmltree
from shared.pki.encoding.canonical import EXCLUSIVE, INCLUSIVE, CanonicalForm, canonical_form_of
from shared.pki.encoding.xmltree import XmlElement, parse_canonical
from shared.pki.explanation import xml_form, xml_variants
from shared.pki.explanation.certificate_facts import key_of, note_certificate
from shared.pki.explanation.documents import read_document
from shared.pki.explanation.findings import (
    NOTHING_EXPECTED,
    ExpectedSignature,
    Explanation,
    Notes,
    SignatureKind,
)
from shared.pki.explanation.signature_values import AnyKey, SignatureValue, find_signed, holds
from shared.pki.explanation.trials import TrialBudget, Variant, digest_named, find_digest_spelling, find_hashed
from shared.pki.explanation.xml_form import DIGESTS, SIGNATURES
from shared.pki.gost.xmlalgorithms import WITH_GOST
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.keyinfo import CertificateLookup, KnownCertificates
from shared.pki.xml.signedinfo import DS, ENVELOPED, SIGNATURE, SignatureClaim
from shared.pki.xml.wsse import SOAP_11, SOAP_12, WSSE

_BODY_IDS = (f"{{{xmldsig.WSU}}}Id", "Id", "ID", "id")
_MOST_SIGNED_INFO = 8 * 1024
_MOST_REFERENCES = 5
"""As many as the lenient doors take."""


def explain_envelope(envelope: bytes, expected: ExpectedSignature = NOTHING_EXPECTED) -> Explanation:
    """Why the WS-Security signature of `envelope` is refused; no findings for a valid one."""
    notes = Notes()
    root = read_document(envelope, notes)
    if root is not None:
        try:
            signed = wsse.open_body(
                envelope, lookup=_lookup_of(expected), algorithms=WITH_GOST, most_references=_MOST_REFERENCES
            )
        except BusError:
            notes.complete(partial(_explain_envelope, root, expected, notes), otherwise="signature-form")
        else:
            note_certificate(notes, signed.certificate, expected)
    return notes.conclude(SignatureKind.WSSE)


def explain_xml(xml: bytes, expected: ExpectedSignature = NOTHING_EXPECTED) -> Explanation:
    """Why the enveloped signature of `xml` is refused; no findings for a valid one."""
    notes = Notes()
    root = read_document(xml, notes)
    if root is not None:
        try:
            signed = xmldsig.open_enveloped(xml, algorithms=WITH_GOST)
        except BusError:
            notes.complete(partial(_explain_document, root, expected, notes), otherwise="signature-form")
        else:
            note_certificate(notes, signed.certificate, expected)
    return notes.conclude(SignatureKind.XMLDSIG)


def _explain_envelope(root: XmlElement, expected: ExpectedSignature, notes: Notes) -> None:
    body = _find_body(root, notes)
    signature = None if body is None else _find_signature(root, body, notes)
    if body is None or signature is None:
        return
    claim = xml_form.read_form(signature, notes)
    if claim is None:
        return
    xml_form.tell_form(claim, notes)
    xml_form.note_transforms(claim, notes, is_enveloped=False)
    _note_reference(root, body, claim, notes)
    holder = signature.getparent()
    signer = _find_signer(signature if holder is None else holder, signature, expected, notes)
    form = _content_form(claim, default=EXCLUSIVE)
    parts = xml_variants.part_variants(root, body, form)
    variants = chain(xml_variants.variants_of(body, form), parts)
    _explain_claim(claim, body, form, variants, signer, notes)
    if signer:
        note_certificate(notes, signer[0], expected)


def _find_body(root: XmlElement, notes: Notes) -> XmlElement | None:
    name = etree.QName(root)
    if name.localname != "Envelope":
        notes.add("envelope-absent", element=xmltree.local_name(root))
        return None
    if name.namespace not in (SOAP_11, SOAP_12):
        notes.add("envelope-namespace", namespace=name.namespace or "")
        return None
    bodies = list(root.iter(f"{{{SOAP_11}}}Body", f"{{{SOAP_12}}}Body"))
    if len(bodies) != 1:
        notes.add("body-twice" if bodies else "body-absent")
        return None
    if bodies[0].getparent() is not root:
        notes.add("body-not-in-envelope")
        return None
    try:
        wsse.split_envelope(root)
    except BusError:
        notes.add("envelope-parts")
        return None
    return bodies[0]


def _find_signature(root: XmlElement, body: XmlElement, notes: Notes) -> XmlElement | None:
    """The only signature in the Header, in its right place."""
    everywhere = list(root.iter(SIGNATURE))
    in_header = [element for element in everywhere if body not in element.iterancestors()]
    blocks = list(root.iter(f"{{{WSSE}}}Security"))
    if len(blocks) > 1:
        notes.add("several-security-headers", headers=len(blocks))
    elif not in_header and everywhere:
        notes.add("signature-in-body")
    elif not in_header:
        foreign = [element for element in root.iter("{*}Signature") if element.find("{*}SignedInfo") is not None]
        notes.add("signature-namespace" if foreign else "signature-absent")
    elif len(in_header) > 1:
        notes.add("several-signatures", signatures=len(in_header))
    else:
        holder = in_header[0].getparent()
        if holder is None or etree.QName(holder).localname not in ("Security", "Header"):
            notes.add("signature-misplaced", parent=xmltree.local_name(holder if holder is not None else root))
        elif etree.QName(holder).localname == "Security" and etree.QName(holder).namespace != WSSE:
            notes.add("security-namespace", namespace=etree.QName(holder).namespace or "")
        return in_header[0]
    return None


def _note_reference(root: XmlElement, body: XmlElement, claim: SignatureClaim, notes: Notes) -> None:
    """Note a Reference that does not name the Body, and by what it differs."""
    name = claim.reference.removeprefix("#")
    if claim.reference == "":
        notes.add("signed-whole-envelope")
    elif not claim.reference.startswith("#"):
        notes.add("reference-without-hash" if body.get(_BODY_IDS[0]) == name else "reference-outside")
    else:
        named = [element for element in root.iter(etree.Element) if _has_id(element, name, _BODY_IDS)]
        if len(named) > 1:
            notes.add("id-twice", id=name)
        elif named and named[0] is not body:
            notes.add("signed-other-element", element=xmltree.local_name(named[0]))
        elif not named:
            _note_absent_id(body, name, notes)


def _note_absent_id(body: XmlElement, name: str, notes: Notes) -> None:
    ids = {
        str(key): str(value) for key, value in body.attrib.items() if etree.QName(key).localname.lower() == "id"
    }
    if name in ids.values():
        attribute = next(key for key, value in ids.items() if value == name)
        notes.add("id-namespace", attribute=attribute)
    elif ids:
        notes.add("id-differs", reference=name, id=next(iter(ids.values())))
    else:
        notes.add("id-absent", reference=name)


def _has_id(element: XmlElement, name: str, attributes: tuple[str, ...]) -> bool:
    return any(element.get(attribute) == name for attribute in attributes)


def _explain_document(root: XmlElement, expected: ExpectedSignature, notes: Notes) -> None:
    signatures = list(root.iter(SIGNATURE))
    if len(signatures) != 1:
        foreign = [element for element in root.iter("{*}Signature") if element.find("{*}SignedInfo") is not None]
        absent = "signature-namespace" if foreign else "signature-absent"
        notes.add("several-signatures" if signatures else absent, signatures=len(signatures))
        return
    (signature,) = signatures
    claim = xml_form.read_form(signature, notes)
    if claim is None:
        return
    xml_form.tell_form(claim, notes)
    if signature is root:
        notes.add("signature-enveloping")
        return
    xml_form.note_transforms(claim, notes, is_enveloped=True)
    _note_document_reference(root, claim, notes)
    signer = _find_signer(signature, signature, expected, notes)
    _explain_signature(claim, signer, notes, contents=[])
    form = _content_form(claim, default=INCLUSIVE)
    xmltree.detach_element(signature)
    variants = chain(xml_variants.document_variants(root, form), xml_variants.variants_of(root, form))
    _explain_digest(claim, root, form.of_document(root), variants, TrialBudget(), notes)
    if signer:
        note_certificate(notes, signer[0], expected)


def _note_document_reference(root: XmlElement, claim: SignatureClaim, notes: Notes) -> None:
    if claim.reference == "":
        return
    if not claim.reference.startswith("#") or "(" in claim.reference:
        notes.add("reference-outside", reference=claim.reference)
        return
    name = claim.reference[1:]
    named = [element for element in root.iter(etree.Element) if _has_id(element, name, xmldsig.ID_ATTRIBUTES)]
    if len(named) > 1:
        notes.add("id-twice", id=name)
    elif not named:
        _note_absent_id(root, name, notes)
    elif named[0] is not root:
        notes.add("signed-part-of-document", element=xmltree.local_name(named[0]))


def _find_signer(
    holder: XmlElement, signature: XmlElement, expected: ExpectedSignature, notes: Notes
) -> tuple[x509.Certificate, ...]:
    """The certificates that the signature may be by, its own first; an absent one is noted."""
    signer = xml_form.read_certificates(holder, signature, notes)
    if signer.certificates:
        return signer.certificates
    try:
        key_info = signature.find(f"{{{DS}}}KeyInfo")
        named = [] if key_info is None else list(key_info.iter(f"{{{DS}}}X509Data", f"{{{WSSE}}}KeyIdentifier"))
        if named:
            return (wsse.read_named(named[0], _lookup_of(expected)).certificate,)
    except BusError:
        pass
    if not notes.codes & {"certificate-unreadable", "token-encoding"}:
        xml_form.note_unnamed_signer(signer, signature, notes)
    return ()


def _lookup_of(expected: ExpectedSignature) -> CertificateLookup:
    known = KnownCertificates(expected.certificates)
    return lambda name: known(name) or expected.find_named(name)


def _content_form(claim: SignatureClaim, *, default: str) -> CanonicalForm:
    """The declared canonical form of the content; `default` where none is declared or known."""
    for transform in reversed(claim.transforms):
        if transform.get("Algorithm") != ENVELOPED:
            try:
                return canonical_form_of(transform)
            except BusError:
                break
    return CanonicalForm(default)


def _explain_claim(
    claim: SignatureClaim,
    element: XmlElement,
    form: CanonicalForm,
    variants: Iterator[Variant],
    signer: tuple[x509.Certificate, ...],
    notes: Notes,
) -> None:
    content = form.of_element(element)
    _explain_digest(claim, element, content, variants, TrialBudget(), notes)
    _explain_signature(claim, signer, notes, contents=[content])


def _explain_digest(
    claim: SignatureClaim,
    element: XmlElement,
    content: bytes,
    variants: Iterator[Variant],
    budget: TrialBudget,
    notes: Notes,
) -> None:
    """Compare the digest; find what has the given one where it differs."""
    name = DIGESTS.get(claim.digest)
    if name is None:
        return
    is_gost = name.startswith("gost")
    if is_gost and len(content) > gost.MAX_BYTES // 32:
        notes.tell(digest_computed="too long for trials")
        return
    computed = digest_named(name)(content)
    notes.tell(digest_computed=computed.hex())
    if computed == claim.digest_value:
        return
    finding = find_digest_spelling(claim.digest_value, content, name, budget)
    finding = finding or find_hashed(claim.digest_value, content, name, variants, budget)
    if finding is not None:
        notes.add_all([finding])
    elif not _is_explained(notes):
        notes.add("content-changed", given=claim.digest_value.hex(), computed=computed.hex())


def _is_explained(notes: Notes) -> bool:
    """Whether a finding tells already that something else than the Body was meant."""
    telling = {
        *("signed-whole-envelope", "signed-other-element", "reference-outside", "transform-unknown", "id-twice"),
        *("id-absent", "signed-part-of-document", "transform-enveloped-absent"),
    }
    return bool(telling & notes.codes)


def _explain_signature(
    claim: SignatureClaim, signer: tuple[x509.Certificate, ...], notes: Notes, *, contents: list[bytes]
) -> None:
    """Verify the SignatureValue; find what it covers, or whose it is, where it does not hold."""
    known = SIGNATURES.get(claim.algorithm)
    key = key_of(signer[0], notes) if signer else None
    if known is None or key is None:
        return
    kind, hash_name = known
    if not _fits(kind, hash_name, key, notes):
        return
    data = claim.canonical_form.of_element(claim.signed_info)
    if len(data) > _MOST_SIGNED_INFO or holds(claim.value, data, key, hash_name, is_raw=True):
        return
    keys: list[tuple[str, AnyKey]] = [("", key)]
    for other in signer[1:3]:
        other_key = key_of(other, Notes())
        keys += [("key-of-other-certificate", other_key)] if other_key else []
    variants = [Variant("", lambda: data), *_signed_info_variants(claim, data, contents)]
    value = SignatureValue(claim.value, hash_name, is_raw=True)
    notes.add_all([find_signed(value, variants, keys, TrialBudget())])


def _fits(kind: str, hash_name: str, key: AnyKey, notes: Notes) -> bool:
    """Whether the key is of the kind and size that the signature algorithm needs."""
    if isinstance(key, gost.PublicKey):
        own = f"gost-{key.suite.bits}"
        if kind == "gost" and hash_name != own:
            notes.add("gost-size", declared=hash_name, key=own)
        elif kind != "gost":
            notes.add("algorithm-not-of-key", declared=kind, key=own)
        return hash_name == own
    own = "rsa" if isinstance(key, rsa.RSAPublicKey) else "ecdsa"
    if kind != own:
        notes.add("algorithm-not-of-key", declared=kind, key=own)
    return kind == own


def _signed_info_variants(claim: SignatureClaim, data: bytes, contents: list[bytes]) -> Iterator[Variant]:
    """What else the signer may have signed than the canonical SignedInfo."""
    info, form = claim.signed_info, claim.canonical_form
    edits: tuple[tuple[str, Any], ...] = (
        ("signed-info-pretty-printed", xml_variants.drop_whitespace),
        ("signed-info-carriage-returns", _drop_returns),
        ("signed-info-carriage-returns", _add_returns),
    )
    for code, edit in edits:
        yield Variant(code, partial(xml_variants.edited, info, form, edit))
    for variant in xml_variants.form_variants(info, form):
        is_raw = variant.code == "canonical-form-absent"
        yield Variant(
            "signed-info-not-canonical" if is_raw else "signed-info-other-form", variant.build, variant.details
        )
    yield Variant("signed-info-apart", partial(_apart, info, form))
    for prefix in ("", "ds", "dsig", "ns2"):
        if prefix != (info.prefix or ""):
            yield Variant("signed-info-prefix-renamed", partial(xml_variants.rename_prefix, info, form, prefix))
    for space in ("  ", "    ", "\t"):
        for level in (0, 1, 2, 3):
            edit = partial(xml_variants.indent, space=space, level=level)
            yield Variant("signed-info-whitespace-lost", partial(xml_variants.edited, info, form, edit))
    digest = digest_named("sha256")
    yield Variant("hashed-twice", lambda: digest(data))
    yield Variant("hashed-twice", lambda: digest(data).hex().encode())
    for content in contents:
        yield Variant("signed-content-not-signed-info", partial(bytes, content))


def _apart(info: XmlElement, form: CanonicalForm) -> bytes:
    """SignedInfo as signed before it stood in the document, without the document's namespaces."""
    return form.of_element(parse_canonical(CanonicalForm(EXCLUSIVE).of_element(info)))


def _drop_returns(info: XmlElement) -> None:
    for element in info.iter(etree.Element):
        element.text = (element.text or "").replace("\r", "") or None
        element.tail = (element.tail or "").replace("\r", "") or None


def _add_returns(info: XmlElement) -> None:
    for element in info.iter(etree.Element):
        element.text = (element.text or "").replace("\n", "\r\n") or None
        element.tail = (element.tail or "").replace("\n", "\r\n") or None
