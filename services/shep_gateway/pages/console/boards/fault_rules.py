"""The console's page of faults: the rules of the whole country, ready-made troubles, and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Response
from pydantic import ValidationError

from services.shep_gateway.console.country_board import CountryBoard
from services.shep_gateway.console.country_systems import OWN_INSTANCE, CountrySystems
from services.shep_gateway.pages.console.site import SITE, OperatorPage, record_act, text_of
from services.shep_gateway.pages.console.views.firings import describe_firing
from services.shep_gateway.pages.console.views.titles import region_word, short_title
from services.shep_gateway.sandbox import rule_desk, rule_keeping, rule_rows
from services.shep_gateway.sandbox.rule_desk import RuleState
from shared.bus.errors import BusError, Malformed, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts import addresses
from shared.sandbox.rule_templates import find_template, load_templates, title_of
from shared.sandbox.rules import EffectKind, SandboxRuleOrder
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page

router = PageRouter(SITE)

KINDS = ("down", "slow", "drop", "duplicate", "reorder", "corrupt", "poison", "half-body")
"""The effects that a form with few fields can order; the others are ordered over the API."""
MOST_FIRINGS = 30
FIELDS = ("system", "service", "region", "iin")
NUMBERS = ("share", "occasions", "count")


async def admit_to_rules(page: OperatorPage, runtime: ServiceRuntime) -> Page:
    """The page of the operator in the sandbox; in production there is none: NotFound ``not-found``."""
    if not rule_keeping.opens_rules(runtime):
        raise NotFound("not-found", "only in the sandbox")
    return page


RulesPage = Annotated[Page, Depends(admit_to_rules)]


@router.get("/console/faults")
async def show_fault_rules(page: RulesPage, runtime: ServiceRuntime) -> Response:
    """The rules that are set, what they did, and forms for further ones."""
    return await _show(page, runtime)


@router.post("/console/faults")
async def change_fault_rules(page: RulesPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Set a rule or the rules of a template, or end one or all."""
    act = form.text("act")
    try:
        await _do(act, form, runtime)
    except BusError as error:
        await record_act(page, runtime, f"{act}_fault_rule"[:60], error)
        return await _show(page, runtime, error)
    await record_act(page, runtime, f"{act}_fault_rule"[:60])
    runtime.resource(CountryBoard).forget()
    page.leave_notice("changed")
    return page.lead_to("console/faults")


async def _do(act: str, form: PageForm, runtime: ServiceRuntime) -> None:
    match act:
        case "end":
            await rule_desk.remove_rule(runtime, form.text("id"))
        case "end-all":
            await rule_desk.remove_rules(runtime)
        case "apply":
            for order in find_template(form.text("template")).orders_at(runtime.now):
                await rule_desk.add_rule(runtime, order)
        case "add":
            await rule_desk.add_rule(runtime, _read_order(form))
        case _:
            raise Malformed("request-malformed", "no such act")


def _read_order(form: PageForm) -> SandboxRuleOrder:
    effect: dict[str, Any] = {"kind": form.text("kind")}
    if effect["kind"] == EffectKind.SLOW:
        effect["seconds"] = form.text("seconds") or "1"
    texts = {name: form.text(name) for name in (*FIELDS, *NUMBERS) if form.text(name)}
    try:
        return SandboxRuleOrder.model_validate({"effect": effect, **texts})
    except ValidationError:
        raise Malformed("request-malformed", "the form does not make a rule") from None


async def _show(page: Page, runtime: ServiceRuntime, error: BusError | None = None) -> Response:
    states = await rule_desk.list_states(runtime)
    firings = await runtime.read(lambda session: rule_rows.list_firings(session, ListPlace(MOST_FIRINGS)))
    systems = sorted((*runtime.resource(CountrySystems).places, OWN_INSTANCE))
    meant = [] if error is None else error.details.get("meant", [])
    return page.show(
        "faults.html",
        status=200 if error is None else error.http_status,
        fault=None if error is None else (text_of(page, error), error.code),
        meant=", ".join(meant),
        rules=[describe_rule(page, state) for state in states],
        templates=[(name, title_of(name)[page.tag]) for name in load_templates()],
        kinds=[(kind, page.say(f"rule-{kind}")) for kind in KINDS],
        systems=[(name, short_title(page, name)) for name in systems],
        regions=[(region, region_word(page, region)) for region in addresses.REGIONS],
        firings=[describe_firing(page, row) for row in firings.rows],
    )


def describe_rule(page: Page, state: RuleState) -> Mapping[str, Any]:
    """A rule as the page shows it: what happens, to what, how often it did."""
    rule = state.rule
    scope = [short_title(page, rule.system)] if rule.system else []
    scope += [
        value for name in (*FIELDS[1:], "step", "door", "path") if (value := getattr(rule, name)) is not None
    ]
    if rule.share < 100:
        scope.append(page.say("share-of-people", share=f"{rule.share:g}"))
    if rule.occasions < 100:
        scope.append(page.say("share-of-occasions", share=rule.occasions))
    return {
        "id": rule.id,
        "title": page.say(f"rule-{rule.effect.kind}"),
        "detail": rule.effect.trouble or "",
        "scope": ", ".join(map(str, scope)),
        "until": rule.until,
        "fired": state.fired,
        "is_in_force": state.is_in_force,
        "is_own": rule.origin != "country",
    }
