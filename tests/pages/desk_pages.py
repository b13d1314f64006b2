"""The pages of employees, with cases that are free, taken, refused, over, and of another office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.passport_book import PassportBook
from tests.journeys.all_processes import Way
from tests.journeys.kit import (
    AUTHORITY,
    EMPLOYEE_PASSWORD,
    OTHER_AUTHORITY,
    Citizen,
    RunningCountry,
    eventually,
)
from tests.journeys.people.acts import steps_of_people
from tests.journeys.people.carriers import CaseCarrier, read_staff
from tests.journeys.workplaces.test_record_pages import carry_on_to
from tests.pages.kit.rooms import PageRoom, RoomPage

NCALAYER_PORT = 13_580
SETTINGS = {
    "EGOV_CLERKS": "manual",
    "EGOV_CALLS_A_MINUTE": "100000",
    "EGOV_NCALAYER_URL": f"ws://127.0.0.1:{NCALAYER_PORT}",
}
EMPLOYMENT = {
    "is_esobes": "KZ-ATY.9",
    "is_rynok_truda": "KZ-ATY.3",
    "arm_shep": "KZ-AKM.15",
    "arm_rshep": "KZ-AKM.5",
}
"""A service of the portal for each kind of system, beside ИС МИО."""

RECORDS = {
    "survey": Way("KZ-AKM.2", "provider", "main", is_granted=True),
    "journal": Way("KZ-AKM.3", "provider", "main", is_granted=True),
    "results": Way("KZ-AKM.16", "provider", "main", is_granted=True),
}
"""A way of a case to each kind of page: long texts, a recipient's signature as a file, results to choose from."""

PERSONAL = frozenset({"Ахметова Айгерим", "г. Шымкент, ул. Тауке хана, 1"})
"""A name and an address, as a register has them."""


@dataclass
class DeskContent:
    """What the pages show. ``iins`` are the employees of an office by instance and role."""

    token: str
    head_token: str
    free: str
    decided: str
    of_other_office: str
    at_head: str
    iins: Mapping[tuple[str, str], str]
    citizen: Citizen
    records: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The pages that fill in records (``prepare_records``): the path and the employee's token, by kind."""


async def employee_iin(country: RunningCountry, instance: str, authority: str, role: str) -> str:
    """The ИИН of the employee with this role at an office."""
    staff = await country.operator(instance).get("/api/v1/employees", limit=1000)
    fitting = (row["iin"] for row in staff if row["authority"] == authority and row["role"] == role)
    return str(next(fitting))


async def enter(country: RunningCountry, instance: str, iin: str) -> str:
    """The token of an employee's session."""
    credentials = {"iin": iin, "password": EMPLOYEE_PASSWORD}
    return str((await country.answer(instance, "POST", "/api/v1/login", json=credentials)).json()["token"])


async def file_application(citizen: Citizen, regulation: str) -> str:
    """An application for a service of one variant, at the first department of its act."""
    passport = PassportBook.load().get_passport(regulation)
    form = make_valid_form(passport, citizen.person.iin)
    authority = passport.directories.departments[0].code
    draft = await citizen.portal.draft_application(regulation, authority, form)
    return str((await citizen.portal.submit_application(citizen.sign(draft)))["id"])


async def arrives(country: RunningCountry, instance: str, case: str, iin: str) -> Any:
    """Wait until the case is at the workplace of this employee."""
    place = await country.works_as(instance, iin)

    async def look() -> list[str]:
        return [row["correlation_id"] for row in await place.list_cases()]

    return await eventually(look, lambda cases: case in cases)


async def prepare_desk(country: RunningCountry) -> DeskContent:
    """Applications at ИС МИО and at «Е-собес», one of them decided."""
    citizen = await country.newcomer()
    worker = await employee_iin(country, "is_mio", AUTHORITY, "employee")
    free, decided = await citizen.apply(), await citizen.apply()
    other = await citizen.apply(OTHER_AUTHORITY)
    for case in (free, decided):
        await arrives(country, "is_mio", case, worker)
    clerk = await country.works_as("is_mio", worker)
    await clerk.accept_case(decided)
    await clerk.decide_case(decided, "negative", "Срок вышел", "Мерзімі өтті")
    await clerk.sign_decision(decided)
    office = "kz-aty.employment.01"
    roles = ("office", "head", "executor")
    iins = {("is_esobes", role): await employee_iin(country, "is_esobes", office, role) for role in roles}
    at_head = await file_application(await country.newcomer(), EMPLOYMENT["is_esobes"])
    await arrives(country, "is_esobes", at_head, iins["is_esobes", "head"])
    return DeskContent(
        token=await enter(country, "is_mio", worker),
        head_token=await enter(country, "is_esobes", iins["is_esobes", "head"]),
        free=free,
        decided=decided,
        of_other_office=other,
        at_head=at_head,
        iins={**iins, ("is_mio", "employee"): worker},
        citizen=citizen,
    )


async def prepare_records(country: RunningCountry) -> dict[str, tuple[str, str]]:
    """Cases that wait for a step in which an employee fills in a record or chooses a result."""
    pages = {}
    for kind, way in RECORDS.items():
        staff = await read_staff(country, {step.instance for step in steps_of_people(way)})
        carrier = CaseCarrier(country, way, staff, country.stranger())
        await carrier.begin()
        step, todo = await carry_on_to(carrier, kind)
        answer = f"?answer={todo['answers'][0]}" if todo.get("answers") else ""
        token = await enter(country, step.instance, staff[step.instance, step.office, step.role])
        assert step.instance == ROOM.instance
        pages[kind] = f"/cases/{carrier.case}/steps/{todo['step']}{answer}", token
    return pages


def _worker(content: DeskContent) -> str:
    return content.token


def _head(content: DeskContent) -> str:
    return content.head_token


def _record_path(kind: str, content: DeskContent) -> str:
    return content.records[kind][0]


def _record_token(kind: str, content: DeskContent) -> str:
    return content.records[kind][1]


ROOM = PageRoom(
    name="desk",
    instance="is_mio",
    settings=SETTINGS,
    prepare=prepare_desk,
    is_held_to_language=True,
    pages=(
        RoomPage("login", "/login"),
        RoomPage("key-login", "/login/eds"),
        RoomPage("recovery", "/recovery"),
        RoomPage("free", "/work?work_list=free", _worker),
        RoomPage("mine", "/work?work_list=mine", _worker),
        RoomPage("done", "/work?work_list=done", _worker),
        RoomPage("search", "/search?search=2", _worker),
        RoomPage("nothing-found", "/search?search=zzz", _worker),
        RoomPage("password", "/password", _worker),
        RoomPage("choose-intake", "/intake", _worker),
        RoomPage("intake", "/intake/KZ-YUZ.3", _worker),
        RoomPage("case", lambda content: f"/cases/{content.free}", _worker),
        RoomPage("documents", lambda content: f"/cases/{content.decided}/documents", _worker),
        RoomPage("history", lambda content: f"/cases/{content.decided}/history", _worker),
        RoomPage("refusal", lambda content: f"/cases/{content.free}/decision/refused", _worker),
        RoomPage("step", lambda content: f"/cases/{content.free}/steps/t5", _worker),
        RoomPage("extension", lambda content: f"/cases/{content.free}/extension", _worker),
        RoomPage("places", "/places", _worker),
        RoomPage("of-others", lambda content: f"/cases/{content.of_other_office}", _worker),
        RoomPage("resend", lambda content: f"/cases/{content.decided}/resend", _worker),
        *(
            RoomPage(
                kind,
                partial(_record_path, kind),
                partial(_record_token, kind),
                typed=PERSONAL,
            )
            for kind in RECORDS
        ),
        RoomPage("office", "/office", _head, instance="is_esobes"),
        RoomPage(
            "of-other-role",
            lambda content: f"/cases/{content.at_head}",
            _head,
            instance="is_esobes",
            typed=PERSONAL,
        ),
    ),
)
