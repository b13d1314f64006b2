"""Threat: a stranger sends almost valid input to every parser that strangers reach.

Real messages, requests and files are changed: bytes replaced, doubled, cut out, put in. Each parser refuses with
an error of ours or reads the input, within a second of work and a bounded memory.
"""

from __future__ import annotations

import ast
import re
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.is_nuc.authority import ocsp_responder
from services.is_nuc.authority.stamper import read_query
from services.is_nuc.domain import read_csr
from services.is_nuc.ncanode import signers
from services.is_nuc.ncanode.keystore import open_keystore
from services.is_nuc.ncanode.stamps import read_token
from services.tools.ncalayer import protocol
from shared.bus.errors import BusError, Internal
from shared.bus.messages import jws
from shared.bus.messages.message import read_header
from shared.client.keystore import KeyEntry, read_pkcs12, write_pkcs12
from shared.contracts import documents
from shared.contracts.cases import DecisionOutcome
from shared.pki.certificates import ocsp
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose, person_subject
from shared.pki.cms import signed_data, tsp
from shared.pki.gost.xmlalgorithms import open_xml, sign_xml
from shared.pki.verification.check import SignerExpectation
from shared.pki.verification.evidence import check_evidence
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.keyinfo import load_certificate
from shared.web.form_files import extract_file
from tests.architecture.source import modules
from tests.bus import forge
from tests.pki import nuc_server
from tests.pki.gost_centre import QUICK
from tests.pki.gost_centre import citizen as gost_citizen
from tests.pki.pki_centre import IIN, NOW, centre
from tests.pki.verification.test_evidence import long_term

pytestmark = pytest.mark.thorough

SECONDS = 1.0
MEMORY = 64 * 1024 * 1024
EXAMPLES = 30
READING = (
    "shared.pki",
    "shared.bus.messages",
    "shared.contracts",
    "shared.client.keystore",
    "services.is_nuc",
    "services.tools.ncalayer",
)
"""The packages that read what strangers send."""
KEY, CERTIFICATE = centre().issue(CertificateKind.INDIVIDUAL)
ENVELOPE = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><a/></s:Body></s:Envelope>'
FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7\r\n--b--\r\n'
SUBJECT = person_subject(IIN, "СЕРИКБАЕВ", "ЕРЛАН", "")
CSR = make_csr(KEY, SUBJECT).public_bytes(Encoding.PEM)
CRL = (
    x509.CertificateRevocationListBuilder()
    .issuer_name(centre().issuing.subject)
    .last_update(NOW)
    .next_update(NOW + timedelta(days=7))
    .add_extension(x509.CRLNumber(1), critical=False)
    .add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(5).revocation_date(NOW).build())
    .sign(centre().issuing_key, SHA256())
    .public_bytes(Encoding.DER)
)
JWS_TOKEN = jws.sign(KEY, "thumbprint", b"payload", {"seq": 1})

ISSUER_IDS = ocsp_responder.issuer_ids(centre().issuing)
SIGNED = signed_data.sign(b"text", KEY, CERTIFICATE, at=NOW)
STAMPED = nuc_server.token(b"text", NOW)
LONG_TERM = long_term()
CASE: dict[str, Any] = {
    "application_id": "00000000-0000-4000-8000-000000000000",
    "regulation": "KZ-YUZ.3",
    "applicant": IIN,
}
APPLICATION = documents.ApplicationDocument(
    **CASE, channel="portal", region="KZ-YUZ", authority="kz-yuz.employment.15", fields={"a": "b"}, made_at=NOW
)
ATTACHMENT = documents.Attachment(name="a.pdf", media_type="application/pdf", content=b"JVBERg==")
SUPPLEMENT = documents.SupplementDocument(
    application_id=CASE["application_id"], applicant=IIN, step="t1", attachments=(ATTACHMENT,), made_at=NOW
)
PROOF = documents.IdentityProofDocument(
    purpose=documents.ProofPurpose.RECOVERY, iin=IIN, challenge="challenge", until=NOW
)
NOTICE = documents.QueueNoticeDocument(
    **CASE,
    number="1",
    service="a",
    authority="b",
    waiting_since=NOW,
    position=1,
    text="c",
    text_kk="d",
    issued_at=NOW,
)
OUTPUT = documents.OutputDocument(
    **CASE, number="1", service="a", authority="b", outcome=DecisionOutcome.POSITIVE, text="c", issued_at=NOW
)

RECORD = documents.StepRecordDocument(
    **CASE,
    kind="survey",
    number="1",
    case_number="2",
    step="t4",
    clause="3",
    title="a",
    title_kk="b",
    service="c",
    service_kk="d",
    lines=(),
    made_at=NOW,
)


def judge_long_term(data: bytes) -> None:
    """«Условие 2» by what a document carries: time-stamp, revocation answer, certificates."""
    check_evidence(data, SignerExpectation(SignaturePurpose.PERSON), anchors=centre().anchors, at=NOW)


Parser = tuple[bytes, Callable[[bytes], object]]
PARSERS: dict[str, Parser] = {
    "envelope": (forge.body("portal_pep", 1), read_header),
    "jws": (JWS_TOKEN.encode(), lambda data: jws.parse(data.decode("latin-1"))),
    "cms": (signed_data.sign(b"text", KEY, CERTIFICATE, at=NOW), signed_data.open_signed),
    "pkcs12 of a stranger": (
        write_pkcs12(KeyEntry(KEY, CERTIFICATE), "secret", "key"),
        partial(open_keystore, password="secret"),
    ),
    "pkcs12 of one's own": (
        write_pkcs12(KeyEntry(KEY, CERTIFICATE), "secret", "key"),
        partial(read_pkcs12, password="secret"),
    ),
    "csr": (CSR, lambda data: read_csr(data.decode("latin-1"))),
    "time-stamp query": (tsp.make_request(b"text", 7), read_query),
    "revocation list": (CRL, lambda data: CrlView.load(data, centre().issuing)),
    "xml": (xmldsig.sign_enveloped(b"<a><b>text</b></a>", KEY, CERTIFICATE), xmldsig.open_enveloped),
    "soap": (wsse.sign_body(ENVELOPE, KEY, CERTIFICATE), wsse.open_body),
    "ncalayer": (
        b'{"module": "kz.gov.pki.knca.commonUtils", "method": "getKeyInfo", "args": ["PKCS12"]}',
        protocol.read_request,
    ),
    "ocsp request": (
        ocsp.make_request(CERTIFICATE, centre().issuing),
        lambda data: ocsp_responder.read_request(data, ISSUER_IDS),
    ),
    "xml of a part": (
        xmldsig.sign_enveloped(b'<a><b Id="b">text</b></a>', KEY, CERTIFICATE, tbs_xpath="/a/b"),
        partial(xmldsig.open_enveloped, part=True),
    ),
    "xml of several": (xmldsig.sign_enveloped(b"<a><b>text</b></a>", KEY, CERTIFICATE), xmldsig.open_all),
    "xml by gost": (sign_xml(b"<a/>", *gost_citizen(QUICK)), open_xml),
    "long-term cms": (LONG_TERM, judge_long_term),
    "cms of the signing server": (SIGNED, lambda data: signers.find_signers(data, None)),
    "content of a cms": (SIGNED, signers.extract_content),
    "time-stamp token": (STAMPED, lambda data: read_token(data, b"text", centre().anchors)),
    "application": (APPLICATION.model_dump_json().encode(), documents.read_application),
    "supplement": (SUPPLEMENT.model_dump_json().encode(), documents.read_supplement),
    "identity proof": (PROOF.model_dump_json().encode(), documents.read_identity_proof),
    "queue notice": (NOTICE.model_dump_json().encode(), documents.read_queue_notice),
    "output": (OUTPUT.model_dump_json().encode(), documents.read_output),
    "step record": (RECORD.model_dump_json().encode(), documents.read_step_record),
    "certificate": (CERTIFICATE.public_bytes(Encoding.DER), load_certificate),
    "form": (FORM, lambda data: extract_file("multipart/form-data; boundary=b", data, "file")),
}


ELSEWHERE = {
    "shared.bus.messages.message.read_data": "after the signature, by read_header's limits; tests/bus/messages",
    "shared.pki.certificates.crl.load": "the list above; both classes",
    "shared.pki.certificates.keys.load_key": "keys of one's own, from files",
    "shared.pki.certificates.ocsp.read_answer": "within the long-term CMS",
    "shared.pki.cms.shapes.read_message": "within every CMS",
    "shared.pki.cms.shapes.read_signer": "within every CMS",
    "shared.pki.cms.signed_data.read_message": "within every CMS",
    "shared.pki.cms.tsp.open_token": "within the long-term CMS",
    "shared.pki.cms.tsp.read_info": "within the time-stamp token",
    "shared.pki.cms.tsp.read_response": "what НУЦ answers, to those who asked; tests/pki/verification",
    "shared.pki.encoding.certificate.read_parts": "within every CMS of the signing server",
    "shared.pki.encoding.xmltree.parse_document": "within every XML",
    "shared.pki.encoding.xmltree.parse_canonical": "what was canonical before",
    "shared.pki.explanation.documents.read_document": "parse_document again; tests/pki/explanation",
    "shared.pki.gost.keys.load": "within the XML by ГОСТ",
    "shared.pki.gost.keys.load_key": "keys of one's own, from files",
    "services.is_nuc.ncanode.key_opening.open_packed": "the key store above, in its process",
    "services.is_nuc.ncanode.information.load_certificate": "within every CMS of the signing server",
}
"""Parsers of bytes that are not called by name above, each with the reason."""


def mutations(seed: bytes) -> st.SearchStrategy[bytes]:
    """The seed with up to four changes at any places."""
    change = st.tuples(
        st.integers(0, max(len(seed) - 1, 0)),
        st.integers(0, 40),
        st.one_of(st.binary(max_size=8), st.integers(1, 300).map(lambda count: seed[:40] * count)),
    )
    return st.lists(change, min_size=1, max_size=4).map(partial(changed, seed))


def changed(seed: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    data = seed
    for at, cut, put in changes:
        data = data[:at] + put + data[at + cut :]
    return data


@pytest.mark.parametrize("name", PARSERS)
def test_parser_reads_the_seed_and_refuses_every_mutation_by_a_code_in_bounds(name: str) -> None:
    seed, read = PARSERS[name]
    read(seed)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=mutations(seed))
    def refuse(data: bytes) -> None:
        begin = time.thread_time()
        try:
            read(data)
        except Internal:
            pytest.fail(f"a fault of ours: {data!r}")
        except BusError:
            pass
        assert time.thread_time() - begin < SECONDS

    tracemalloc.start()
    try:
        refuse()
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_parser_of_bytes_is_among_those_that_are_mutated() -> None:
    """Derived from the code: every function that reads bytes of strangers by its name and its first argument."""
    text = Path(__file__).read_text(encoding="utf-8")
    called = set(re.findall(r"\w+", text[text.index("\nPARSERS") : text.index("\nELSEWHERE")]))
    found = {
        f"{module.name}.{function.name}"
        for module in modules("services") + modules("shared")
        if module.name.startswith(READING)
        for function in module.functions
        if re.match(r"(read|open|load|parse|extract)_|load$", function.name)
        and [ast.unparse(each.annotation) for each in function.args.args[:2] if each.annotation][:1] == ["bytes"]
    }
    assert len(found) > 25, "they are not found any more: mend this test"
    assert {name for name in found - ELSEWHERE.keys() if name.rpartition(".")[2] not in called} == set()
    assert ELSEWHERE.keys() <= found, "these are gone"
