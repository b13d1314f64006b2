"""The time of every page with many cases stored: ``python -m tests.benchmarks.page_times``.

The country runs in this process on SQLite, or on PostgreSQL with ``DATABASE_URL`` set. Each page is asked for over
HTTP; the figure is the processor time of an answer, of this process (the client included) and of PostgreSQL's, the
least of some tries, so that other load on the machine does not spoil it.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from sqlalchemy import URL, create_engine, text

from shared.bus.http.tls import server_check
from shared.bus.persistence.database import Database
from tests.benchmarks.stored_cases import TABLES, fill_country
from tests.journeys.kit import PASSWORD, RunningCountry, running
from tests.pages import centre_pages, desk_pages
from tests.pages.console_pages import open_operators_login
from tests.prepared_countries import PreparedShelf

AT_MOST_MS = 100.0
TRIES = 5
ANSWERS = (200, 404)
"""The search for a number that no case has is answered with 404."""
SETTINGS = {**centre_pages.SETTINGS, **desk_pages.SETTINGS, "EGOV_EMPLOYEE_KEYS": "ec"}
LISTS = ("mine", "free", "overdue", "done")
SEARCHES = ("0004242", "KZ-2026-0004242", "Ахметов", "no such letters")
JOURNAL = (
    "",
    "system=is_mio",
    "system=no-such",
    "region=KZ-YUZ",
    "any_id=no-such",
    "event=REFUSED",
    "code=no-right",
)
PERIODS = ("day", "month", "all")


@dataclass(frozen=True)
class TimedPage:
    """A page: its system, path and visitor, whose session's token it is; ``is_api``: the token of an operator."""

    instance: str
    path: str
    token: str = ""
    is_api: bool = False


@dataclass(frozen=True)
class PageTime:
    """What an answer cost: milliseconds of the processor here and in PostgreSQL, and of the clock."""

    page: str
    status: int
    own_ms: float
    database_ms: float
    clock_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.own_ms + self.database_ms


async def measure_pages(folder: Path, cases: int, environment: dict[str, str]) -> list[PageTime]:
    """Run a country with real cases, copy them, and ask for every page."""
    PreparedShelf.folder = folder
    async with running(folder / "country", environment={**SETTINGS, **environment}, is_new=True) as country:
        pages = await _prepare_pages(country)
        for name, count in (await fill_country(country, cases)).items():
            print(f"{name:28} {count:10,} rows", flush=True)
        if "DATABASE_URL" in environment:
            await _vacuum(country)
        backends = await country.runtime("shep_gateway").read(_find_postmaster)
        async with httpx.AsyncClient(timeout=120, verify=server_check("http://")) as http:
            return [await _time_page(http, country, page, backends) for page in pages]


async def _prepare_pages(country: RunningCountry) -> list[TimedPage]:
    desk = await desk_pages.prepare_desk(country)
    centre = await centre_pages.prepare_centre(country)
    iin, case = desk.citizen.person.iin, desk.decided
    login = await country.answer("portal_pep", "POST", "/api/v1/login", json={"iin": iin, "password": PASSWORD})
    console = await open_operators_login(country)
    operator = (country.folder / "shep_gateway" / "operator.token").read_text(encoding="utf-8")
    return [
        *_pages_of("portal_pep", login.json()["token"], _portal_paths(case)),
        *_pages_of("is_mio", desk.token, _desk_paths(case)),
        *_pages_of("is_esobes", desk.head_token, ("office", "work?work_list=free")),
        *_pages_of("is_con", centre.token, _centre_paths(centre)),
        *_pages_of("shep_gateway", console, _console_paths(case)),
        *(TimedPage("shep_gateway", f"api/v1/journal?{query}", operator, is_api=True) for query in JOURNAL),
    ]


def _pages_of(instance: str, token: str, paths: Sequence[str]) -> Iterator[TimedPage]:
    return (TimedPage(instance, path, token) for path in paths)


def _portal_paths(case: str) -> tuple[str, ...]:
    return ("services", "cabinet", "cabinet/notifications", "cabinet/account", f"cabinet/cases/{case}")


def _desk_paths(case: str) -> tuple[str, ...]:
    return (
        *(f"work?work_list={name}" for name in LISTS),
        *(f"search?search={words}" for words in SEARCHES),
        *(f"cases/{case}{tab}" for tab in ("", "/documents", "/history")),
        "places",
    )


def _centre_paths(centre: centre_pages.CentreContent) -> tuple[str, ...]:
    status = (f"status?q={words}" for words in (centre.number, "no such number"))
    return ("window", "intake", "work?work_list=free", "shelf", f"visits/{centre.ready}", "status", *status)


def _console_paths(case: str) -> tuple[str, ...]:
    return (
        "",
        "console",
        *(f"console/journal?{query}" for query in JOURNAL),
        f"console/cases/{case}",
        f"console/cases/{case}/sequence",
        "console/stuck",
        "console/deadlines",
        *(f"console/statistics?period={period}" for period in PERIODS),
        "console/register",
        "console/sandbox",
    )


async def _time_page(
    http: httpx.AsyncClient, country: RunningCountry, page: TimedPage, postmaster: int | None
) -> PageTime:
    url = f"{country.url(page.instance)}/{page.path}"
    headers = {"Authorization": f"Bearer {page.token}"} if page.is_api else {"Accept": "text/html"}
    http.cookies.clear()
    if page.token and not page.is_api:
        headers["Cookie"] = f"egov-{page.instance}={page.token}"
    answer = await http.get(url, headers=headers)
    here: list[float] = []
    database: list[float] = []
    clock: list[float] = []
    for _ in range(TRIES):
        before = (time.process_time(), _database_seconds(postmaster), time.perf_counter())
        answer = await http.get(url, headers=headers)
        after = (time.process_time(), _database_seconds(postmaster), time.perf_counter())
        for figures, begin, end in zip((here, database, clock), before, after, strict=True):
            figures.append((end - begin) * 1000)
    mean_of_database = sum(database) / TRIES  # its ticks are ten milliseconds: the mean tells more than the least
    page_time = PageTime(
        f"{page.instance}/{page.path}", answer.status_code, min(here), mean_of_database, min(clock)
    )
    slow = "" if page_time.cpu_ms <= AT_MOST_MS else "  SLOW"
    print(
        f"{page_time.page[:70]:70} {page_time.status} {page_time.own_ms:7.1f} ms + {page_time.database_ms:6.1f} ms"
        f" clock {page_time.clock_ms:7.1f} ms{slow}",
        flush=True,
    )
    return page_time


async def _vacuum(country: RunningCountry) -> None:
    """Do what PostgreSQL's own vacuum does within minutes of such a load: it would disturb the measurement."""
    for instance in TABLES:
        url = await country.runtime(instance).write(lambda uow: uow.resource(Database).url)
        await asyncio.to_thread(_vacuum_database, url)


def _vacuum_database(url: URL) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _find_postmaster(session: Any) -> int | None:
    """The process of PostgreSQL's server; None on SQLite, which runs in this process."""
    if session.connection().dialect.name != "postgresql":
        return None
    backend = session.execute(text("SELECT pg_backend_pid()")).scalar()
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def _database_seconds(postmaster: int | None) -> float:
    """The processor time so far of all processes of PostgreSQL that serve a connection."""
    if postmaster is None:
        return 0.0
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == postmaster and b"(" in (file.parent / "cmdline").read_bytes():
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main(
    cases: Annotated[int, typer.Option(help="The cases stored in each system.")] = 100_000,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
) -> None:
    """Measure every page with many cases stored."""
    url = os.environ.get("DATABASE_URL")  # noqa: TID251 - set by the runner of the servers
    environment = {"DATABASE_URL": url} if url else {}
    with tempfile.TemporaryDirectory(prefix="egov-pages.") as folder:
        times = asyncio.run(measure_pages(Path(folder), cases, environment))
    slow = [page_time for page_time in times if page_time.cpu_ms > AT_MOST_MS or page_time.status not in ANSWERS]
    kind = "PostgreSQL" if url else "SQLite"
    print(f"{kind}: {len(times)} pages, {len(slow)} over {AT_MOST_MS:.0f} ms or without an answer")
    if as_json is not None:
        rows = [vars(page_time) for page_time in times]
        as_json.write_text(json.dumps(rows, indent=2, ensure_ascii=False))
    raise typer.Exit(1 if slow else 0)


if __name__ == "__main__":
    typer.run(main)
