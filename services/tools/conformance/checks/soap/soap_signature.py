"""What the signature of a call must be: WS-Security over the Body, in the profile of ШЭП."""

from __future__ import annotations

from collections.abc import Iterator

from services.tools.conformance.checks.soap.soap_calls import DS, header_elements, prove_request, soap_calls
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from shared.bus.errors import BusError
from shared.pki.encoding.canonical import EXCLUSIVE
from shared.pki.xml.xmldsig import WSU

checks = CheckBook()
Judged = Iterator[JudgedExchange]

MORE = "http://www.w3.org/2001/04/xmldsig-more#"
GOST = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:"
SIGNATURE_METHODS = {
    f"{MORE}rsa-sha256", f"{MORE}gost34310-gost34311",
    f"{GOST}gostr34102015-gostr34112015-512", f"{GOST}gostr34102015-gostr34112015-256",
}  # fmt: skip
DIGEST_METHODS = {
    "http://www.w3.org/2001/04/xmlenc#sha256", f"{MORE}gost34311",
    f"{GOST}gostr34112015-512", f"{GOST}gostr34112015-256",
}  # fmt: skip
KEY_INFO_FORMS = ("KeyIdentifier", "X509IssuerSerial", "Reference")


def _envelopes(trace: RunTrace) -> Iterator[KeptExchange]:
    return (call for call in soap_calls(trace) if call.request.xml is not None)


def _signed(trace: RunTrace) -> Iterator[KeptExchange]:
    return (call for call in _envelopes(trace) if header_elements(call.request, "Signature", DS))


def _algorithms(call: KeptExchange, name: str) -> list[str]:
    return [str(item.get("Algorithm")) for item in header_elements(call.request, name, DS)]


@checks.judges("SIGN-01")
def _check_security(trace: RunTrace) -> Judged:
    for call in _envelopes(trace):
        blocks = header_elements(call.request, "Security")
        marks = [
            value for block in blocks for name, value in block.items() if str(name).endswith("mustUnderstand")
        ]
        yield judge(call, len(blocks) == 1 and marks == ["1"], "wsse:Security", 'one, mustUnderstand="1"', marks)


@checks.judges("SIGN-02")
def _check_one(trace: RunTrace) -> Judged:
    for call in _envelopes(trace):
        count = len(header_elements(call.request, "Signature", DS))
        yield judge(call, count == 1, "ds:Signature", 1, count)


@checks.judges("SIGN-03")
def _check_coverage(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        bodies = call.request.find_all("Body")
        ids = (
            {value for name, value in bodies[0].items() if str(name).endswith(("}Id", "Id"))} if bodies else set()
        )
        referred = header_elements(call.request, "Reference", DS)
        references = [str(item.get("URI", "")).removeprefix("#") for item in referred]
        yield judge(call, bool(ids & set(references)), "ds:Reference", ids or "Body", references)


@checks.judges("SIGN-04")
def _check_only_body(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        count = len(header_elements(call.request, "Reference", DS))
        yield judge(call, count == 1, "ds:Reference", 1, count)


@checks.judges("SIGN-05")
def _check_canonical(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        used = _algorithms(call, "CanonicalizationMethod") + _algorithms(call, "Transform")
        yield judge(call, set(used) == {EXCLUSIVE}, "c14n", EXCLUSIVE, used)


@checks.judges("SIGN-06")
def _check_method(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        used = _algorithms(call, "SignatureMethod")
        yield judge(call, set(used) <= SIGNATURE_METHODS, "SignatureMethod", f"{MORE}rsa-sha256", used)


@checks.judges("SIGN-07")
def _check_digest(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        used = _algorithms(call, "DigestMethod")
        yield judge(call, set(used) <= DIGEST_METHODS, "DigestMethod", "sha256", used)


@checks.judges("SIGN-08")
def _check_key_info(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        references = header_elements(call.request, "SecurityTokenReference")
        names = {str(part.tag).rpartition("}")[2] for item in references for part in item.iter()}
        forms = [form for form in KEY_INFO_FORMS if form in names]
        yield judge(call, len(forms) == 1, "ds:KeyInfo", ", ".join(KEY_INFO_FORMS), forms)


@checks.judges("SIGN-09")
def _check_proof(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        proof = prove_request(call)
        observed = f"{proof.code}: {proof.message}" if isinstance(proof, BusError) else ""
        is_unknown = isinstance(proof, BusError) and proof.code == "eds-certificate-unknown"
        yield judge(call, not observed or is_unknown, "ds:Signature", "valid", observed)


@checks.judges("SIGN-10")
def _check_certificate(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        proof = prove_request(call)
        if not isinstance(proof, BusError):
            is_own = trace.keys.is_participants(proof.certificate)
            own, observed = trace.keys.participant.certificate.subject, proof.certificate.subject
            yield judge(call, is_own, "certificate", own.rfc4514_string(), observed.rfc4514_string())


@checks.judges("SIGN-11")
def _check_tokens(trace: RunTrace) -> Judged:
    for call in _envelopes(trace):
        observed = [name for name in ("Timestamp", "UsernameToken") if header_elements(call.request, name)]
        yield judge(call, not observed, "wsse:Security", "—", observed)


@checks.judges("SIGN-12")
def _check_body_id(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        bodies = call.request.find_all("Body")
        names = [name for name in (bodies[0].keys() if bodies else ()) if str(name).endswith("Id")]
        yield judge(call, names == [f"{{{WSU}}}Id"], "Body", "wsu:Id", names)


@checks.judges("SIGN-13")
def _check_carriage_returns(trace: RunTrace) -> Judged:
    for call in _signed(trace):
        has_some = b"&#13;" in call.request.body or b"&#xD;" in call.request.body
        yield judge(call, not has_some, "base64", "—", "&#13;")
