"""The pages of the gateway's console, over a country whose clock stands and whose case is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.shep_gateway.console.console_sessions import open_login
from shared.contracts.registers import PERSON_SERVICE
from shared.sandbox.country.country_reset import SEEDED, CountryReset, KeptState
from tests.journeys.doors import join
from tests.journeys.kit import LIVING, RunningCountry
from tests.pages.kit.rooms import PageRoom, RoomPage

DAYS_LATE = 60 * 86_400
MARKUP = "<img src=x onerror=alert(1)>"
"""A text that would be markup where a page forgets to escape it."""


@dataclass(frozen=True)
class ConsoleContent:
    """What the pages show: a login of the operator, a late case, its first message, and a refused one."""

    token: str
    case: str
    entry: int
    refused: int


async def open_operators_login(country: RunningCountry) -> str:
    """The token of a new login at the console."""
    operator = (country.folder / "shep_gateway" / "operator.token").read_text(encoding="utf-8")
    return str(await country.runtime("shep_gateway").write(lambda uow: open_login(uow, operator)))


async def prepare_console(country: RunningCountry) -> ConsoleContent:
    """Apply, let the case become late, have a message refused, put a fault in force."""
    gateway = country.operator("shep_gateway")
    case = await (await country.citizen()).apply()
    await country.arrived(case)
    asker = await join(country, "console-asker", asks=[PERSON_SERVICE])
    await _ask(country, asker.headers, PERSON_SERVICE, LIVING[3].iin)
    await _ask(country, asker.headers, "is-cgo-citizen", MARKUP)
    await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": DAYS_LATE})
    await country.operator("is_nuc").call("PUT", "/api/v1/faults/tsa-silent", json={"percent": 50})
    entries = await gateway.list_journal(correlation_id=case)
    _stand_still_at_a_reset(country)
    (refused, *_) = await gateway.list_journal(event="REFUSED", sender=asker.address)
    return ConsoleContent(await open_operators_login(country), case, int(entries[-1]["n"]), int(refused["n"]))


def _stand_still_at_a_reset(country: RunningCountry) -> None:
    """Have the pages show a country that can go back and is about to: it never does, and every page keeps."""
    resets = country.runtime("shep_gateway").resource(CountryReset)
    made_at = "2026-11-30T04:00:00+00:00"
    resets.list_states = lambda: [KeptState(SEEDED, made_at, "1"), KeptState("before-the-test", made_at, "1")]
    resets.is_offered, resets.wished = True, SEEDED


async def _ask(country: RunningCountry, headers: dict[str, str], service: str, iin: str) -> Any:
    question = {"service_id": service, "content": {"contract": "person-query/1", "data": {"iin": iin}}}
    path = "/api/v1/messages?wait=5"
    return await country.answer("shep_gateway", "POST", path, headers=headers, json=question)


def _page(name: str, path: Any, ready: str = "true") -> RoomPage:
    return RoomPage(name, path, visitor=lambda content: content.token, ready=ready)


ROOM = PageRoom(
    name="console",
    instance="shep_gateway",
    settings={"EGOV_CLERKS": "manual", "EGOV_EMPLOYEE_KEYS": "ec", "EGOV_CLOCK": "sandbox"},
    prepare=prepare_console,
    pages=(
        RoomPage("login", "/console/login"),
        _page("map", "/console", "document.querySelectorAll('.node').length > 15"),
        _page("journal", "/console/journal"),
        _page("message", lambda content: f"/console/journal/{content.entry}"),
        _page("refused-message", lambda content: f"/console/journal/{content.refused}"),
        _page("case", lambda content: f"/console/cases/{content.case}"),
        _page("sequence", lambda content: f"/console/cases/{content.case}/sequence"),
        _page(
            "process",
            lambda content: f"/console/cases/{content.case}/process",
            "document.body.dataset.state === 'drawn'",
        ),
        _page("stuck", "/console/stuck"),
        _page("deadlines", "/console/deadlines"),
        _page("statistics", "/console/statistics"),
        _page("register", "/console/register?system=portal_pep"),
        _page("sandbox", "/console/sandbox"),
        _page("reset", "/console/sandbox/reset"),
        _page("reset-waiting", "/console/sandbox/reset-progress"),
        _page("faults", "/console/faults"),
    ),
)
