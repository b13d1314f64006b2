"""``egov-bus bpmn``: the process of a regulation as a BPMN 2.0 file, or all processes as files of a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from shared.bus.errors import Malformed, NotFound

if TYPE_CHECKING:  # imported late: other commands do not need the regulations
    from shared.regulations.model import Passport


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("bpmn")(write_bpmn)


def write_bpmn(
    regulation: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The regulation, for example KZ-YUZ.1.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option(help="provider, con, portal or akim; by default the first one of the act.")
    ] = None,
    variant: Annotated[str | None, typer.Option(help="By default the first variant.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write; by default the process is printed.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--all", metavar="DIR", help="Write every channel and variant of every regulation."),
    ] = None,
) -> None:
    """Write the process of a regulation as BPMN 2.0 with its diagram."""
    from shared.regulations.passport_book import PassportBook

    if (regulation is None) == (folder is None):
        raise Malformed("regulation-missing", "name one regulation, or --all and a folder")
    if folder is not None:
        Console().print(f"{folder}: {_write_all(folder)} files")
    else:
        _write_file(out, _render_bpmn(PassportBook.load().get_passport(regulation or ""), channel, variant))


def _render_bpmn(passport: Passport, channel: str | None, variant: str | None) -> bytes:
    from shared.regulations.bpmn import chosen_graph, to_bpmn

    return to_bpmn(chosen_graph(passport, channel, variant), passport)


def _write_all(folder: Path) -> int:
    from shared.regulations.passport_book import PassportBook

    count = 0
    for passport in PassportBook.load().passports:
        for channel in passport.channels.accept:
            for variant in passport.variants:
                _write_file(
                    folder / f"{passport.id}.{channel}.{variant}.bpmn", _render_bpmn(passport, channel, variant)
                )
                count += 1
    return count


def _write_file(path: Path | None, content: bytes) -> None:
    if path is None:
        sys.stdout.buffer.write(content)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise NotFound("file-unwritable", f"{path}: {error.strerror}") from None
