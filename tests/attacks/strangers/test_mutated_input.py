"""Threat: a stranger sends what is almost valid, to every parser that strangers reach.

Real messages, requests and files are changed: bytes replaced, doubled, cut out, put in. Each parser refuses with
an error of ours or reads, within a second of work and a bounded memory, whatever comes.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.is_nuc.authority.stamper import read_query
from services.is_nuc.domain import read_csr
from services.is_nuc.ncanode.keystore import open_keystore
from services.tools.ncalayer import protocol
from shared.bus.errors import BusError, Internal
from shared.bus.messages import jws
from shared.bus.messages.message import read_header
from shared.client.keystore import KeyEntry, read_pkcs12, write_pkcs12
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.profile import CertificateKind, person_subject
from shared.pki.cms import signed_data, tsp
from shared.pki.xml import wsse, xmldsig
from shared.web.form_files import extract_file
from tests.bus import forge
from tests.pki.pki_centre import IIN, NOW, centre

pytestmark = pytest.mark.thorough

SECONDS = 1.0
MEMORY = 64 * 1024 * 1024
EXAMPLES = 60
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
    "form": (FORM, lambda data: extract_file("multipart/form-data; boundary=b", data, "file")),
}


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
