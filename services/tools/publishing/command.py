"""``egov-bus contracts``: write the published contracts, unless a change breaks their readers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.launcher.commands.error_report import error_console
from services.tools.publishing.deploy_command import can_i_deploy


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher; ``contracts`` is for those who change the code."""
    app.command("contracts", hidden=True)(write_contracts)
    app.command("can-i-deploy")(can_i_deploy)


def write_contracts(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the published contracts.")],
) -> None:
    """Write WSDL, XSD, OpenAPI and JSON Schema of all systems; write nothing where a reader would break."""
    from services.tools.publishing.contract_set import (
        INDEX,
        VERSIONS,
        ContractVersions,
        list_breaking_changes,
        make_contracts,
    )

    files = make_contracts(ContractVersions(folder))
    published = read_published(folder, files)
    breaking = list(list_breaking_changes(published, files)) if INDEX in published else []
    for change in breaking:
        error_console.print(f"[red]breaking:[/] {change}", markup=True, highlight=False, soft_wrap=True)
    if breaking:
        error_console.print(
            f"nothing is written: give the contract a new version, in {folder / VERSIONS} or its name"
        )
        raise typer.Exit(1)
    _write_files(folder, published, files)
    size = sum(len(text.encode()) for text in files.values())
    Console().print(f"{folder}: {len(files)} files, {size / 1_000_000:.1f} MB")


def read_published(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The generated files that lie in the folder, by their place there."""
    folders = {file.rpartition("/")[0] for file in files}
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for inner in folders
        for path in (folder / inner).glob("*.*")
        if inner or path.relative_to(folder).as_posix() in files
    }


def _write_files(folder: Path, published: Mapping[str, str], files: Mapping[str, str]) -> None:
    for file in published.keys() - files.keys():
        (folder / file).unlink()
    for file, text in files.items():
        if published.get(file) != text:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
