"""The clerk of a case: a policy for the whole system, and rules for services and regions that take precedence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.bus.errors import Conflict, Malformed, NotFound
from shared.contracts.cases import Code
from shared.regulations.model import Channel, EmployeeRole, StepOperation, TimeLimit
from shared.regulations.passport_book import PassportBook
from shared.workplace.clerks.pace import ClerkPace
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.records.decisions import REFUSING


class StrictModel(BaseModel):
    """The base of the rules: frozen, refusing unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ScenarioCondition(StrictModel):
    """The steps to which a line of a scenario applies; omitted conditions match all. ``ends`` is the end of the
    applicant's ИИН.
    """

    regulation: Code | None = None
    channel: Channel | None = None
    variant: Code | None = None
    step: Code | None = None
    op: StepOperation | None = None
    applicant: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    ends: Annotated[str, Field(pattern=r"^[0-9]{1,12}$")] | None = None


class ScenarioLine(StrictModel):
    """The action at such a step: ``answer`` (with the ``reason`` of a refusal), ``after`` a time since the step
    began; ``late``: an hour of working time after the limit; ``never``.
    """

    when: ScenarioCondition = ScenarioCondition()
    answer: Code | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None
    after: TimeLimit | None = None
    late: bool = False
    never: bool = False


class ClerkRule(StrictModel):
    """A policy for the cases of a service type, of a region, or of both. ``seed``, ``late_share`` and
    ``grain_minutes`` are for paced clerks, ``scenario`` for scripted ones. The steps of ``played_roles`` are left
    to people under every policy.
    """

    service: Code | None = None
    region: Code | None = None
    policy: ClerkPolicy
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    late_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    grain_minutes: Annotated[int, Field(ge=1, le=60)] = 1
    played_roles: frozenset[EmployeeRole] = frozenset()
    scenario: Annotated[tuple[ScenarioLine, ...], Field(max_length=200)] = ()

    @property
    def pace(self) -> ClerkPace:
        return ClerkPace(self.seed, self.late_share, timedelta(minutes=self.grain_minutes))

    @property
    def weight(self) -> int:
        """The precedence of the rule: service and region, service, region, neither."""
        return 2 * (self.service is not None) + (self.region is not None)


WrittenRules = Annotated[tuple[ClerkRule, ...], Field(max_length=500)]
WRITTEN: TypeAdapter[tuple[ClerkRule, ...]] = TypeAdapter(WrittenRules)


@dataclass(frozen=True)
class ClerkRules:
    """The rules of a workplace; ``version`` grows with every change."""

    otherwise: ClerkRule
    rules: tuple[ClerkRule, ...] = ()
    version: int = 0

    def find_rule(self, service: str, region: str) -> ClerkRule:
        """The most specific rule for a case."""
        fitting = [
            rule for rule in self.rules if rule.service in (None, service) and rule.region in (None, region)
        ]
        return max(fitting, key=lambda rule: rule.weight, default=self.otherwise)


def check_rules(rules: Iterable[ClerkRule], book: PassportBook) -> None:
    """Check that cases can be handled by the rules.

    NotFound ``clerks-service-unknown``, ``clerks-region-unknown``, ``regulation-unknown``, ``step-not-found``;
    Conflict ``clerks-rule-twice``; Malformed ``reason-missing``, ``answer-needed``, ``clerks-line-contradicts``.
    """
    services = {passport.service_type for passport in book.passports}
    regions = {passport.region for passport in book.passports}
    scopes: set[tuple[str | None, str | None]] = set()
    for rule in rules:
        if rule.service is not None and rule.service not in services:
            raise NotFound("clerks-service-unknown", "no regulation has this service type", service=rule.service)
        if rule.region is not None and rule.region not in regions:
            raise NotFound("clerks-region-unknown", "no regulation is of this region", region=rule.region)
        if (rule.service, rule.region) in scopes:
            raise Conflict(
                "clerks-rule-twice",
                "two rules have one service type and region",
                service=rule.service,
                region=rule.region,
            )
        scopes.add((rule.service, rule.region))
        for line in rule.scenario:
            _check_line(line, book)


def _check_line(line: ScenarioLine, book: PassportBook) -> None:
    if line.answer in REFUSING and not (line.reason or "").strip():
        raise Malformed("reason-missing", "a refusal needs a reason", answer=line.answer)
    if sum((line.after is not None, line.late, line.never)) > 1:
        raise Malformed("clerks-line-contradicts", "a line may have one of after, late and never")
    where = line.when
    if where.regulation is None:
        return
    passport = book.get_passport(where.regulation)
    if where.step is None or where.channel is None:
        return
    node = book.get_graph(passport.id, where.channel, where.variant or passport.variants[0]).get_node(where.step)
    if line.answer is not None and line.answer not in node.chooses:
        raise Malformed("answer-needed", "the step has no such answer", step=node.id, choose=list(node.chooses))
