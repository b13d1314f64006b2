"""Applications by the portal before instant clerks: granted, and shown in the cabinet; also by people whose
ИИН tells no date of birth, or the date of somebody else: the register's date is what counts.
"""

from __future__ import annotations

import pytest

from shared.contracts.population import SyntheticPerson, odd_people
from shared.regulations.forms.valid_form import make_valid_form
from tests.journeys.all_processes import Way, apply, settled, ways
from tests.journeys.centre import Centre
from tests.journeys.kit import PASSWORD, Citizen, RunningCountry, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

GROWN_UP = [person for person in odd_people() if person.birth_date.year < 1900]
CHILDREN = [person for person in odd_people() if person.birth_date.year > 1900]


@pytest.mark.parametrize("way", [way for way in ways("portal") if way.is_granted], ids=str)
async def test_instant_clerks_bring_an_application_by_portal_to_its_result(
    brisk_country: RunningCountry, way: Way
) -> None:
    """What the journal says of each process, and refusals: tests/journeys/people."""
    citizen = await brisk_country.citizen()
    case = await apply(citizen, way)
    assert (await settled(citizen, case))["outcome"] == "positive"
    assert (await citizen.portal.get_output(case))["document"]["application_id"] == case


async def odd_newcomer(country: RunningCountry, person: SyntheticPerson) -> Citizen:
    citizen = Citizen(person, await country.certify(person), country.portal())
    await citizen.portal.register_citizen(person.iin, PASSWORD)
    await citizen.portal.log_in(person.iin, PASSWORD)
    return citizen


@pytest.mark.parametrize("person", GROWN_UP, ids=lambda person: person.iin)
async def test_citizen_whose_number_tells_no_date_is_served_like_everybody(
    brisk_country: RunningCountry, person: SyntheticPerson
) -> None:
    citizen = await odd_newcomer(brisk_country, person)
    case = await citizen.apply()
    served = await citizen.is_served(case)
    assert served["outcome"] == "positive"
    assert (await citizen.portal.get_output(case))["document"]["applicant"] == person.iin


async def test_queue_to_a_kindergarten_takes_a_child_by_the_date_of_the_register(
    brisk_country: RunningCountry,
) -> None:
    citizen, garden = await brisk_country.citizen(), Way("KZ-YUZ.1", "portal", "main", is_granted=True)
    authority, good = (
        garden.passport.directories.departments[0].code,
        make_valid_form(garden.passport, citizen.person.iin, garden.channel),
    )
    for child in CHILDREN:
        draft = await citizen.portal.draft_application(
            garden.regulation, authority, {**good, "child_iin": child.iin}
        )
        filed = await citizen.portal.submit_application(citizen.sign(draft))
        assert (await citizen.portal.get_application(filed["id"]))["regulation"] == garden.regulation
    for person in GROWN_UP:
        late = await refused(
            citizen.portal.draft_application(garden.regulation, authority, {**good, "child_iin": person.iin})
        )
        assert (late.status, late.code) == (403, "not-entitled"), person.iin


@pytest.mark.parametrize(("regulation", "channel"), [("KZ-ATY.6", "con"), ("KZ-AKM.2", "provider")])
async def test_window_takes_a_child_by_the_date_of_the_register(
    brisk_country: RunningCountry, regulation: str, channel: str
) -> None:
    centre = await Centre.of(brisk_country, regulation, channel)
    case = await centre.takes_in(brisk_country.stranger().iin, fields={"child_iin": CHILDREN[1].iin})
    assert case["correlation_id"]
    grown_up = {**centre.papers(brisk_country.stranger().iin), "fields": {"child_iin": GROWN_UP[0].iin}}
    assert (await refused(centre.desk.post("/api/v1/applications", grown_up))).code == "not-entitled"
