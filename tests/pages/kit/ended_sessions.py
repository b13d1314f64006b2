"""Sessions that are over by their age, while a page is open."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.people.logins import tables_of
from tests.pages.kit.served_country import ServedCountry


def end_by_age(served: ServedCountry, instance: str, metadata: Any) -> None:
    """Let every session of a system be as old as a session may become."""
    sessions = tables_of(metadata).sessions

    def age(uow: UnitOfWork) -> None:
        uow.session.execute(update(sessions).values(until=uow.machine_now))

    served.wait_for(served.country.runtime(instance).write(age))
