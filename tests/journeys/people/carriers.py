"""People who carry a case: each finds the case in the list of the office, and takes the step of the act."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from shared.client import WorkplaceClient
from shared.contracts.population import SyntheticPerson
from shared.regulations.forms.valid_form import make_valid_form
from tests.journeys.all_processes import PAPERS, Way
from tests.journeys.kit import Citizen, RunningCountry, eventually, refused
from tests.journeys.people.acts import PersonStep, steps_of_people
from tests.journeys.step_records import fill_record, read_bar_code

REFUSING = ("refused", "unmet", "incomplete")
AT_ONCE = ("login", "fill", "sign", "submit")
"""The operations of an employee while the applicant is present."""
AHEAD = 4
"""How far ahead of the act's order a step may come: rows of a table may be taken beside each other."""
PATIENCE = 10.0
"""Seconds until a step must have come to its person."""
REASON = "основания не подтвердились"

Post = tuple[str, str, str]
"""A workplace, an office and a role."""


async def read_staff(country: RunningCountry, instances: set[str]) -> dict[Post, str]:
    """The employees of these workplaces, by post."""
    return {
        (instance, row["authority"], row["role"]): row["iin"]
        for instance in sorted(instances)
        for row in await country.operator(instance).list_all("/api/v1/employees")
    }


@dataclass
class CaseCarrier:
    """One case: the steps of people that nobody took yet, and those that were taken, in the order of the act."""

    country: RunningCountry
    way: Way
    staff: dict[Post, str]
    applicant: SyntheticPerson
    citizen: Citizen | None = None
    visitor: Citizen | None = None
    """The applicant who comes in person and has an ЭЦП to sign the journal with; others sign on paper."""
    case: str = ""
    remaining: list[PersonStep] = field(default_factory=list)
    taken: list[PersonStep] = field(default_factory=list)
    refused_at: PersonStep | None = None

    async def begin(self) -> None:
        """Apply by the portal, or hand the papers in to the person whom the act names first."""
        self.remaining = steps_of_people(self.way)
        if self.citizen is not None:
            variant = None if self.way.variant == "main" else self.way.variant
            application = await self.citizen.portal.apply_for_service(
                self.citizen.signer, self.way.regulation, self._department(), self._form(), variant
            )
            self.case = str(application["id"])
            return
        first = self.remaining[0]
        papers = {
            "regulation": self.way.regulation,
            "channel": self.way.channel,
            "variant": self.way.variant,
            "applicant": self.applicant.iin,
            "fields": self._form(),
        }
        for colleague in self._colleagues(first):
            error = await refused(
                (await self._works(first.instance, colleague)).post("/api/v1/applications", papers)
            )
            assert error.code in ("role-refused", "not-taken-here"), (self.way, error.code)
        person = await self._person(first)
        view = await person.post("/api/v1/applications", papers)
        self.case = str(view["correlation_id"])
        await self._strike_done(first, person)

    async def carry_on(self) -> None:
        """Let people take their steps until the act gives them none that can be taken."""
        while self.remaining and not await self._is_over():
            step, todo = await eventually(self._find_next, lambda found: found is not None, PATIENCE)
            if step is None:
                return
            await self._take(step, todo)

    async def _find_next(self) -> Any:
        """The next step of the act that waits for its person, with what the workplace shows; ``(None, None)`` at
        the end of the case.
        """
        await self._answer_questions()
        for step in self.remaining[:AHEAD]:
            person = await self._person(step)
            if not await self._lists_case(person):
                continue
            shown = [one for one in await person.get(f"/api/v1/cases/{self.case}/todo") if one["is_here"]]
            for todo in shown:
                if step.is_shown_as(todo) and step.role in todo["roles"]:
                    return step, todo
        return (None, None) if await self._is_over() else None

    async def _take(self, step: PersonStep, todo: Any) -> None:
        person, path = await self._person(step), f"/api/v1/cases/{self.case}/steps/{todo['step']}"
        answer = self._answer(step, todo)
        is_window = step.op == "hand_over" and step.instance == "is_con"
        if is_window:
            path, answer = f"/api/v1/cases/{self.case}/hand-over", {"iin": self.applicant.iin}
        if todo["step"].endswith(":wait") and step.op == "offer":
            await self._offer_place(person)
            self._strike(step)
            return
        assert self._colleagues(step) or self._strangers(step), "nobody is there who could be turned away"
        for colleague in self._colleagues(step):
            error = await refused((await self._works(step.instance, colleague)).post(path, answer))
            assert error.code == "role-refused", (self.way, step, error.code)
        for stranger in self._strangers(step):
            error = await refused((await self._works(step.instance, stranger)).post(path, answer))
            assert error.code == "other-authority", (self.way, step, error.code)
        record = fill_record(todo, self.applicant.iin, await self._read_bar_code(person, todo))
        if record and not todo["step"].endswith(":wait"):
            error = await refused(person.post(path, {**answer, "reason": None} if "reason" in answer else answer))
            assert error.code in ("record-faulty", "reason-missing"), "nobody passes a step without its record"
        if self.visitor is not None and (todo["record"] or {}).get("recipient") == "applicant":
            record = await self._sign_journal(person, self.visitor)
        await person.post(path, {**answer, **record})
        if is_window or not todo["step"].endswith(":wait"):
            self._strike(step)

    async def _read_bar_code(self, person: WorkplaceClient, todo: Any) -> str | None:
        """What the scanner reads from the register that lies beside the papers."""
        is_scanned = (todo["record"] or {}).get("kind") == "arrival"
        return await read_bar_code(person, self.case) if is_scanned else None

    async def _sign_journal(self, person: WorkplaceClient, visitor: Citizen) -> dict[str, Any]:
        """The visitor reads what is handed over, and signs it."""
        statement = await person.call("GET", f"/api/v1/cases/{self.case}/hand-over/{visitor.person.iin}")
        cms = b64encode(visitor.sign(statement.content)).decode()
        fields = {"recipient": visitor.person.iin, "signature": "by-key"}
        return {"record": {"fields": fields, "recipient_cms": cms}}

    async def _offer_place(self, person: WorkplaceClient) -> None:
        """A place has become free, and is offered to the first in the queue: this applicant."""
        place = {"regulation": self.way.regulation, "organisation": "Детский сад № 7"}
        free = (await person.post("/api/v1/places", place))["id"]
        told = await person.post(f"/api/v1/places/{free}/offer", {})
        assert told["correlation_id"] == self.case

    def _answer(self, step: PersonStep, todo: Any) -> dict[str, Any]:
        choices = todo["choose"]
        negative = next((one for one in choices if one in REFUSING), None)
        if self.way.is_granted or negative is None or self.refused_at is not None or not self._refuses(step):
            positive = next((one for one in choices if one not in REFUSING), None)
            return {"answer": positive} if choices else {}
        self.refused_at = step
        papers = {"missing": ["справка"]} if negative == "incomplete" else {}
        return {"answer": negative, "reason": REASON, "reason_kk": REASON, **papers}

    def _refuses(self, step: PersonStep) -> bool:
        """The provider refuses, where the act knows a refusal of the provider; else the ЦОН does."""
        kinds = {one.kind for one in self.way.passport.refusals if self.way.channel in one.channels}
        return step.instance != "is_con" or not kinds & {"reasoned", "documents"}

    async def _strike_done(self, first: PersonStep, person: WorkplaceClient) -> None:
        """Strike the steps that the person took at once while the applicant was present."""
        shown = [one for one in await person.get(f"/api/v1/cases/{self.case}/todo") if one["is_here"]]
        post = (first.instance, first.office, first.role)
        self._strike(first)
        while self.remaining and (step := self.remaining[0]).op in AT_ONCE:
            is_others = (step.instance, step.office, step.role) != post
            if is_others or step.is_after_query or any(step.is_shown_as(todo) for todo in shown):
                return
            self._strike(step)

    def _strike(self, step: PersonStep) -> None:
        self.remaining.remove(step)
        self.taken.append(step)

    async def _lists_case(self, person: WorkplaceClient) -> bool:
        rows = await person.get("/api/v1/cases", limit=10)
        return any(row["correlation_id"] == self.case for row in rows)

    async def is_settled(self) -> None:
        """Wait until the case is completed where the citizen applied."""
        assert await eventually(self._is_over, bool, PATIENCE)

    async def _is_over(self) -> bool:
        """Whether the case is completed where the citizen has to do with it."""
        if self.citizen is not None:
            return (await self.citizen.portal.get_application(self.case))["outcome"] is not None and not any(
                step.instance == "is_con" for step in self.remaining
            )
        front = self.taken[0]
        person = await self._person(front)
        if not await self._lists_case(person):
            return False
        return bool((await person.get_case(self.case))["stage"] == "completed")

    async def _answer_questions(self) -> None:
        """The citizen agrees to what the portal asks, and sends the papers that are asked for."""
        if self.citizen is None:
            return
        for question in await self.citizen.portal.get_open_question(self.case):
            if question["papers"]:
                await self.citizen.portal.send_papers(
                    self.case, question["step"], PAPERS, self.citizen.signer.sign
                )
            else:
                await self.citizen.portal.answer_question(self.case, question["step"], "met")

    # Who is who

    async def _person(self, step: PersonStep) -> WorkplaceClient:
        return await self._works(step.instance, self.staff[step.instance, step.office, step.role])

    async def _works(self, instance: str, iin: str) -> WorkplaceClient:
        return await self.country.works_as(instance, iin)

    def _colleagues(self, step: PersonStep) -> list[str]:
        """A person of the same office who is not the one of the act."""
        others = [
            iin
            for (instance, office, role), iin in self.staff.items()
            if (instance, office) == (step.instance, step.office) and role != step.role
        ]
        return others[:1]

    def _strangers(self, step: PersonStep) -> list[str]:
        """A person of another office who is what the act names, or anybody there."""
        others = [
            (role != step.role, iin)
            for (instance, office, role), iin in self.staff.items()
            if instance == step.instance and office != step.office
        ]
        return [iin for _, iin in sorted(others)[:1]]

    def _department(self) -> str:
        return next(one.code for one in self.way.passport.directories.departments if ".akim." not in one.code)

    def _form(self) -> dict[str, str]:
        return make_valid_form(self.way.passport, self.applicant.iin, self.way.channel)
