"""Every regulation in every channel and variant: applications, and cases followed to their end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from shared.client import PortalClient, WorkplaceClient
from shared.contracts.cases import StepDone
from shared.contracts.documents import read_output
from shared.contracts.population import SyntheticPerson
from shared.pki.cms import signed_data
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph
from shared.regulations.process.process_state import ProcessState
from shared.workplace.people.offices import offices_of_kind
from shared.workplace.registers.payment_orders import is_paying_service
from tests.journeys.kit import Citizen, RunningCountry, eventually

SYSTEMS = (
    "is_mio", "is_con", "is_esobes", "is_rynok_truda", "gbd_elicense", "arm_shep", "arm_rshep",
)  # fmt: skip
GATEWAYS = ("shep_gateway", "rshep_akm", "rshep_aty", "rshep_sev", "rshep_yuz")
PLACES_OF_END = ("is_con", "is_mio")
"""Each case that began in person ends at one of these systems."""


PAPERS = [{"name": "гарантия.pdf", "media_type": "application/pdf", "content": "cGFwZXI="}]
"""The documents that a citizen sends when the act waits for them."""


PAID = {("executed", None), ("rejected", "account-closed")}


@dataclass(frozen=True)
class Way:
    """One channel and variant of a regulation, and whether the applicant is granted or refused."""

    regulation: str
    channel: str
    variant: str
    is_granted: bool

    def __str__(self) -> str:
        variant = "" if self.variant == "main" else f" {self.variant}"
        return f"{self.regulation} {self.channel}{variant} {'granted' if self.is_granted else 'refused'}"

    @property
    def passport(self) -> Passport:
        return book().get_passport(self.regulation)

    @property
    def graph(self) -> ProcessGraph:
        return book().get_graph(self.regulation, self.channel, self.variant)


@cache
def book() -> PassportBook:
    return PassportBook.load()


def ways(*channels: str) -> Iterator[Way]:
    """Every way of these channels; refused only where a refusal is possible."""
    for passport, graph in book().all_graphs():
        if graph.channel in channels:
            yield Way(passport.id, graph.channel, graph.variant, is_granted=True)
            if any("refused" in node.chooses or node.op == "decide" for node in graph.nodes):
                yield Way(passport.id, graph.channel, graph.variant, is_granted=False)


async def take_in(country: RunningCountry, way: Way, applicant: SyntheticPerson, **told_besides: Any) -> str:
    """Have an employee take in an application in person, with these members besides; returns the case's id."""
    instance = "is_con" if way.channel == "con" else "is_mio"
    place = await desk_of(country, instance, way)
    told = await place.post(
        "/api/v1/applications",
        {
            "regulation": way.regulation,
            "channel": way.channel,
            "variant": way.variant,
            "applicant": applicant.iin,
            "fields": make_valid_form(way.passport, applicant.iin, way.channel),
            **told_besides,
        },
    )
    return str(told["correlation_id"])


async def check_paid(country: RunningCountry, way: Way, case: str) -> None:
    """Check that ГЦВП got the one order of a granted case whose service pays, and executed the order unless the
    applicant's account is closed.
    """
    count = int(way.is_granted and is_paying_service(way.passport, way.variant))
    rows = await eventually(
        lambda: country.operator("gcvp").get("/api/v1/payments", case=case), lambda rows: len(rows) == count
    )
    assert all((row["state"], row["code"]) in PAID for row in rows)


async def check_held(country: RunningCountry, way: Way, case: str, applicant: SyntheticPerson) -> None:
    """Check that the office of the applicant has the signed result of a granted case, with its number: clause 3 of
    every act promises a result.
    """
    assert way.passport.results
    desk = await desk_of(country, "is_con" if way.channel == "con" else "is_mio", way)
    told = await eventually(lambda: desk.get_case(case), lambda row: bool(row["outcome"] and row["number"]))
    assert told["outcome"] == ("positive" if way.is_granted else "negative")
    if way.is_granted:
        signed_document = (await desk.call("GET", f"/api/v1/cases/{case}/output")).content
        document = read_output(signed_data.open_signed(signed_document).content)
        held = (document.regulation, document.applicant, document.number, document.outcome, document.reason)
        assert held == (way.regulation, applicant.iin, told["number"], "positive", None)


async def desk_of(country: RunningCountry, instance: str, way: Way) -> WorkplaceClient:
    """An employee who may take the first step of this channel, logged in."""
    staff = await country.operator(instance).get("/api/v1/employees")
    first = way.graph.get_node(way.graph.start_nodes[0])
    assert first.office is not None
    codes = {one.code for one in offices_of_kind(way.passport, first.office)}
    someone = next(one for one in staff if one["authority"] in codes and one["role"] in first.roles)
    return await country.works_as(instance, someone["iin"])


async def journal(
    country: RunningCountry,
    case: str,
    portal: PortalClient | None = None,
    instances: Iterable[str] = (*SYSTEMS, *GATEWAYS),
) -> list[StepDone]:
    """The steps known to these systems together, each once, at its earliest reported time.

    With ``portal``, where the citizen is logged in, also the steps known to the portal.
    """
    found: dict[tuple[str, int], StepDone] = {}
    if portal is not None:
        for row in await portal.list_steps(case):
            step = StepDone.model_validate({name: row.get(name) for name in ("step", "at", "by", "answer", "lap")})
            found[step.step, step.lap] = step
    for instance in instances:
        for row in await country.operator(instance).get(f"/api/v1/cases/{case}/steps"):
            step = StepDone.model_validate(row)
            known = found.setdefault((step.step, step.lap), step)
            if step.at < known.at:
                found[step.step, step.lap] = step
    return list(found.values())


async def ended(
    country: RunningCountry, way: Way, case: str, portal: PortalClient | None = None
) -> tuple[Any, list[StepDone]]:
    """Wait for the end of a case: the end by the steps of all systems, and the whole journal."""

    async def seen_from(*instances: str) -> ProcessState:
        return ProcessState(way.graph, await journal(country, case, portal, instances))

    if portal is None:  # asking a dozen systems again and again would hold them up
        await eventually(lambda: seen_from(*PLACES_OF_END), lambda known: known.end_node is not None)
    everywhere = (*SYSTEMS, *GATEWAYS)
    done = await eventually(lambda: seen_from(*everywhere), lambda known: known.end_node is not None)
    return done.end_node, list(done.done_steps)


async def apply(citizen: Citizen, way: Way) -> str:
    """Apply by the portal; returns the application's id."""
    authority = way.passport.directories.departments[0].code
    fields = make_valid_form(way.passport, citizen.person.iin, way.channel)
    variant = None if way.variant == "main" else way.variant
    return str(
        (await citizen.portal.apply_for_service(citizen.signer, way.regulation, authority, fields, variant))["id"]
    )


async def settled(citizen: Citizen, case: str) -> Any:
    """Wait for the decision of the application; the citizen agrees to every question on the way."""

    async def look() -> Any:
        for asked in await citizen.portal.get_open_question(case):
            if asked["papers"]:
                await citizen.portal.send_papers(case, asked["step"], PAPERS, citizen.signer.sign)
            else:
                await citizen.portal.answer_question(case, asked["step"], "met")
        return await citizen.portal.get_application(case)

    return await eventually(look, lambda told: told["outcome"] is not None)
