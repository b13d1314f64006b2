"""The command lines ``egov-bus migrate``, ``backup`` and ``restore``."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.commands.error_report import report_errors
from services.launcher.launch import LaunchContext

if TYPE_CHECKING:  # a command imports what it uses, when it uses it
    from services.tools.upkeep.backup_files import BackupManifest

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BackupFile = Annotated[Path, typer.Argument(help="The file of the backup.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.command("migrate")(migrate_tables)
    app.command("backup")(write_backup)
    app.command("restore")(read_backup)


def migrate_tables(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Only tell the versions; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the tables of all systems with data here to the version of this program; the systems must be stopped.

    Each database changes in one transaction. Make a backup first.
    """
    from services.tools.upkeep.migrating import migrate_stores
    from services.tools.upkeep.stores import list_stores

    launch = _prepare(context)
    with report_errors(launch.language, as_json=as_json):
        states = migrate_stores(list_stores(launch.environment), only_looks=check)
    if as_json:
        print(json.dumps([asdict(state) for state in states]))  # noqa: T201
        return
    table = Table(box=None)
    for title in ("system", "before", "now"):
        table.add_column(title)
    for state in states:
        table.add_row(state.system, state.before or "–", state.now or "–")
    Console().print(table)


def write_backup(context: typer.Context, file: BackupFile, as_json: AsJson = False) -> None:
    """Write keys, databases and messages under way of all systems with data here into a new file.

    A country in one process on SQLite stands still for a moment. Over PostgreSQL or RabbitMQ stop the systems
    first; the servers go on.
    """
    from services.tools.upkeep.backups import make_backup

    launch = _prepare(context)
    with report_errors(launch.language, as_json=as_json):
        manifest = make_backup(launch.data_dir, file, launch.environment)
    _tell(manifest, as_json=as_json)


def read_backup(
    context: typer.Context,
    file: BackupFile,
    replace: Annotated[bool, typer.Option("--replace", help="In place of the country that is here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the systems back as a backup has them; they must be stopped.

    Nothing changes unless the file is whole.
    """
    from services.tools.upkeep.backups import restore_backup

    launch = _prepare(context)
    with report_errors(launch.language, as_json=as_json):
        manifest = restore_backup(launch.data_dir, file, launch.environment, replaces=replace)
    _tell(manifest, as_json=as_json)


def _tell(manifest: BackupManifest, *, as_json: bool) -> None:
    facts = asdict(manifest)
    facts["files"] = len(facts.pop("digests"))
    if as_json:
        print(json.dumps(facts))  # noqa: T201
        return
    table = Table(box=None, show_header=False)
    for name in ("version", "schema", "database", "made_at", "messages", "files"):
        table.add_row(name, str(facts[name]))
    table.add_row("systems", str(len(manifest.systems)))
    Console().print(table)


def _prepare(context: typer.Context) -> LaunchContext:
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    os.umask(0o077)  # the files of an installation are readable by their owner only
    return launch
