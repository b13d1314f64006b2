"""The people whom an act lets work on a case, step by step, read from the words of the act: no compiled process.

The steps are those that the passport prints: the walk of the channel with the provider's procedure where the walk
starts it, the channel's own procedure, or the provider's. Who takes a step is told by ``_ROLES``, the test's own
reading of the acts' words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.regulations.model import ChannelStep, Passport, ProcedureStep, ProcedureVariant, StepBinding, TableStep
from tests.journeys.all_processes import Way

_ROLES = (
    ("инспектор", "inspector"),
    ("накопительн", "storage-worker"),
    ("осуществляющий выдачу", "hand-out-worker"),
    ("оператор цон", "operator"),
    ("работник цон", "centre-worker"),
    ("работник центра", "centre-worker"),
    ("канцеляр", "office"),
    ("заместител", "deputy"),
    ("руковод", "head"),
    ("ответственный специалист", "resp-specialist"),
    ("специалист услугодателя", "specialist"),
    ("комисси", "commission"),
    ("исполнител", "executor"),
    ("сотрудник мио", "employee"),
)
"""The first word found in the act's phrase tells the person."""

_AKIMS_ROLES = (
    ("аппарата акима", "akim-specialist"),
    ("канцелярия услугодателя или акима", "office"),
    ("канцелярия акима", "office"),
    ("аким ", "akim"),
    ("комисси", "commission"),
    ("исполнител", "executor"),
    ("мио", "employee"),
)
"""The same at the office of an аким."""

CENTRES_OPERATORS = ("KZ-ATY.", "KZ-YUZ.")
"""The regulations in which an operator works for the ЦОН; in the others a «работник центра» does."""

INSTANCES = {"shep_gateway": "arm_shep"}
"""The workplaces of systems that have none of their own name."""


@dataclass(frozen=True)
class PersonStep:
    """A step of a person: the act's words and clause, the operation, and who takes the step where.

    ``is_after_query``: registers are asked before the step, since the last step of a person.
    """

    words: str
    clause: str
    op: str
    instance: str
    office: str
    role: str
    is_after_query: bool = False

    def is_shown_as(self, todo: Any) -> bool:
        """Whether a workplace shows this step of the act, or the wait before it, which has no clause."""
        return todo["actor"] == self.words and todo["clause"] in (self.clause, None)


def steps_of_people(way: Way) -> list[PersonStep]:
    """The steps that the act gives to people in this way, in the order of the act."""
    return list(_ActReader(way).read())


class _ActReader:
    def __init__(self, way: Way) -> None:
        self.way, self.passport = way, way.passport
        self.channel = self.passport.channels.steps_channel(way.channel)  # type: ignore[arg-type]
        self.holder = "is_mio"
        self.is_asked = False
        self.is_forwarded = way.channel != "akim"
        content = [p for p in self.passport.procedures if p.telling == "content"]
        of_variant = [p for p in content if p.channel is None and p.variant == way.variant]
        self.remaining = [
            step for p in of_variant for step in p.steps if not step.channels or way.channel in step.channels
        ]
        self.own: ProcedureVariant | None = next((p for p in content if p.channel == self.channel), None)

    def read(self) -> Iterator[PersonStep]:
        walk = self.passport.channel_steps.get_value(self.channel)
        if walk:
            for step in walk:
                yield from self._read_line(step)
        elif self.own is not None:
            for own_step in self.own.steps:
                yield from self._read_procedure_step(own_step)
                yield from self._read_provider(own_step.then)
        else:
            yield from self._read_provider("all")

    def _read_line(self, step: ChannelStep) -> Iterator[PersonStep]:
        is_for_others = step.only not in (None, "granted" if self.way.is_granted else "refused")
        if is_for_others or (step.refusal and self.way.is_granted):
            return
        table = self.passport.step_tables.get_value(self.channel)
        for n in step.rows:
            assert table is not None
            yield from self._read_row(next(row for row in table.rows if row.n == n))
        if step.performs is not None:
            queue = step.waits.queue if step.waits is not None else None
            if queue is not None:  # the notice of a place in the queue comes before the place itself
                yield from self._person(queue.by, queue.clause, step.performs)
            yield from self._person(step.by, step.clause, step.performs)
            requests = [one.to[0] for one in step.performs.sends if one.message == "REQUEST"]
            if requests and step.performs.op != "query":
                self.holder = requests[0]
        yield from self._read_provider(step.then)

    def _read_row(self, row: TableStep) -> Iterator[PersonStep]:
        yield from self._person(row.unit, row.clause, row.performs)

    def _read_provider(self, extent: str | int | None) -> Iterator[PersonStep]:
        """The provider's steps, as far as a step of the walk lets them go."""
        while extent is not None and self.remaining:
            step = self.remaining.pop(0)
            yield from self._read_procedure_step(step)
            if (extent == "to_decision" and step.performs.op in ("decide", "recommend")) or extent == step.n:
                return

    def _read_procedure_step(self, step: ProcedureStep) -> Iterator[PersonStep]:
        yield from self._person(step.actor, step.clause, step.performs)

    def _person(self, words: str, clause: str, binding: StepBinding) -> Iterator[PersonStep]:
        system = binding.system or self.holder
        if binding.is_automatic or binding.op == "nothing" or system == "portal_pep":
            self.is_asked = self.is_asked or binding.op == "query"
            return
        is_at_akims = not self.is_forwarded or words.startswith(("аким ", "специалист аппарата"))
        role = self._role(words.lower(), system, binding.op, is_at_akims=is_at_akims)
        office = _office(self.passport, system, is_at_akims=is_at_akims)
        yield PersonStep(words, clause, binding.op, INSTANCES.get(system, system), office, role, self.is_asked)
        self.is_asked = False
        self.is_forwarded = self.is_forwarded or binding.op == "forward"

    def _role(self, words: str, system: str, op: str, *, is_at_akims: bool) -> str:
        table = _AKIMS_ROLES if is_at_akims else _ROLES
        for known, role in table:
            if known in words:
                return role
        if system == "is_con":
            return "operator" if self.passport.id.startswith(CENTRES_OPERATORS) else "centre-worker"
        if words == "услугодатель":
            return "office" if op == "accept" else "executor"  # whoever takes papers in, or whoever examines them
        return "employee"


def _office(passport: Passport, system: str, *, is_at_akims: bool) -> str:
    if system == "is_con":
        listed = passport.directories.con_offices
        return listed[0].code if listed else "kz.con.01"
    codes = [office.code for office in passport.directories.departments]
    return next(code for code in codes if (".akim." in code) == is_at_akims)
