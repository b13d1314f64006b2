"""``egov-bus sql``: questions to the database of a system, read-only, with the data of people masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.launcher.commands.error_report import error_console, report_errors
from services.launcher.commands.system_names import check_systems, complete_systems
from services.launcher.launch import LaunchContext
from shared.bus.errors import Refused
from shared.bus.profiles import Profile
from shared.texts.catalog import texts_beside

if TYPE_CHECKING:  # a command that only prints its help waits for no database
    from services.tools.integrating.read_only import ReadOnlyDatabase

TEXTS = texts_beside(__file__, file="sql_texts.yaml")
TABLES = "tables"


def run_sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="A query; the word tables lists the tables with their columns.")],
    system: Annotated[
        str,
        typer.Option("--system", metavar="SYSTEM", autocompletion=complete_systems, help="The system asked."),
    ] = "shep_gateway",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="The most rows that are shown.")] = 200,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="Show the data of people too (never secrets); in the sandbox only.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of rows.")] = False,
) -> None:
    """Ask the database of a system, which opens for reading only: SQLite or PostgreSQL, as the settings have it.

    Names, telephones, documents and message bodies come out empty and an ИИН with its last two digits, unless
    --unmasked. Passwords, tokens and keys never come out.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    with report_errors(launch.language, as_json=as_json):
        (name,) = check_systems([system])
        if unmasked and launch.environment.get("EGOV_PROFILE") == Profile.PRODUCTION:
            raise Refused("sql-unmasked", "people are unmasked in the sandbox only")
        with open_system(launch, name, shows_people=unmasked) as database:
            rows = database.list_tables() if query.strip() == TABLES else database.ask(query, limit + 1)
            masked = sorted(database.masked)
    is_cut = len(rows.values) > limit
    records = [dict(zip(rows.names, row, strict=True)) for row in rows.values[:limit]]
    if as_json:
        print(json.dumps(records, ensure_ascii=False, default=str))  # noqa: T201
    else:
        _show(rows.names, rows.values[:limit])
    for key, detail in (("cut", str(limit) if is_cut else ""), ("masked", ", ".join(masked))):
        if detail:
            line = TEXTS[key][launch.language].format(detail)
            error_console.print(Text(line, "yellow"), soft_wrap=True)


@contextmanager
def open_system(launch: LaunchContext, name: str, *, shows_people: bool = False) -> Iterator[ReadOnlyDatabase]:
    """The database of a system on this machine, for reading; raises as ``open_for_reading`` does."""
    from services.launcher.settings import settings_for
    from services.tools.integrating.read_only import open_for_reading
    from shared.bus.persistence.database import database_url

    instance = _find(name)
    settings = settings_for(instance, launch.reached_environment, is_alone=False)
    url = database_url(settings.database_url, Path(settings.data_dir), name, settings.servers_ca)
    with open_for_reading(url, instance.load_service().tables, shows_people=shows_people) as database:
        yield database


def ask_database(launch: LaunchContext, system: str, query: str, most: int) -> dict[str, Any]:
    """The first rows of a query as JSON values, and what was masked; raises as ``ReadOnlyDatabase.ask`` does."""
    (name,) = check_systems([system])
    with open_system(launch, name) as database:
        rows = database.list_tables() if query.strip() == TABLES else database.ask(query, most)
        records = [dict(zip(rows.names, map(_as_json, row), strict=True)) for row in rows.values]
        return {"rows": records, "masked": sorted(database.masked)}


def _as_json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _find(name: str) -> Any:
    from services.catalog import INSTANCES

    return next(instance for instance in INSTANCES if instance.name == name)


def _show(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    table = Table(*names)
    for row in rows:
        table.add_row(*("—" if value is None else Text(str(value)) for value in row))
    Console().print(table)
