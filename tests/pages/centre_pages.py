"""The pages of the service centres, with tickets, cases and a result: for visitors and for operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.journeys.centre import PAPERS, Centre
from tests.journeys.centres.test_centre_result import ready
from tests.journeys.kit import EMPLOYEE_PASSWORD, RunningCountry, eventually
from tests.pages.kit.rooms import PageRoom, RoomPage

CENTRE, OTHER_CENTRE = "kz.con.01", "kz-yuz.con.01"
NCALAYER_PORT = 13_581
SETTINGS = {
    "EGOV_NCALAYER_URL": f"ws://127.0.0.1:{NCALAYER_PORT}",
    "EGOV_CLERKS": "manual",
    "EGOV_CLOCK": "sandbox",
    "EGOV_CALLS_A_MINUTE": "1000",
}


@dataclass
class CentreContent:
    """What the pages show; the tokens are of the operators of two centres."""

    token: str
    other_token: str
    ticket: str
    taken_in: str
    ready: str
    number: str
    refused: str
    of_other_centre: str


async def enter_as_operator(country: RunningCountry, centre: str, role: str = "centre-worker") -> str:
    """The session token of an operator of a centre."""
    staff = await country.operator("is_con").get("/api/v1/employees", limit=1000)
    iin = next(person["iin"] for person in staff if person["authority"] == centre and person["role"] == role)
    credentials = {"iin": iin, "password": EMPLOYEE_PASSWORD}
    return str((await country.answer("is_con", "POST", "/api/v1/login", json=credentials)).json()["token"])


async def prepare_centre(country: RunningCountry) -> CentreContent:
    """Visitors in the queue, one of them called; cases taken in, refused and ready."""
    centre, result = await ready(country, country.stranger())
    waiting = [await _take_ticket(country, purpose) for purpose in ("intake", "result", "intake")]
    await centre.desk.post("/api/v1/queue/call", {"window": "3"})
    taken_in = await centre.begun(country.stranger(), attachments=PAPERS)
    await eventually(lambda: centre.about(taken_in, "answers"), lambda rows: all(row["answer"] for row in rows))
    lacking = await Centre.of(country, "KZ-AKM.12")
    refusal = await lacking.takes_in(country.stranger().iin, missing=["паспорт"])
    other = await (await Centre.of(country, "KZ-YUZ.3")).begun(country.stranger())
    return CentreContent(
        token=await enter_as_operator(country, CENTRE),
        other_token=await enter_as_operator(country, OTHER_CENTRE, "operator"),
        ticket=waiting[-1]["id"],
        taken_in=taken_in,
        ready=result,
        number=str((await centre.desk.get_case(result))["number"]),
        refused=refusal["correlation_id"],
        of_other_centre=other,
    )


async def _take_ticket(country: RunningCountry, purpose: str) -> Any:
    request = {"centre": CENTRE, "purpose": purpose, "regulation": "KZ-AKM.5" if purpose == "intake" else None}
    return (await country.answer("is_con", "POST", "/api/v1/queue/tickets", json=request)).json()


def _operator(content: CentreContent) -> str:
    return content.token


def _other_operator(content: CentreContent) -> str:
    return content.other_token


ROOM = PageRoom(
    name="centre",
    instance="is_con",
    settings=SETTINGS,
    prepare=prepare_centre,
    is_held_to_language=True,
    pages=(
        RoomPage("centres", "/hall"),
        RoomPage("terminal", f"/hall/{CENTRE}"),
        RoomPage("services", f"/hall/{CENTRE}/services"),
        RoomPage("nothing-found", f"/hall/{CENTRE}/services?q=zzz"),
        RoomPage("ticket", lambda content: f"/hall/{CENTRE}/tickets/{content.ticket}"),
        RoomPage("screen", f"/hall/{CENTRE}/screen"),
        RoomPage("window", "/window", _operator),
        RoomPage("choose", "/intake", _operator),
        RoomPage("intake", "/intake/KZ-AKM.5", _operator),
        RoomPage("intake-variants", "/intake/KZ-AKM.13", _operator),
        RoomPage("intake-departments", "/intake/KZ-YUZ.3", _other_operator),
        RoomPage("taken-in", lambda content: f"/visits/{content.taken_in}", _operator),
        RoomPage("refused", lambda content: f"/visits/{content.refused}", _operator),
        RoomPage("ready", lambda content: f"/visits/{content.ready}", _operator),
        RoomPage("sheet", lambda content: f"/visits/{content.ready}/sheet", _operator),
        RoomPage("appeal", lambda content: f"/visits/{content.ready}/appeal", _operator),
        RoomPage(
            "questionnaire",
            lambda content: f"/visits/{content.of_other_centre}/questionnaire",
            _other_operator,
        ),
        RoomPage("status", "/status", _operator),
        RoomPage("status-told", lambda content: f"/status?q={content.number}", _operator),
        RoomPage("shelf", "/shelf", _operator),
        RoomPage("case-of-others", lambda content: f"/visits/{content.taken_in}", _other_operator),
    ),
)
