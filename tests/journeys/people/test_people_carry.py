"""People carry every case of every act, granted and refused, and the citizen holds at the end what it promises.

The steps and their people come from the acts' words (``acts``). At each step a colleague whom the act does not
name and a person of another office are refused.
"""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.documents import OutputDocument, read_output
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from shared.regulations.process.conformance import check_conformance
from tests.journeys.all_processes import Way, check_paid, ended, ways
from tests.journeys.kit import RunningCountry, eventually
from tests.journeys.people.acts import steps_of_people
from tests.journeys.people.carriers import REASON, CaseCarrier, read_staff
from tests.journeys.people.promises import is_promised

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

WAYS = list(ways("provider", "con", "portal", "akim"))


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_people_of_the_act_carry_the_case_to_what_the_act_promises(
    country: RunningCountry, way: Way
) -> None:
    staff = await read_staff(country, {step.instance for step in steps_of_people(way)})
    is_by_portal = way.channel == "portal"
    citizen = await country.citizen(is_even=way.is_granted) if is_by_portal else None
    person = citizen.person if citizen is not None else country.stranger(is_even=way.is_granted)
    carrier = CaseCarrier(country, way, staff, person, citizen)
    await carrier.begin()
    await carrier.carry_on()
    await carrier.is_settled()
    if way.is_granted:
        assert carrier.remaining == [], "the act gives these steps to people, and nobody could take them"
        await check_granted(carrier)
        await check_paid(country, way, carrier.case)
    else:
        assert carrier.refused_at is not None, "nobody could refuse"
        await check_refused(carrier)
    await check_journal(carrier)


async def check_journal(carrier: CaseCarrier) -> None:
    """The steps that all systems know end as the case did, and keep to the act's order, holders and times."""
    portal = carrier.citizen.portal if carrier.citizen is not None else None
    end, steps = await ended(carrier.country, carrier.way, carrier.case, portal)
    assert end.end == ("completed" if carrier.way.is_granted else "refused")
    assert check_conformance(carrier.way.graph, steps) == []


async def check_granted(carrier: CaseCarrier) -> None:
    document, signer = await hold_document(carrier)
    promised = {
        one.text for one in carrier.way.passport.results if not one.variants or carrier.way.variant in one.variants
    }
    assert document.outcome == "positive"
    assert document.result in promised
    assert is_promised(document.regulation, document.result)
    seals = [step for step in carrier.taken if step.op in ("approve", "sign") and step.instance != "is_con"]
    if seals:
        assert signer in {carrier.staff[step.instance, step.office, step.role] for step in seals}


async def check_refused(carrier: CaseCarrier) -> None:
    assert carrier.refused_at is not None
    if carrier.refused_at.instance == "is_con" and carrier.way.channel == "con":
        person = await carrier._person(carrier.refused_at)
        receipts = await person.get(f"/api/v1/cases/{carrier.case}/receipts")
        assert any(one["kind"] in ("missing", "refused") for one in receipts)
        return
    document, signer = await hold_document(carrier)
    assert (document.outcome, document.reason) == ("negative", REASON)
    people = {carrier.staff[step.instance, step.office, step.role] for step in carrier.taken}
    assert signer in people


async def hold_document(carrier: CaseCarrier) -> tuple[OutputDocument, str]:
    """The document that the citizen gets at the portal or at the office that was applied to, and its signer."""

    async def fetch() -> Any:
        if carrier.citizen is not None:
            portal = carrier.citizen.portal
            told = await portal.get_application(carrier.case)
            return await portal.get_output_cms(carrier.case) if told["outcome"] else None
        person = await carrier._person(carrier.taken[0])
        held = await person.get_case(carrier.case)
        if not (held["outcome"] and held["number"]):
            return None
        return (await person.call("GET", f"/api/v1/cases/{carrier.case}/output")).content

    opened = signed_data.open_signed(await eventually(fetch, lambda content: content is not None, 10))
    document = read_output(opened.content)
    assert (document.regulation, document.applicant) == (carrier.way.regulation, carrier.applicant.iin)
    assert document.number
    return document, signer_info(opened.certificate).iin or ""
