"""``egov-bus vectors``: signatures to test another implementation with."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.launcher.commands.error_report import report_errors
from services.launcher.launch import LaunchContext


def write_vectors(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder, which is made.")],
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
) -> None:
    """Write test vectors of JWS, hop, WS-Security and CMS, good ones and spoiled ones with the code of a refusal.

    Keys and certificates are made for the folder, for invented owners; vectors.json names every vector.
    """
    from services.tools.signing.files import write_file
    from services.tools.signing.vector_set import make_vectors

    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    os.umask(0o077)
    with report_errors(launch.language):
        files = make_vectors(datetime.now(UTC).replace(microsecond=0))  # noqa: TID251 - keys are valid from now
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_file(folder / name, content, replaces=force)
    Console().print(f"{folder / 'vectors.json'}", soft_wrap=True, highlight=False)
