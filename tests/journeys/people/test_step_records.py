"""The documents that people make in the steps of a case, as the workplace and the evidence show them."""

from __future__ import annotations

import json
from base64 import b64decode
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from cryptography import x509
from lxml import etree

from shared.client import WorkplaceClient
from shared.contracts.documents import StepRecordDocument, read_step_record
from shared.evidence.bundle_check import verify_bundle
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from tests.journeys.all_processes import Way
from tests.journeys.kit import RunningCountry, eventually, refused
from tests.journeys.people.acts import steps_of_people
from tests.journeys.people.carriers import CaseCarrier, read_staff

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def carry(country: RunningCountry, way: Way, **people: Any) -> CaseCarrier:
    """Let the people of the act carry a case of a visitor to its end."""
    staff = await read_staff(country, {step.instance for step in steps_of_people(way)})
    visitor = people.get("visitor")
    person = visitor.person if visitor is not None else country.stranger()
    carrier = CaseCarrier(country, way, staff, person, **people)
    await carrier.begin()
    await carrier.carry_on()
    await carrier.is_settled()
    return carrier


async def worker(carrier: CaseCarrier, role: str) -> WorkplaceClient:
    step = next(step for step in carrier.taken if step.role == role)
    return await carrier._person(step)


async def read_record(desk: WorkplaceClient, path: str) -> tuple[StepRecordDocument, str]:
    """A record from the workplace, and the ИИН of the person who signed it."""
    opened = signed_data.open_signed((await desk.call("GET", path)).content)
    return read_step_record(opened.content), signer_info(opened.certificate).iin or ""


async def test_citizen_signs_the_journal_with_the_own_key_when_the_result_is_handed_out(
    country: RunningCountry,
) -> None:
    visitor = await country.newcomer()
    carrier = await carry(country, Way("KZ-AKM.3", "provider", "main", is_granted=True), visitor=visitor)
    office = await worker(carrier, "office")
    documents = await office.get(f"/api/v1/cases/{carrier.case}/documents")
    assert [one["kind"] for one in documents][-2:] == ["output", "journal"]
    assert "accepted" in {one["kind"] for one in documents}, "the расписка of the first step"
    entry, signer = await read_record(office, documents[-1]["path"])
    assert signer == carrier.staff["is_mio", carrier.taken[-1].office, "office"]
    taken = signed_data.open_signed(b64decode(entry.recipient_signature or ""))
    assert signer_info(taken.certificate).iin == visitor.person.iin
    assert json.loads(taken.content)["number"] == entry.case_number


async def test_register_of_a_centre_is_printed_with_its_bar_code_and_stands_in_the_evidence(
    country: RunningCountry,
) -> None:
    carrier = await carry(country, Way("KZ-ATY.19", "con", "card", is_granted=True))
    storage = await worker(carrier, "storage-worker")
    documents = {one["kind"]: one for one in await storage.get(f"/api/v1/cases/{carrier.case}/documents")}
    step = next(step for step in carrier.taken if step.role == "storage-worker")
    maker = carrier.staff[step.instance, step.office, step.role]
    register, _ = await read_record(storage, documents["register"]["path"])
    arrival, _ = await read_record(storage, documents["arrival"]["path"])
    assert register.bar_code in {line.value for line in arrival.lines}
    for language, word in (("ru", "Реестр документов"), ("kk", "Құжаттар тізілімі")):
        page = await storage.call("GET", f"/api/v1/receipts/{register.number}/page?lang={language}")
        assert word in page.text
        assert f"<title>{register.bar_code}</title>" in page.text
        assert documents["register"]["signer"] in str(etree.HTML(page.text).xpath("string()"))
    sent = await gather_records(country, carrier.case, count=2)
    assert sent == [(maker, register), (maker, arrival)], "the arrival comes after the provider's last message"


async def test_survey_of_a_family_travels_to_the_centre_with_the_result(country: RunningCountry) -> None:
    carrier = await carry(country, Way("KZ-AKM.7", "con", "main", is_granted=True))
    member = next(step for step in carrier.taken if step.role == "commission")
    desk = await carrier._person(member)
    documents = {one["kind"]: one for one in await desk.get(f"/api/v1/cases/{carrier.case}/documents")}
    survey, signer = await read_record(desk, documents["survey"]["path"])
    assert signer == carrier.staff[member.instance, member.office, member.role]
    bundle = await country.operator("shep_gateway").call("GET", f"/api/v1/cases/{carrier.case}/evidence")
    assert (signer, survey) in records_of(bundle.content)
    centre = await carrier._person(carrier.taken[0])
    error = await refused(centre.get(f"/api/v1/cases/{carrier.case}/records/{survey.number}"))
    assert error.code == "receipt-unknown", "a survey stays with those who made it, and with the case's messages"


async def gather_records(country: RunningCountry, case: str, count: int) -> list[tuple[str, StepRecordDocument]]:
    """The records in the evidence of a case, once there are so many; the bundle is verified by the root of НУЦ."""
    gateway = country.operator("shep_gateway")

    async def gather() -> list[tuple[str, StepRecordDocument]]:
        bundle = (await gateway.call("GET", f"/api/v1/cases/{case}/evidence")).content
        verdict = verify_bundle(bundle, x509.load_pem_x509_certificate(country.anchors()))
        assert (verdict.fault, verdict.case_id) == (None, case)
        return records_of(bundle)

    return await eventually(gather, lambda records: len(records) >= count)


def records_of(bundle: bytes) -> list[tuple[str, StepRecordDocument]]:
    """The records in the messages of an evidence bundle, each with its signer."""
    found = []
    with ZipFile(BytesIO(bundle)) as container:
        for name in container.namelist():
            if name.startswith("messages/") and name.endswith(".json"):
                for record in json.loads(container.read(name))["messageData"]["data"].get("records", ()):
                    opened = signed_data.open_signed(b64decode(record))
                    found.append((signer_info(opened.certificate).iin or "", read_step_record(opened.content)))
    return found
