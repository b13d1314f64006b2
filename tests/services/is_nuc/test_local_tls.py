"""НУЦ's certificates for TLS servers on people's own machines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.profile import SignaturePurpose, serves_purpose
from tests.journeys.kit import RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as country:
        yield country


def request(key: keys.PrivateKey, name: str = "localhost") -> dict[str, str]:
    csr = make_csr(key, profile.authority_subject(name))
    return {"csr": csr.public_bytes(Encoding.PEM).decode()}


async def test_local_tls_takes_only_the_key_of_a_request(nuc: RunningCountry) -> None:
    key = keys.new_ec_key()
    answer = await nuc.answer("is_nuc", "POST", "/api/v1/local-tls", json=request(key, "bank.example.kz"))
    assert answer.status_code == 201, answer.text
    made = x509.load_pem_x509_certificate(answer.json()["certificate"].encode())
    assert made.public_key() == key.public_key()
    assert "bank" not in str(made.subject)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert keys.certificate_thumbprint(made) == answer.json()["thumbprint"]
    assert not any(serves_purpose(made, purpose) for purpose in SignaturePurpose)


async def test_local_tls_certificate_is_in_no_register(nuc: RunningCountry) -> None:
    answer = await nuc.answer("is_nuc", "POST", "/api/v1/local-tls", json=request(keys.new_ec_key()))
    found = await nuc.answer("is_nuc", "GET", f"/api/v1/certificates/{answer.json()['thumbprint']}")
    assert found.status_code == 404


async def test_local_tls_refuses_what_is_no_request_or_too_weak(nuc: RunningCountry) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is the point
    for body, code in (
        ({"csr": "nothing"}, "csr-malformed"),
        (request(weak), "csr-key"),
        ({}, "request-malformed"),
        ({**request(keys.new_ec_key()), "names": ["bank.example.kz"]}, "request-malformed"),
    ):
        answer = await nuc.answer("is_nuc", "POST", "/api/v1/local-tls", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_local_tls_of_a_closed_counter_certifies_nobodys_machine(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    closed = {"EGOV_ISSUES_TO_PEOPLE": "false"}
    folder = tmp_path_factory.mktemp("closed")
    async with running(folder, names=("is_nuc",), environment=closed) as country:
        answer = await country.answer("is_nuc", "POST", "/api/v1/local-tls", json=request(keys.new_ec_key()))
    assert (answer.status_code, answer.json()["code"]) == (403, "counter-closed")
