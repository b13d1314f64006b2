"""A service centre for a visitor and its operator, and the employees of the provider who handle a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.client import WorkplaceClient
from shared.contracts.population import SyntheticPerson
from shared.regulations.forms.valid_form import make_valid_form
from tests.journeys.all_processes import Way, desk_of
from tests.journeys.kit import RunningCountry, eventually
from tests.journeys.step_records import fill_record

PAPERS = [{"name": "справка с места учёбы.pdf", "media_type": "application/pdf", "content": "cGFwZXI="}]


@dataclass
class Centre:
    """The operator of a centre, with one way of one regulation."""

    country: RunningCountry
    way: Way
    desk: WorkplaceClient
    instance: str = "is_con"

    @classmethod
    async def of(
        cls, country: RunningCountry, regulation: str, channel: str = "con", variant: str = "main"
    ) -> Centre:
        way = Way(regulation, channel, variant, is_granted=True)
        instance = "is_con" if channel == "con" else "is_mio"
        return cls(country, way, await desk_of(country, instance, way), instance)

    def papers(self, iin: str, **other: Any) -> dict[str, Any]:
        """The operator's input when a visitor hands in documents."""
        return {
            "regulation": self.way.regulation,
            "channel": self.way.channel,
            "variant": self.way.variant,
            "applicant": iin,
            "fields": make_valid_form(self.way.passport, iin, self.way.channel),
            **other,
        }

    async def takes_in(self, iin: str, **other: Any) -> Any:
        return await self.desk.post("/api/v1/applications", self.papers(iin, **other))

    async def begun(self, person: SyntheticPerson, **other: Any) -> str:
        """Take in a case; returns its id."""
        return str((await self.takes_in(person.iin, **other))["correlation_id"])

    async def step(self, case: str, step: str, **answer: Any) -> Any:
        return await self.desk.post(f"/api/v1/cases/{case}/steps/{step}", answer)

    async def about(self, case: str, what: str) -> Any:
        return await self.desk.get(f"/api/v1/cases/{case}/{what}")

    async def waiting(self, case: str) -> set[str]:
        """The steps that wait at the centre."""
        return {one["step"] for one in await self.about(case, "todo") if one["is_here"]}

    async def waits_for(self, case: str, step: str) -> None:
        await eventually(lambda: self.waiting(case), lambda found: step in found)

    async def ended(self, case: str) -> Any:
        """The case once the centre has nothing left to do."""
        return await eventually(lambda: self.desk.get_case(case), lambda told: told["stage"] == "completed")


async def worked_off(country: RunningCountry, way: Way, case: str, until: str, centre: Centre) -> None:
    """Let the provider's employees take their steps until ``until`` waits at the centre."""
    staff = await country.operator("is_mio").get("/api/v1/employees")
    places = {one.code for one in way.passport.directories.departments}
    people = [one for one in staff if one["authority"] in places]

    async def go_on() -> bool:
        if until in await centre.waiting(case):
            return True
        if not await country.operator("is_mio").get(f"/api/v1/cases/{case}/steps"):
            return False
        for one in people:
            desk = await country.works_as("is_mio", one["iin"])
            if (await desk.call("GET", "/api/v1/cases")).json() and await _take_one(desk, case, one):
                return False
        return False

    await eventually(go_on, bool)


async def _take_one(desk: WorkplaceClient, case: str, one: Any) -> bool:
    if not any(row["correlation_id"] == case for row in await desk.list_cases()):
        return False
    for todo in await desk.get(f"/api/v1/cases/{case}/todo"):
        if todo["is_here"] and todo["actor"] and one["role"] in todo["roles"]:
            answer = {"answer": todo["choose"][0]} if todo["choose"] else {}
            record = fill_record(todo, applicant="")
            await desk.post(f"/api/v1/cases/{case}/steps/{todo['step']}", {**answer, **record})
            return True
    return False
