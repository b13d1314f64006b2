"""A group of commands that imports the module of a command when the command is typed, and no other module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from services.launcher.commands.error_report import report_errors
from shared.bus.errors import NotFound
from shared.texts.catalog import texts_beside

if TYPE_CHECKING:  # typer's copy of click
    from typer._click import Command, Context

HELPS = texts_beside(__file__, file="command_helps.yaml")
"""What the list says of each command; ``run-alone`` of each system; ``panel-…`` is the title of a part."""
ALONE = "run-alone"
HELP_OPTION = "--help"


def asks_for_help(words: Sequence[str]) -> bool:
    """Whether a command with these words may show its help: a group does also without a word."""
    return HELP_OPTION in words or not words


def translate_help(command: Command, name: str, language: str) -> None:
    """See ``translated_help``, which a command without help does not import."""
    from services.launcher.commands import translated_help

    translated_help.translate_help(command, name, language)


@dataclass(frozen=True)
class CommandPlace:
    """Where a command is: a module with ``add_to(app)``, and the part of the list that has the command."""

    module: str
    panel: str
    is_hidden: bool = False


class LazyCommandGroup(TyperGroup):
    """The commands of ``places``; their list and its completion import none of the modules.

    ``context.obj`` has the language; the errors that a person can cause become a sentence.
    """

    places: ClassVar[Mapping[str, CommandPlace]] = {}

    def list_commands(self, ctx: Context) -> list[str]:
        """The names of all commands, in the order of ``places``."""
        return list(self.places)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """A command's entry in the list, without its options."""
        place = self.places.get(cmd_name)
        if place is None:
            return None
        language = ctx.obj.language
        text = HELPS[cmd_name if cmd_name in HELPS else ALONE][language].format(name=cmd_name)
        panel = HELPS[f"panel-{place.panel}"][language]
        return TyperCommand(cmd_name, help=text, rich_help_panel=panel, hidden=place.is_hidden)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """The typed command itself; NotFound ``command-unknown``, with the nearest names."""
        name = args[0]
        if name in self.places:
            command = self.load_command(name)
            if asks_for_help(args[1:]):
                translate_help(command, name, ctx.obj.language)
            return name, command, args[1:]
        if name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        nearest = ", ".join(get_close_matches(name, self.places)) or "—"
        raise NotFound("command-unknown", f"no command or system {name}", name=name, nearest=nearest)

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any
    ) -> Context:
        with report_errors(extra["obj"].language):
            if asks_for_help(args):
                translate_help(self, "", extra["obj"].language)
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Context) -> Any:
        typed = next((word for word in ctx._protected_args if word in self.places), None)
        with report_errors(ctx.obj.language, command=typed):
            return super().invoke(ctx)

    def load_command(self, name: str) -> Any:
        """The command with its options; imports its module."""
        loaded = typer.Typer()
        import_module(self.places[name].module).add_to(loaded)
        return typer.main.get_group(loaded).commands[name]
