"""Sessions that are over by their age, while a page is open."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.people.logins import tables_of
from shared.people.passwords import token_hash
from tests.pages.kit.served_country import ServedCountry


def end_by_age(served: ServedCountry, instance: str, metadata: Any, token: str = "") -> None:
    """Let a session of a system, or every one, be as old as a session may become."""
    sessions = tables_of(metadata).sessions
    query = update(sessions).where(sessions.c.token_hash == token_hash(token)) if token else update(sessions)

    def age(uow: UnitOfWork) -> None:
        uow.session.execute(query.values(until=uow.machine_now))

    served.wait_for(served.country.runtime(instance).write(age))
