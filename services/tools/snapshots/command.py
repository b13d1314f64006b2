"""The command line of ``egov-bus snapshot``."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.commands.error_report import report_errors
from services.launcher.launch import LaunchContext

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CarriedFile = Annotated[Path, typer.Argument(help="The file that carries the snapshot.")]
Name = Annotated[str, typer.Argument(help="The name of the snapshot.")]

snapshot = typer.Typer(
    no_args_is_help=True,
    help="Snapshots of the country in EGOV_DATA_DIR on SQLite: all systems at one moment. They hold keys and "
    "passwords: keep them as you keep the data folder.",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.add_typer(snapshot, name="snapshot")


@snapshot.command()
def save(
    context: typer.Context,
    name: Name,
    replace: Annotated[bool, typer.Option("--replace", help="In place of one with this name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep the country as it is now; one that runs stands still for a moment."""
    from services.tools.snapshots.country_files import save_country

    launch = _prepare(context)
    with report_errors(launch.language, as_json=as_json):
        manifest = save_country(launch.data_dir, name, replaces=replace)
    _tell([asdict(manifest)], as_json=as_json)


@snapshot.command("list")
def list_snapshots(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the snapshots, the oldest first."""
    from services.launcher.data_folder.snapshot_files import list_manifests

    launch = _prepare(context)
    with report_errors(launch.language, as_json=as_json):
        manifests = list_manifests(launch.data_dir)
    _tell([asdict(manifest) for manifest in manifests], as_json=as_json)


@snapshot.command()
def restore(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Bring the country back as it was: at once where it runs in one process, else with the next start."""
    from services.launcher.data_folder.country_record import CountryRecord
    from services.launcher.data_folder.folder_lock import FolderLock
    from services.launcher.data_folder.snapshot_files import put_files, read_manifest
    from services.tools.snapshots.going_back import go_back

    launch = _prepare(context)
    with report_errors(launch.language, as_json=as_json):
        manifest = read_manifest(launch.data_dir, name)
        if CountryRecord.find(launch.data_dir) is not None:
            asyncio.run(go_back(launch, name))
        else:
            lock = FolderLock.take(launch.data_dir)
            try:
                put_files(launch.data_dir, name)
            finally:
                lock.release()
    _tell([asdict(manifest)], as_json=as_json)


@snapshot.command()
def diff(
    context: typer.Context,
    name: Name,
    other: Annotated[str | None, typer.Argument(help="Another snapshot; the country now if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count the rows that were added, removed and changed since, by system and table."""
    from services.tools.snapshots.country_files import compare_country

    launch = _prepare(context)
    with report_errors(launch.language, as_json=as_json):
        differences = compare_country(launch.data_dir, name, other)
    if as_json:
        print(json.dumps(differences))  # noqa: T201
        return
    table = Table(box=None)
    for title in ("system", "table", "added", "removed", "changed"):
        table.add_column(title)
    for system, tables in differences.items():
        for row, counts in tables.items():
            table.add_row(system, row, *(str(counts[kind]) for kind in ("added", "removed", "changed")))
    Console().print(table)


@snapshot.command("export")
def export_file(context: typer.Context, name: Name, file: CarriedFile) -> None:
    """Write a snapshot into a file, to carry it elsewhere."""
    from services.tools.snapshots.archives import export_snapshot

    launch = _prepare(context)
    with report_errors(launch.language):
        export_snapshot(launch.data_dir, name, file)


@snapshot.command("import")
def import_file(context: typer.Context, name: Name, file: CarriedFile) -> None:
    """Take a snapshot from a file."""
    from services.tools.snapshots.archives import import_snapshot

    launch = _prepare(context)
    with report_errors(launch.language):
        import_snapshot(launch.data_dir, name, file)


def _prepare(context: typer.Context) -> LaunchContext:
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    return launch


def _tell(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows))  # noqa: T201
        return
    table = Table(box=None)
    for title in ("name", "made", "version", "systems", "MB"):
        table.add_column(title)
    for row in rows:
        size = f"{row['bytes'] / 1_000_000:.1f}"
        table.add_row(row["name"], row["made_at"], row["version"], str(len(row["systems"])), size)
    Console().print(table)
