"""The option ``--lang`` of a command that has one beside the launcher's."""

from __future__ import annotations

from typing import Annotated

import typer

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from shared.texts.catalog import LANGUAGES


def _speak(context: typer.Context, typed: str | None) -> str | None:
    """Give the command the typed language; WrongValue where it is none of ours."""
    if typed is not None:
        if typed not in LANGUAGES:
            raise WrongValue.of_choice("--lang", LANGUAGES)
        context.obj = LaunchContext(context.obj.environment, typed)
    return typed


LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--lang",
        callback=_speak,
        is_eager=True,
        metavar="ru|kk|en",
        help="The language; by default the command's.",
    ),
]
"""The language of the command is then ``context.obj.language``: this one, else that of the launcher."""
