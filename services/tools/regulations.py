"""``egov-bus regulations``: the regulations that this bus executes."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.launch import LaunchContext
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="regulations_texts.yaml")


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("regulations")(show_regulations)


def show_regulations(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="All passports in their public form.")] = False,
) -> None:
    """Show the regulations that this bus executes."""
    from shared.regulations.loader import load_passports
    from shared.regulations.public import public_form
    from shared.regulations.translations import title_in

    launch: LaunchContext = context.obj
    passports = load_passports()
    if as_json:
        print(json.dumps([public_form(passport) for passport in passports], ensure_ascii=False))  # noqa: T201
        return
    table = Table(*(TEXTS[column][launch.language] for column in ("regulation", "service", "channels", "title")))
    for passport in passports:
        title = title_in(launch.language, passport)
        table.add_row(passport.id, passport.service_type, " ".join(passport.channels.accept), title)
    Console().print(table)
