"""The mark of an installation: a number that only rises, in the database and in a file of the system's folder.

A database that was restored from an older copy has a lower number than the file; a clock that went back shows an
earlier time than the mark.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Table, select
from sqlmodel import Session

from shared.bus.messages.gate import CLOCKS_MAY_DIFFER
from shared.bus.persistence.database import Database
from shared.bus.runtime.readiness import ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork

RAISE_SECONDS = 60.0
ROW = 1


@dataclass(frozen=True)
class InstallMark:
    """A mark: its number, and the bus's time when it was made."""

    number: int
    at: datetime


class InstallMarks:
    """Raises and compares the mark of one system; the file never runs ahead of a healthy database."""

    def __init__(self, database: Database, table: Table, home: Path) -> None:
        self._database = database
        self._table = table
        self._file = home / "mark.json"

    def find_problems(self, runtime: Runtime) -> Iterable[ReadinessProblem]:
        """A readiness check: the database against the file, the clock against both."""
        kept = self._read_file()  # first: the mark may be raised before the database is read
        with self._database.read_session() as session:
            stored = self._read_row(session)
        if kept is not None and (stored is None or stored.number < kept.number):
            yield ReadinessProblem("database-older", details={"last": kept.at.isoformat()})
        latest = max((mark.at for mark in (stored, kept) if mark is not None), default=None)
        if latest is not None and runtime.now < latest - CLOCKS_MAY_DIFFER:
            yield ReadinessProblem("clock-went-back", details={"last": latest.isoformat()})

    async def raise_forever(self, runtime: Runtime, pause: float) -> None:
        """Raise the mark ``pause`` seconds after the start, and every minute in which the system worked."""
        worked = -1
        await runtime.machine_clock.sleep(pause)
        while True:
            if runtime.turns != worked and not await runtime.compute(lambda: list(self.find_problems(runtime))):
                await self._raise_mark(runtime)
                worked = runtime.turns
            await runtime.machine_clock.sleep(RAISE_SECONDS)

    async def _raise_mark(self, runtime: Runtime) -> None:
        mark = await runtime.write(self._raise_row)
        await runtime.compute(lambda: self._write_file(mark))

    def _raise_row(self, uow: UnitOfWork) -> InstallMark:
        stored = self._read_row(uow.session)
        mark = InstallMark(stored.number + 1 if stored else 1, uow.now)
        row = {"id": ROW, "number": mark.number, "at": mark.at}
        self._database.write_many(uow.session, self._table, [row], replace=["number", "at"])
        return mark

    def _read_row(self, session: Session) -> InstallMark | None:
        row = session.execute(select(self._table).where(self._table.c.id == ROW)).first()
        return None if row is None else InstallMark(row.number, row.at)

    def _read_file(self) -> InstallMark | None:
        try:
            told = json.loads(self._file.read_text(encoding="utf-8"))
            return InstallMark(int(told["number"]), datetime.fromisoformat(told["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write_file(self, mark: InstallMark) -> None:
        """Write the file at once as a whole; a replica may have written a higher number."""
        kept = self._read_file()
        if kept is not None and kept.number >= mark.number:
            return
        draft = self._file.with_name(f".mark.{os.getpid()}")
        draft.write_text(json.dumps({"number": mark.number, "at": mark.at.isoformat()}), encoding="utf-8")
        draft.replace(self._file)
