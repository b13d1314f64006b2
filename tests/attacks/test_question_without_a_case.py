"""Threat: a member queries ИС ЦГО about people who have nothing to do with the member.

Every workplace has the right to query a citizen. Each rogue below is such a member, with its own key and
certificate; ИС ЦГО may answer only if the member takes part in the case that the query names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.bus.messages.message import MessageInfo, MessageType, make_properties
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts import addresses
from shared.contracts.cases import CASE, CHANNEL, REGULATION, VARIANT
from shared.contracts.registers import CITIZEN_SERVICE, CitizenKind, CitizenQuery
from tests.attacks.test_member_in_anothers_case import is_refused, turned_bad
from tests.journeys.kit import RunningCountry, eventually
from tests.journeys.rogue import Rogue

pytestmark = pytest.mark.asyncio(loop_scope="session")

VICTIMS = {REGULATION: "KZ-YUZ.3", CHANNEL: "portal", "region": "KZ-YUZ"}
OWN = {REGULATION: "KZ-ATY.2", CHANNEL: "portal", VARIANT: "employer-issue", "region": "KZ-ATY"}
"""A process in which «Е-лицензирование» takes steps, and which begins at the portal."""
WINDOW = {REGULATION: "KZ-AKM.2", CHANNEL: "con", "region": "KZ-AKM"}
"""A process that begins at a centre's window, with ИС МИО as its provider."""


async def ask_about(
    rogue: Rogue, iin: str, process: Mapping[str, str], *, case: str | None, data_case: str | None
) -> MessageInfo:
    """Ask for every document of a person, with one case in the envelope and one in the data."""
    named = {CASE: case, **{name: process[name] for name in process if name != "region"}} if case else {}
    properties = make_properties({name: value for name, value in named.items() if value})
    info = rogue.info(CITIZEN_SERVICE, MessageType.REQUEST, route_id=process["region"], properties=properties)
    regulation = process[REGULATION] if data_case else None
    query = CitizenQuery(iin=iin, kinds=tuple(CitizenKind), case=data_case, regulation=regulation)
    await rogue.send(rogue.sealed(info, query))
    return info


async def is_told_nothing(country: RunningCountry, info: MessageInfo, iin: str, code: str) -> None:
    """ИС ЦГО refused the query with this code, and neither answered nor journaled the query."""
    rows = await eventually(
        lambda: country.operator("shep_gateway").list_deliveries(correlation_id=info.correlation_id),
        lambda deliveries: bool(deliveries) and deliveries[0]["state"] != "ON_DELIVERY",
    )
    assert [(row["recipient"], row["error_code"]) for row in rows] == [(addresses.CGO, code)]
    assert await questions(country, iin) == []


async def questions(country: RunningCountry, iin: str) -> Any:
    return await country.operator("is_cgo").get("/api/v1/questions", iin=iin)


async def test_member_that_names_no_case_is_told_nothing(country: RunningCountry) -> None:
    iin, rogue = country.stranger().iin, turned_bad(country, addresses.ELICENSE)
    info = await ask_about(rogue, iin, OWN, case=None, data_case=None)
    await is_told_nothing(country, info, iin, "case-missing")
    info = await ask_about(rogue, iin, OWN, case=None, data_case=random_id())
    await is_told_nothing(country, info, iin, "case-not-attested")


@pytest.mark.parametrize(("process", "code"), [(VICTIMS, "not-a-participant"), (OWN, "case-mismatch")])
async def test_member_that_names_anothers_case_is_refused_by_the_gateway(
    country: RunningCountry, process: dict[str, str], code: str
) -> None:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await country.arrived(case)
    rogue = turned_bad(country, addresses.ELICENSE)
    info = await ask_about(rogue, citizen.person.iin, process, case=case, data_case=case)
    await is_refused(country, info, code)
    assert await questions(country, citizen.person.iin) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "not-a-participant"),
        ({CHANNEL: "fax"}, "case-mismatch"),
        ({"region": "KZ-AKM"}, "case-mismatch"),
        ({REGULATION: "KZ-ATY.99"}, "regulation-unknown"),
    ],
    ids=lambda value: str(value),
)
async def test_member_that_invents_a_case_of_the_portal_is_refused_by_the_gateway(
    country: RunningCountry, change: dict[str, str], code: str
) -> None:
    iin, case = country.stranger().iin, random_id()
    rogue = turned_bad(country, addresses.ELICENSE)
    info = await ask_about(rogue, iin, OWN | change, case=case, data_case=case)
    await is_refused(country, info, code)
    assert await questions(country, iin) == []


async def test_member_with_a_case_of_its_own_is_told_nothing_for_another(country: RunningCountry) -> None:
    iin, rogue = country.stranger().iin, turned_bad(country, addresses.CON)
    info = await ask_about(rogue, iin, WINDOW, case=random_id(), data_case=random_id())
    await is_told_nothing(country, info, iin, "case-not-attested")


async def test_case_that_a_centre_takes_in_is_nobody_elses(country: RunningCountry) -> None:
    """ИС ЦОН asks before the application goes on; from then on the case's identifier belongs to the case."""
    iin, case = country.stranger().iin, random_id()
    asked = await ask_about(turned_bad(country, addresses.CON), iin, WINDOW, case=case, data_case=case)
    rows = await eventually(lambda: questions(country, iin), lambda told: bool(told))
    assert [(row["asker"], row["case"]) for row in rows] == [(addresses.CON, case)]
    outsider = turned_bad(country, addresses.ARM_SHEP)
    info = await ask_about(outsider, iin, WINDOW, case=case, data_case=case)
    await is_refused(country, info, "not-a-participant")
    info = await ask_about(outsider, iin, WINDOW, case=asked.correlation_id, data_case=asked.correlation_id)
    await is_refused(country, info, "case-mismatch")
    assert len(await questions(country, iin)) == 1
