"""The wiring of ИС МИО."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from services.is_mio import api, handlers, storage
from services.is_mio.clerks import SigningKeys
from services.is_mio.settings import MioSettings
from services.is_mio.staff import Staff, staff
from services.is_mio.texts import TEXTS
from shared.bus.runtime import Runtime
from shared.bus.service import Service, Surroundings
from shared.contracts import addresses
from shared.people.passwords import Passwords
from shared.pki.keys import write_private
from shared.regulations.book import PassportBook


def _resources(around: Surroundings) -> Iterable[object]:
    signing = SigningKeys(around.home / "keys", around.settings.nuc_url, around.identity)
    return (around.settings, PassportBook.load(), Passwords(), signing, Staff())


async def _start(bus: Runtime) -> None:
    """Take on the first employees; their first password is the given one, or left in a file of the operator's."""
    if await bus.read(storage.has_employees):
        return
    settings = bus.use(MioSettings)
    password = settings.employee_password or secrets.token_urlsafe(12)
    if settings.employee_password is None:
        write_private(settings.data_dir / "is_mio" / "employee.password", password.encode())
    hashed = await bus.use(Passwords).hash(password)
    rows: list[dict[str, Any]] = [
        {**person, "password_hash": hashed} for person in staff(bus.use(PassportBook).all)
    ]
    await bus.write(lambda work: storage.add_employees(work.session, rows))


service = Service(
    name="is_mio",
    title={
        "ru": "ИС МИО, система местных исполнительных органов",
        "kk": "ЖАО АЖ, жергілікті атқарушы органдардың жүйесі",
        "en": "ИС МИО, the system of the local authorities",
    },
    settings=MioSettings,
    tables=storage.Base.metadata,
    api=api.router,
    messages=handlers.router,
    resources=_resources,
    accepts=addresses.is_regional_gateway,
    receipts_to=addresses.GATEWAY,
    texts=TEXTS,
    sheets=(storage.CASES,),
    on_start=_start,
)
