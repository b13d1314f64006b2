"""The sandbox: the bus's clock, the faults of НУЦ, the conduct of ИС ЦГО, the clerks; in production none of it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable
from datetime import datetime
from typing import Any

from fastapi import Response

from services.shep_gateway.console.country_board import CountryBoard, ForcedFault
from services.shep_gateway.console.country_systems import CountrySystems
from services.shep_gateway.pages.console.site import SITE, SandboxPage, record_act, text_of
from services.shep_gateway.pages.console.views.clerk_scenarios import (
    describe_lines,
    is_short_number,
    list_choices,
    read_line,
    with_line,
    without_line,
)
from services.shep_gateway.pages.console.views.kept_states import describe_resets
from services.shep_gateway.pages.console.views.map_view import describe_fault
from services.shep_gateway.pages.console.views.titles import short_title
from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.contracts import addresses
from shared.contracts.local_time import KAZAKHSTAN
from shared.sandbox.country.country_reset import CountryReset
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page

router = PageRouter(SITE)

NUC, CGO = "is_nuc", "is_cgo"
PKI_FAULTS = (
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-revoked",
    "certificate-wrong-issuer",
    "certificate-wrong-purpose",
    "certificate-wrong-iin",
    "certificate-broken-signature",
    "ocsp-try-later",
    "ocsp-malformed",
    "ocsp-stale",
    "ocsp-silent",
    "ocsp-unauthorized",
    "crl-missing",
    "crl-stale",
    "crl-malformed",
    "tsa-refusing",
    "tsa-silent",
    "tsa-wrong-imprint",
)
MODES = ("answer", "slow", "no-data", "silent")
POLICIES = ("instant", "paced", "manual")
WORKPLACES = ("is_mio", "arm_rshep", "arm_shep", "is_esobes", "is_rynok_truda", "gbd_elicense")
MOVES = (("minutes", 60.0), ("hours", 3600.0), ("days", 86_400.0))
LONGEST_RULES = 200_000
_PERCENT = re.compile(r"[0-9]{1,3}")


@router.get("/console/sandbox")
async def show_sandbox(page: SandboxPage, runtime: ServiceRuntime) -> Response:
    """The boards, each with what it can change."""
    return await _show_sandbox(page, runtime)


@router.post("/console/sandbox/clock")
async def change_clock(page: SandboxPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Stop the clock, move it ahead, change its rate, or return to the machine's time."""
    act = form.text("act")
    country = runtime.resource(CountrySystems)
    if act == "advance":
        unit = dict(MOVES).get(form.text("unit"), 0.0)
        by = _read_number(form.text("by")) * unit
        call = country.call(NUC, "POST", "/api/v1/clock/advance", json={"by": by})
    else:
        order: dict[str, Any] = {"mode": {"freeze": "frozen", "rate": "rate"}.get(act, "real")}
        if act == "rate":
            order["rate"] = _read_number(form.text("rate"))
        call = country.call(NUC, "PUT", "/api/v1/clock", json=order)
    return await _do(page, runtime, "change_clock", call, act=act)


@router.post("/console/sandbox/faults")
async def change_fault(page: SandboxPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Put a fault of НУЦ in force, or end one or all."""
    name = form.text("name")
    if name and name not in PKI_FAULTS:
        raise Malformed("request-malformed", "no such fault")
    country, path = runtime.resource(CountrySystems), f"/api/v1/faults/{name}" if name else "/api/v1/faults"
    if form.text("act") == "end":
        return await _do(page, runtime, "end_fault", country.call(NUC, "DELETE", path), name=name)
    body = {"percent": _read_percent(form), "iin": form.text("iin") or None}
    call = country.call(NUC, "PUT", f"/api/v1/faults/{name}", json=body)
    return await _do(page, runtime, "put_fault", call, name=name)


@router.post("/console/sandbox/conduct")
async def change_conduct(page: SandboxPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Set how ИС ЦГО answers everybody, or return to its settings."""
    country = runtime.resource(CountrySystems)
    if form.text("act") == "end":
        return await _do(page, runtime, "drop_conduct", country.call(CGO, "DELETE", "/api/v1/conduct/everybody"))
    seconds = _read_number(form.text("seconds") or "0")
    body = {"mode": form.text("mode"), "percent": _read_percent(form), "seconds": seconds}
    call = country.call(CGO, "PUT", "/api/v1/conduct/everybody", json=body)
    return await _do(page, runtime, "set_conduct", call, mode=form.text("mode"))


@router.post("/console/sandbox/clerks")
async def change_clerks(page: SandboxPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Give all clerks of a workplace a policy, or replace the rules as they are written."""
    system = form.text("system")
    if system not in WORKPLACES:
        raise Malformed("request-malformed", "no such workplace")
    call = runtime.resource(CountrySystems).call(
        system, "PUT", "/api/v1/clerks", json={"rules": _read_rules(form)}
    )
    return await _do(page, runtime, "replace_clerk_rules", call, system=system)


@router.post("/console/sandbox/clerks/lines")
async def change_scenario(page: SandboxPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Put a line of a scenario before the others of its workplace and region, or end one."""
    system, region, number = form.text("system"), form.text("region") or None, form.text("number")
    line = None if form.text("act") == "end" else read_line(form)
    is_known = system in WORKPLACES and region in (None, *addresses.REGIONS)
    if not is_known or (line is None and not is_short_number(number)):
        raise Malformed("request-malformed", "no such workplace, region or line")
    country = runtime.resource(CountrySystems)

    async def change_rules() -> None:
        rules = (await country.ask(system, "/api/v1/clerks"))["rules"]
        changed = without_line(rules, region, int(number)) if line is None else with_line(rules, region, line)
        asked_in = {"Accept-Language": page.tag}
        await country.call(system, "PUT", "/api/v1/clerks", json={"rules": changed}, headers=asked_in)

    return await _do(page, runtime, "replace_clerk_rules", change_rules(), system=system)


def _read_rules(form: PageForm) -> Any:
    if policy := form.text("policy"):
        return [] if policy == "settings" else [{"region": item, "policy": policy} for item in addresses.REGIONS]
    text = form.secret("rules")[:LONGEST_RULES]
    try:
        return json.loads(text or "[]")
    except ValueError as error:
        raise Malformed("data-not-json", str(error), place=str(error)) from None


def _read_percent(form: PageForm) -> int:
    text = form.text("percent") or "100"
    if not _PERCENT.fullmatch(text):
        raise Malformed("request-malformed", "a share in percent")
    return int(text)


def _read_number(text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise Malformed("request-malformed", "a number") from None
    return number


async def _do(
    page: Page, runtime: ServiceRuntime, operation: str, call: Awaitable[Any], **target: str
) -> Response:
    """Do what the operator asks of another system, record it, and show the boards again."""
    try:
        await call
    except BusError as error:
        await record_act(page, runtime, operation, error, **target)
        return await _show_sandbox(page, runtime, error)
    await record_act(page, runtime, operation, **target)
    runtime.resource(CountryBoard).forget()
    page.leave_notice("changed")
    return page.lead_to("console/sandbox")


async def _show_sandbox(page: Page, runtime: ServiceRuntime, error: BusError | None = None) -> Response:
    country = runtime.resource(CountrySystems)
    clock, faults, conduct, clerks = await asyncio.gather(
        _try(country.ask(NUC, "/api/v1/clock")),
        _try(country.ask(NUC, "/api/v1/faults")),
        _try(country.ask(CGO, "/api/v1/conduct")),
        country.ask_all([item for item in WORKPLACES if item in country.places], "/api/v1/clerks"),
    )
    return page.show(
        "sandbox.html",
        status=200 if error is None else error.http_status,
        fault=None if error is None else (text_of(page, error), error.code),
        clock=_describe_clock(clock),
        faults=[describe_fault(page, fault) for fault in _as_faults("pki", NUC, faults)],
        pki_faults=[(name, page.say(f"fault-{name}")) for name in PKI_FAULTS],
        conduct=[describe_fault(page, fault) for fault in _as_faults("conduct", CGO, conduct)],
        modes=[(mode, page.say(f"fault-{mode}")) for mode in MODES],
        units=[(name, page.say(f"unit-{name}")) for name, _ in MOVES],
        clerks=[
            _describe_clerks(page, name, answer) for name, answer in clerks.items() if isinstance(answer, dict)
        ],
        policies=[(item, page.say(f"policy-{item}")) for item in (*POLICIES, "settings")],
        **list_choices(page),
        lines=describe_lines(page, clerks),
        **describe_resets(page, runtime.resource(CountryReset)),
    )


async def _try(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except BusError:
        return None


def _as_faults(kind: str, system: str, rows: Any) -> list[ForcedFault]:
    return [
        ForcedFault(kind, system, {key: str(value) for key, value in row.items() if value is not None})
        for row in rows or ()
    ]


def _describe_clock(clock: Any) -> dict[str, Any] | None:
    if clock is None:
        return None
    now = datetime.fromisoformat(clock["now"])
    return {
        "now": now,
        "mode": clock["mode"],
        "rate": clock["rate"],
        "is_sandbox": clock["is_sandbox"],
        "shown": f"{now.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M:%S}",
    }


def _describe_clerks(page: Page, name: str, answer: dict[str, Any]) -> dict[str, Any]:
    rules = answer.get("rules", [])
    policies = {rule.get("policy", "") for rule in rules}
    return {
        "system": name,
        "title": short_title(page, name),
        "otherwise": page.say(f"policy-{answer['otherwise']}"),
        "rules": json.dumps(rules, ensure_ascii=False, indent=2),
        "count": len(rules),
        "now": page.say(f"policy-{policies.pop()}") if len(policies) == 1 else "",
    }
