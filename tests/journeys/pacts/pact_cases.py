"""Cases that make the systems send what the pacts speak of, and the messages that ШЭП carried meanwhile."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import select
from sqlmodel import col

from services.shep_gateway.storage import JournalRow
from services.tools.publishing.pacts.message_flows import MessageFlow
from shared.contracts.addresses import system_address
from shared.contracts.population import odd_people
from shared.regulations.forms.valid_form import make_valid_form
from tests.journeys.all_processes import Way, apply, settled, take_in
from tests.journeys.doors import join
from tests.journeys.integrators.calls import ask
from tests.journeys.integrators.consents import KDP, PERSONS, consent_fields, person_fields
from tests.journeys.kit import LIVING, RunningCountry

WAYS = (
    Way("KZ-AKM.1", "portal", "employer-issue", is_granted=True),
    Way("KZ-AKM.2", "provider", "main", is_granted=True),
    Way("KZ-AKM.2", "con", "main", is_granted=True),
    Way("KZ-AKM.5", "portal", "main", is_granted=True),
    Way("KZ-AKM.15", "portal", "main", is_granted=True),
    Way("KZ-ATY.2", "portal", "employer-issue", is_granted=True),
    Way("KZ-ATY.3", "portal", "main", is_granted=True),
    Way("KZ-ATY.4", "con", "main", is_granted=True),
    Way("KZ-ATY.9", "con", "main", is_granted=True),
    Way("KZ-ATY.9", "portal", "main", is_granted=True),
    Way("KZ-SEV.1", "provider", "main", is_granted=True),
    Way("KZ-YUZ.1", "provider", "main", is_granted=True),
    Way("KZ-YUZ.1", "con", "main", is_granted=True),
    Way("KZ-YUZ.1", "portal", "main", is_granted=True),
)
"""Ways in which every system sends each contract that the acts make it send."""


async def run_cases(country: RunningCountry) -> None:
    """Begin a case of each way, a case of a child, a case by a representative, and ask with a person's consent."""
    for way in WAYS:
        await _run_way(country, way)
    await _ask_about_a_child(country)
    await _come_for_another(country)
    await _ask_with_consent(country)


async def _run_way(country: RunningCountry, way: Way) -> None:
    if way.channel == "portal":
        citizen = await country.citizen()
        await settled(citizen, await apply(citizen, way))
    else:
        await take_in(country, way, country.stranger())


async def _ask_about_a_child(country: RunningCountry) -> None:
    garden, parent = Way("KZ-YUZ.1", "provider", "main", is_granted=True), country.stranger()
    child = next(person for person in odd_people() if person.birth_date.year > 1900)
    fields = {**make_valid_form(garden.passport, parent.iin, garden.channel), "child_iin": child.iin}
    await take_in(country, garden, parent, fields=fields)


async def _come_for_another(country: RunningCountry) -> None:
    alive = {person.iin: person for person in LIVING}
    powers = await country.operator("enis").get("/api/v1/powers")
    power = next(one for one in powers if not one["isRevoked"] and one["principalIin"] in alive)
    agent = {"iin": power["attorneyIin"], "power_number": power["number"]}
    allowance = Way("KZ-ATY.6", "con", "main", is_granted=True)
    await take_in(country, allowance, alive[power["principalIin"]], representative=agent)


async def _ask_with_consent(country: RunningCountry) -> None:
    asker = await join(country, "pact-asker", asks=[KDP, PERSONS])
    fields = person_fields(await ask(country, asker, KDP, consent_fields(asker)))
    await ask(country, asker, PERSONS, fields)


async def carried_messages(country: RunningCountry) -> Mapping[MessageFlow, bytes]:
    """One message of each flow between systems of the country, as its bytes lie in ШЭП's journal."""
    columns = (col(JournalRow.sender), col(JournalRow.recipients), col(JournalRow.body))
    query = select(*columns).where(col(JournalRow.body).is_not(None))
    rows = await country.runtime("shep_gateway").read(lambda session: session.execute(query).all())
    found: dict[MessageFlow, bytes] = {}
    for sender, recipients, body in rows:
        contract = str(json.loads(body)["messageData"]["contract"])
        for recipient in recipients.split():
            found[MessageFlow(system_address(sender), system_address(recipient), contract)] = body
    return found
