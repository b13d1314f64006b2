"""Faults and outcomes of the whole country by rules: set, listed, ended; and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.shep_gateway.api.sandbox.admission import SandboxOnly
from services.shep_gateway.sandbox import rule_desk, rule_keeping, rule_rows
from services.shep_gateway.sandbox.rule_checks import RuleWarning
from services.shep_gateway.sandbox.rule_desk import RuleState
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging, WholePaging, at_most
from shared.bus.http.problems import declare_errors
from shared.bus.persistence.list_pages import slice_page
from shared.sandbox.rule_templates import find_template, load_templates, title_of
from shared.sandbox.rules import EffectKind, ExchangePlace, SandboxRule, SandboxRuleOrder

router = APIRouter(prefix="/api/v1/sandbox", tags=["faults"], dependencies=[SandboxOnly, OperatorOnly])

Narrowed = Annotated[str | None, Query(max_length=100)]


class RuleWarningView(BaseModel):
    """Why a rule may do less than its author thinks."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    detail: str


class SandboxRuleView(BaseModel):
    """A rule that is set, and what it has done; `is_in_force` is false outside its window and when used up."""

    rule: SandboxRule
    fired: int
    is_in_force: bool
    warnings: list[RuleWarningView] = []

    @classmethod
    def from_state(cls, state: RuleState, warnings: list[RuleWarning] | None = None) -> SandboxRuleView:
        return cls(
            rule=state.rule,
            fired=state.fired,
            is_in_force=state.is_in_force,
            warnings=[RuleWarningView.model_validate(warning) for warning in warnings or ()],
        )


class RuleTemplateView(BaseModel):
    """A ready-made trouble: its name, what it is, its rules, and how many seconds of the bus's time they last."""

    name: str
    texts: dict[str, str]
    lasts: float
    rules: list[SandboxRuleOrder]


class RuleFiringView(BaseModel):
    """An occasion on which a rule did something: where, and to which message or request."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    at: datetime
    rule_id: str
    kind: EffectKind
    system: str
    place: ExchangePlace
    message_id: str | None
    case_id: str | None
    service: str | None
    region: str | None
    message_type: str | None
    step: str | None
    path: str | None


@router.get("/faults", response_model_exclude_none=True)
async def list_sandbox_rules(runtime: ServiceRuntime, pager: WholePaging) -> list[SandboxRuleView]:
    """The rules that are set: the country's in the order in which they apply, then those that systems' own boards
    set; ``cursor-malformed``.
    """
    states = list(enumerate(await rule_desk.list_states(runtime)))
    page = slice_page(states, pager.place, lambda entry: (entry[0],))
    return [SandboxRuleView.from_state(state) for _, state in pager.link_page(page)]


@router.post(
    "/faults",
    status_code=201,
    response_model_exclude_none=True,
    responses=declare_errors(malformed="rule-matches-nothing rule-limit"),
)
@audits_fields("system", "service", "region", "share", "occasions", "count")
async def add_sandbox_rule(order: SandboxRuleOrder, runtime: ServiceRuntime) -> SandboxRuleView:
    """Set a rule behind the others: of the rules that apply to an occasion, the first has it.

    ``rule-matches-nothing`` names the ``field`` that fits nothing, and what it could mean; ``rule-limit``.
    """
    rule, warnings = await rule_desk.add_rule(runtime, order)
    state = RuleState(rule, 0, all(warning.code != "rule-later" for warning in warnings))
    return SandboxRuleView.from_state(state, warnings)


@router.delete("/faults/{rule_id}", status_code=204, responses=declare_errors(not_found="rule-unknown"))
async def remove_sandbox_rule(rule_id: str, runtime: ServiceRuntime) -> None:
    """End a rule; ``rule-unknown``."""
    await rule_desk.remove_rule(runtime, rule_id)


@router.delete("/faults", status_code=204)
async def remove_sandbox_rules(runtime: ServiceRuntime) -> None:
    """End all rules of the country."""
    await rule_desk.remove_rules(runtime)


@router.get("/templates", response_model_exclude_none=True)
async def list_rule_templates() -> Annotated[list[RuleTemplateView], at_most(100, "they come with the product")]:
    """The ready-made troubles."""
    return [
        RuleTemplateView(name=name, texts=dict(title_of(name)), lasts=template.lasts, rules=list(template.rules))
        for name, template in load_templates().items()
    ]


@router.post(
    "/templates/{name}",
    status_code=201,
    response_model_exclude_none=True,
    responses=declare_errors(not_found="template-unknown", malformed="rule-matches-nothing rule-limit"),
)
async def apply_rule_template(
    name: str, runtime: ServiceRuntime
) -> Annotated[list[SandboxRuleView], at_most(100, "the rules of one template")]:
    """Set the rules of a template from now on, in their order; ``template-unknown``, ``rule-limit``."""
    orders = find_template(name).orders_at(runtime.now)
    answers = [await rule_desk.add_rule(runtime, order) for order in orders]
    return [
        SandboxRuleView.from_state(RuleState(rule, 0, is_in_force=True), warnings) for rule, warnings in answers
    ]


@router.get("/firings")
async def list_rule_firings(
    runtime: ServiceRuntime,
    pager: Paging,
    rule_id: Narrowed = None,
    case_id: Narrowed = None,
    message_id: Narrowed = None,
    system: Narrowed = None,
) -> list[RuleFiringView]:
    """What the rules did, the newest first; ``cursor-malformed``."""
    await rule_keeping.write_firings(runtime)
    narrowed = {"rule_id": rule_id, "case_id": case_id, "message_id": message_id, "system": system}
    page = await runtime.read(lambda session: rule_rows.list_firings(session, pager.place, **narrowed))
    return [RuleFiringView.model_validate(row) for row in pager.link_page(page)]
