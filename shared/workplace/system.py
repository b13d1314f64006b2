"""A service with a workplace, from what is particular about it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import MetaData

from shared.bus.http.endpoints import Texts
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.people.passwords import Passwords
from shared.pki.certificates.keys import write_private
from shared.regulations.book import PassportBook
from shared.workplace.clerks.beside import work_on
from shared.workplace.clerks.hours import Hours
from shared.workplace.clerks.office import ClerkOffice
from shared.workplace.http import cases, deadlines, monitor_page, papers
from shared.workplace.http import clerks as clerks_api
from shared.workplace.people.keys import SigningKeys
from shared.workplace.people.staff import Staff, staff
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.settings import WorkplaceSettings
from shared.workplace.steps import handlers
from shared.workplace.texts import TEXTS


def workplace_service(
    profile: WorkplaceProfile,
    title: Mapping[str, str],
    *,
    further: Sequence[APIRouter] = (),
    tables: MetaData | None = None,
    texts: Texts | None = None,
    beside: Sequence[Callable[[Runtime], Awaitable[None]]] = (),
) -> Service:
    """The service of a system with a workplace; ``further`` are endpoints, ``tables``, ``texts`` and jobs
    (``beside``) what only it has."""

    def resources(around: Surroundings) -> Iterable[object]:
        settings, book = around.settings, PassportBook.load()
        signing = SigningKeys(around.home / "keys", settings.nuc_url, around.identity, settings.employee_keys)
        office = ClerkOffice.of(settings.clerks, settings.clerks_file, book)
        return (settings, book, Passwords(), signing, Staff(), office, Hours(), profile)

    is_neighbour = addresses.is_regional_gateway if profile.is_regional else _is_gateway
    return Service(
        name=profile.address,
        title=title,
        settings=WorkplaceSettings,
        tables=tables if tables is not None else storage.Base.metadata,
        api=cases.router,
        further_apis=(papers.router, clerks_api.router, deadlines.router, monitor_page.router, *further),
        messages=handlers.router,
        resources=resources,
        accepts=is_neighbour,
        receipts_to=addresses.GATEWAY,
        texts={**TEXTS, **(texts or {})},
        sheets=(storage.CASES,),
        on_start=_start,
        beside=(work_on, *beside),
    )


def _is_gateway(neighbour: str) -> bool:
    return neighbour == addresses.GATEWAY


async def _start(bus: Runtime) -> None:
    """Fill the register, and take on the first employees.

    Their first password is the given one, or left in a file of the operator's.
    """
    await bus.write(bus.use(WorkplaceProfile).rules.begin)
    if await bus.read(storage.has_employees):
        return
    settings, profile = bus.use(WorkplaceSettings), bus.use(WorkplaceProfile)
    password = settings.employee_password or secrets.token_urlsafe(12)
    if settings.employee_password is None:
        write_private(settings.data_dir / profile.address / "employee.password", password.encode())
    hashed = await bus.use(Passwords).hash(password)
    people = staff(profile, list(bus.use(PassportBook).all_graphs()))
    rows: list[dict[str, Any]] = [{**person, "password_hash": hashed} for person in people]
    await bus.write(lambda work: storage.add_employees(work.session, rows))
