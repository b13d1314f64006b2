"""``GbdulInfoByBin_v2``: a signed document as text inside a signed envelope, by two keys of one system."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.client.enrolment import pem_text
from shared.pki.xml.xmldsig import sign_enveloped
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.integrators.calls import ProviderAnswer, send
from tests.journeys.kit import LIVING, RunningCountry

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE = "GbdulInfoByBin_v2"
REQUESTOR = "990140000017"


@dataclass(frozen=True)
class BusinessKey:
    """A second key of a system, for its documents."""

    key: keys.PrivateKey
    certificate: x509.Certificate

    def sign(self, document: bytes) -> bytes:
        return sign_enveloped(document, self.key, self.certificate)


@dataclass(frozen=True)
class Asker:
    """A system with the key of its transport and the key of its documents."""

    country: RunningCountry
    system: JoinedSystem
    business: BusinessKey

    async def ask(self, document: bytes) -> ProviderAnswer:
        data = (
            '<data xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
            f' xsi:type="xs:string">{escape(document.decode())}</data>'
        )
        return await send(self.country, self.system, SERVICE, data)


async def certify(country: RunningCountry, address: str) -> BusinessKey:
    nuc, key = country.operator("is_nuc"), keys.new_ec_key()
    invitation = await nuc.post(f"/api/v1/invitations/{address}")
    csr = make_csr(key, profile.system_subject("2.999", address, organisation="test", bin_="000000000000"))
    body = {"address": address, "token": invitation["token"], "csr": pem_text(csr)}
    issued = await nuc.post("/api/v1/systems", body)
    return BusinessKey(key, x509.load_pem_x509_certificate(issued["certificate"].encode()))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[Asker]:
    system = await join(country, "company-asker", asks=[SERVICE])
    yield Asker(country, system, await certify(country, "company-asker"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def branch(country: RunningCountry) -> AsyncIterator[Any]:
    rows = await country.operator("gbd_ul").get("/api/v1/organisations", limit=200)
    yield next(row for row in rows if row["head_bin"])


def draft(bin_: str, requestor: str = REQUESTOR) -> bytes:
    return (
        '<gbd:Request xmlns:gbd="http://gbdulinfobybin_v2.egp.gbdul.tamur.kz">'
        f"<RequestorBIN>{requestor}</RequestorBIN><BIN>{bin_}</BIN></gbd:Request>"
    ).encode()


async def test_register_tells_an_organisation_its_branches_and_the_head_of_a_branch(
    asker: Asker, branch: Any
) -> None:
    of_branch = await asker.ask(asker.business.sign(draft(branch["bin"])))
    assert (of_branch.code, of_branch.find("FullNameRu")) == ("SCSS001", branch["name_ru"])
    assert of_branch.data.findtext(".//HeadOrganization/BIN") == branch["head_bin"]
    of_head = await asker.ask(asker.business.sign(draft(branch["head_bin"])))
    assert of_head.data.findtext(".//Branches/Branch/BIN") == branch["bin"]
    assert of_head.data.findtext(".//Organization/RegStatus/Code") == "registered"
    assert of_head.data.findtext(".//Status/Code") == "000"


async def test_document_with_an_absent_wrong_or_foreign_signature_has_the_code_of_its_fault(
    country: RunningCountry, asker: Asker, branch: Any
) -> None:
    signed = asker.business.sign(draft(branch["bin"]))
    changed = signed.replace(branch["bin"].encode(), branch["head_bin"].encode())
    stranger = await certify(country, "company-stranger")
    citizen = (await country.newcomer()).signer
    by_citizen = sign_enveloped(draft(branch["bin"]), citizen.key, citizen.certificate)
    documents = (draft(branch["bin"]), changed, stranger.sign(draft(branch["bin"])), by_citizen)
    answers = [await asker.ask(document) for document in documents]
    assert [(answer.code, answer.reason) for answer in answers] == [
        ("SCE017", "eds-missing"),
        ("SCE016", "eds-signature-invalid"),
        ("SCE016", "eds-bin-mismatch"),
        ("SCE016", "eds-purpose"),
    ]
    assert [answer.find("Organization") for answer in answers] == [None] * 4


async def test_document_by_a_revoked_certificate_is_stale(
    country: RunningCountry, asker: Asker, branch: Any
) -> None:
    revoked = await certify(country, asker.system.address)
    await country.revoke(revoked.certificate)
    answer = await asker.ask(revoked.sign(draft(branch["bin"])))
    assert (answer.code, answer.reason) == ("SCE015", "eds-revoked")


async def test_unknown_and_faulty_numbers_are_told_apart(asker: Asker) -> None:
    unknown = await asker.ask(asker.business.sign(draft("200140000014")))
    faulty = await asker.ask(asker.business.sign(draft("990140000018")))
    missing = await asker.ask(asker.business.sign(b"<a><BIN>990140000017</BIN></a>"))
    assert (unknown.code, unknown.reason) == ("SCSE001", "organisation-unknown")
    assert (faulty.code, faulty.reason) == ("SCSE002", "bin-check-digit")
    assert (missing.code, missing.reason) == ("SCSE002", "organisation-request-malformed")


async def test_document_that_is_not_text_of_the_data_is_refused(country: RunningCountry, asker: Asker) -> None:
    signed = asker.business.sign(draft("990140000017")).decode()
    answers = await asyncio.gather(
        send(country, asker.system, SERVICE, f"<data>{signed}</data>"),
        send(country, asker.system, SERVICE, "<data>not XML</data>"),
    )
    assert [(answer.code, answer.reason) for answer in answers] == [
        ("SCSE002", "organisation-request-malformed"),
        ("SCSE002", "xml-malformed"),
    ]


async def employee_of(country: RunningCountry, organisation: Any) -> BusinessKey:
    """A key with which an employee of an organisation of the register signs, from НУЦ's operator."""
    body = {
        "iin": LIVING[20].iin,
        "password": "p",
        "key": "ec",
        "organisation": organisation["name_ru"],
        "bin": organisation["bin"],
    }
    container = await country.operator("is_nuc").call("POST", "/api/v1/containers/employees", json=body)
    key, certificate, _ = load_key_and_certificates(container.content, b"p")
    assert isinstance(key, EllipticCurvePrivateKey)
    assert certificate is not None
    return BusinessKey(key, certificate)


async def test_employee_signs_for_the_own_organisation_alone(
    country: RunningCountry, asker: Asker, branch: Any
) -> None:
    employee = await employee_of(country, branch)
    own = await asker.ask(employee.sign(draft(branch["head_bin"], requestor=branch["bin"])))
    foreign = await asker.ask(employee.sign(draft(branch["head_bin"], requestor=REQUESTOR)))
    assert (own.code, own.data.findtext(".//Organization/BIN")) == ("SCSS001", branch["head_bin"])
    assert (foreign.code, foreign.reason) == ("SCE016", "eds-bin-mismatch")
