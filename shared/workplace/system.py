"""Builds the service definition of a system with a workplace."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import MetaData

from shared.bus.errors import BusError
from shared.bus.http.endpoints import Texts
from shared.bus.persistence.database import Database
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import ServiceDefinition, WiringContext
from shared.contracts import addresses
from shared.contracts.field_glossary import read_glossary
from shared.people.passwords import FIRST_PASSWORD_BYTES, PasswordChecker
from shared.pki.certificates.keys import write_private
from shared.regulations.passport_book import PassportBook
from shared.regulations.working_hours import WorkingHours
from shared.sandbox.rule_book import find_book
from shared.texts.catalog import TextCatalog
from shared.workplace import handlers
from shared.workplace.clerks.background import run_clerks
from shared.workplace.clerks.clerk_office import ClerkOffice
from shared.workplace.http import cases, deadlines, employees, papers
from shared.workplace.http import clerks as clerks_api
from shared.workplace.http.queue import queue_api
from shared.workplace.http.records import record_api
from shared.workplace.http.work import work_api
from shared.workplace.pages import (
    case_pages,
    decision_pages,
    key_pages,
    login_pages,
    monitor_page,
    office_pages,
    place_pages,
    step_pages,
    work_pages,
)
from shared.workplace.people.keys import SigningKeys
from shared.workplace.people.staff import StaffDirectory, make_employees
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.quality import questionnaires
from shared.workplace.records import monitor, refusals, storage
from shared.workplace.settings import WorkplaceSettings
from shared.workplace.texts import TEXTS

OTHER_ROUTERS = (
    employees.router,
    papers.router,
    record_api.router,
    queue_api.router,
    clerks_api.router,
    deadlines.router,
    monitor_page.router,
    questionnaires.router,
    work_api.router,
    login_pages.router,
    key_pages.router,
    work_pages.router,
    case_pages.router,
    decision_pages.router,
    step_pages.router,
    office_pages.router,
    place_pages.router,
)


def workplace_service(
    profile: WorkplaceProfile,
    *,
    texts: Texts,
    routers: Sequence[APIRouter] = (),
    tables: MetaData | None = None,
    grant_errors: Sequence[BusError] = (),
    queue_errors: Sequence[BusError] = (),
    make_resources: Callable[[], Iterable[object]] = tuple,
    background_jobs: Sequence[Callable[[Runtime], Awaitable[None]]] = (),
) -> ServiceDefinition:
    """The service definition of a system with a workplace.

    ``texts`` (with the title), ``routers``, ``tables`` and ``background_jobs`` are those of this system only,
    and so are the objects of ``make_resources``. ``grant_errors`` are the errors with which the system's
    register refuses a grant, ``queue_errors`` those of the system's electronic queue.
    """

    def build_resources(context: WiringContext) -> Iterable[object]:
        settings, book = context.settings, PassportBook.load()
        signing = SigningKeys(context.home / "keys", settings.nuc_url, context.identity, settings.employee_keys)
        office = ClerkOffice.from_settings(settings.clerks, settings.clerks_file, book, settings.played_roles)
        active, staff = ActiveProfile(settings.profile), StaffDirectory()
        passwords = PasswordChecker(settings.password_work)
        own = (*make_resources(), profile, find_book(context))
        return (settings, active, book, passwords, signing, staff, office, WorkingHours(), *own)

    is_neighbour = addresses.is_regional_gateway if profile.is_regional else _is_gateway
    return ServiceDefinition(
        name=profile.address,
        settings=WorkplaceSettings,
        tables=tables if tables is not None else storage.Base.metadata,
        api=cases.router,
        extra_routers=(*OTHER_ROUTERS, *routers),
        messages=handlers.router,
        resources=build_resources,
        accepts=is_neighbour,
        receipts_to=addresses.GATEWAY,
        texts=TextCatalog(TEXTS, texts),
        read_glossary=read_glossary,
        hot_tables=(storage.CASES,),
        further_errors={
            **dict.fromkeys(cases.GRANTING, grant_errors),
            **dict.fromkeys(cases.SERVING, queue_errors),
        },
        readiness_checks=(refusals.check_refused_results,),
        on_start=_prepare_workplace,
        background_jobs=(run_clerks, *background_jobs),
    )


def _is_gateway(neighbour: str) -> bool:
    return neighbour == addresses.GATEWAY


async def _prepare_workplace(runtime: Runtime) -> None:
    """Fill the register, and store the first employees with their first passwords."""
    await runtime.write(runtime.resource(WorkplaceProfile).rules.fill_register)
    await runtime.write(lambda uow: monitor.fill_waits(uow.session, uow.resource(Database)))
    if await runtime.read(storage.has_employees):
        return
    profile = runtime.resource(WorkplaceProfile)
    people = list(make_employees(profile, list(runtime.resource(PassportBook).all_graphs())))
    if runtime.resource(WorkplaceSettings).opens(Opening.COMMON_PASSWORD):
        hashes = [await _hash_common_password(runtime)] * len(people)
    else:
        hashes = await _hash_own_passwords(runtime, people)
    rows: list[dict[str, Any]] = [
        {**person, "password_hash": hashed} for person, hashed in zip(people, hashes, strict=True)
    ]
    await runtime.write(lambda uow: storage.add_employees(uow.session, rows))


async def _hash_common_password(runtime: Runtime) -> str:
    """The hash of everybody's first password: the setting ``employee_password``, or a new one, written to
    ``employee.password`` in the instance's folder.
    """
    settings, profile = runtime.resource(WorkplaceSettings), runtime.resource(WorkplaceProfile)
    password = settings.employee_password or secrets.token_urlsafe(FIRST_PASSWORD_BYTES)
    if settings.employee_password is None:
        write_private(settings.data_dir / profile.address / "employee.password", password.encode())
    return await runtime.resource(PasswordChecker).hash_password(password)


async def _hash_own_passwords(runtime: Runtime, people: Sequence[Mapping[str, str]]) -> list[str]:
    """The hashes of a new first password for each employee, written to ``employee.passwords`` in the instance's
    folder: a line for each, with ИИН, authority, role and password.
    """
    settings, profile = runtime.resource(WorkplaceSettings), runtime.resource(WorkplaceProfile)
    passwords = [secrets.token_urlsafe(FIRST_PASSWORD_BYTES) for _ in people]
    lines = [
        f"{person['iin']} {person['authority']} {person['role']} {password}\n"
        for person, password in zip(people, passwords, strict=True)
    ]
    write_private(settings.data_dir / profile.address / "employee.passwords", "".join(lines).encode())
    checker = runtime.resource(PasswordChecker)
    return list(await asyncio.gather(*(checker.hash_password(password) for password in passwords)))
