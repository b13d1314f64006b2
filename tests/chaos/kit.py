"""A deployment under faults: submissions that are repeated until accepted, and the databases of every system
afterwards.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.country import Processes
from tests.crowd import Citizen, Line, application, line_to, submission

NEEDED = ("is_nuc", "nr_iin", "is_con", "is_mio", "rshep_yuz", "shep_gateway", "portal_pep")
REACHED = (
    ("portal_pep", "application WHERE outcome IS NOT NULL"),
    ("shep_gateway", "journal"),
    ("rshep_yuz", "bus_inbox"),
    ("is_mio", "work_case"),
    ("is_con", "work_case WHERE status = 'исполнение'"),
)
"""The progress of the cases, to find a case that stands still."""
CARRIERS = ("shep_gateway", "rshep_yuz", "is_mio", "is_con", "portal_pep")


@dataclass
class Flood:
    """Applications under way; each is submitted until the portal confirms it."""

    portal_url: str
    crowd: Sequence[Citizen]
    accepted: list[str] = field(default_factory=list)

    async def submit(self, count: int, pause: float = 0.02) -> None:
        """Submit ``count`` new applications over four connections."""
        queue = list(range(count))
        await asyncio.gather(*(self._line(queue, pause) for _ in range(4)))

    async def _line(self, queue: list[int], pause: float) -> None:
        line = line_to(self.portal_url)
        while queue:
            citizen = self.crowd[queue.pop() % len(self.crowd)]
            while (drafted := await self._draft(line, citizen)) is None:  # noqa: ASYNC110 - a portal that is down
                await asyncio.sleep(0.2)
            case, cms = drafted
            while not await self._is_accepted(line, citizen.token, submission(cms)):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.2)
            self.accepted.append(case)
            await asyncio.sleep(pause)
        await line.close()

    async def _draft(self, line: Line, citizen: Citizen) -> tuple[str, bytes] | None:
        try:
            async with asyncio.timeout(15):
                return await application(line, citizen)
        except (OSError, EOFError, TimeoutError):
            await line.close()
            return None

    async def _is_accepted(self, line: Line, token: str, body: bytes) -> bool:
        try:
            async with asyncio.timeout(15):
                status, answer = await line.post("/api/v1/applications", token, body)
        except (OSError, EOFError, TimeoutError):
            await line.close()
            return False
        if status == 409:
            return bool(json.loads(answer)["code"] == "application-already-submitted")
        assert status in (201, 503), answer
        return status == 201


@dataclass
class Books:
    """The contents of the systems' databases, SQLite or PostgreSQL."""

    country: Processes

    def rows(self, instance: str, query: str) -> list[tuple[Any, ...]]:
        if self.country.database_url is None:
            return _sqlite(self.country.folder / instance / "data.sqlite", query)
        url = make_url(self.country.database_url)
        own = url.set(drivername="postgresql+psycopg", database=f"{url.database}_{instance}")
        engine = create_engine(own)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            engine.dispose()

    def count(self, instance: str, query: str) -> int:
        return int(self.rows(instance, query)[0][0])

    def await_completed(self, cases: Sequence[str], seconds: float = 90) -> None:
        """Wait until every case is completed in its cabinet and on ИС ЦОН's board, and no message is under way."""
        await_true(lambda: self._completed() >= set(cases), seconds, lambda: self._missing(cases))
        await_true(self.is_quiet, 30, self.under_way)

    def _completed(self) -> set[str]:
        done = self.rows("portal_pep", "SELECT case_id FROM application WHERE outcome IS NOT NULL")
        shown = self.rows("is_con", "SELECT case_id FROM work_case WHERE status = 'исполнение'")
        return {row[0] for row in done} & {row[0] for row in shown}

    def _missing(self, cases: Sequence[str]) -> str:
        missing = set(cases) - self._completed()
        where = {name: self.count(name, f"SELECT count(*) FROM {table}") for name, table in REACHED}  # noqa: S608
        board = self.rows("is_con", "SELECT case_id, status, changed_at FROM work_case")
        shown = [row for row in board if row[0] in missing][:3]
        return f"{len(missing)} of {len(cases)} not completed; reached {where}; {self.under_way()}; board {shown}"

    def is_quiet(self) -> bool:
        return not any(self._left(name) for name in CARRIERS)

    def under_way(self) -> str:
        dead = {name: self.rows(name, "SELECT code, reason FROM bus_dead LIMIT 2") for name in CARRIERS}
        return f"{ ({name: self._left(name) for name in CARRIERS}) }, dead {dead}"

    def _left(self, name: str) -> int:
        tables = ("bus_outbox", "bus_held")
        return sum(self.count(name, f"SELECT count(*) FROM {table}") for table in tables)  # noqa: S608

    def check_once_and_in_order(self, cases: Sequence[str]) -> None:
        """Check that no message was lost or handled twice, that order was kept, and that there are no dead
        letters.
        """
        for name in CARRIERS:
            dead = self.rows(name, "SELECT code, reason FROM bus_dead")
            assert dead == [], f"{name} has dead letters: {dead[:3]}"
        registered = Counter(row[0] for row in self.rows("is_mio", "SELECT case_id FROM work_case"))
        assert all(registered[case] == 1 for case in cases)
        events: dict[str, list[str]] = {}
        for case, kind, status in self.rows("portal_pep", "SELECT case_id, kind, status FROM event ORDER BY id"):
            events.setdefault(case, []).append(f"{kind}:{status}")
        expected = [
            "sent:отправлено",
            "status:поступившие",
            "status:в работе",
            "completed:завершение оказания услуги",
        ]
        assert {tuple(events[case]) for case in cases} == {tuple(expected)}
        journal = Counter(
            self.rows("shep_gateway", "SELECT sender, message_id FROM journal WHERE event = 'ACCEPTED'")
        )
        assert max(journal.values()) == 1


def _sqlite(path: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def await_true(is_so: Callable[[], bool], seconds: float, told: Callable[[], str]) -> None:
    """Wait until ``is_so`` holds; ``told`` describes the state on failure."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)
