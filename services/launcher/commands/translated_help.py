"""The help of a command in the language of the person; the commands themselves have theirs in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from typer._click.core import Context
from typer._click.formatting import HelpFormatter

from shared.texts.catalog import TextCatalog, Translations, texts_beside

if TYPE_CHECKING:  # typer's copy of click
    from typer._click import Command

SOURCE = "en"
FRAME = texts_beside(__file__, file="help_frame.yaml")
"""The words that the library puts around the texts of a command."""
COMMAND_LIST = texts_beside(__file__, file="command_helps.yaml")
HELPS = TextCatalog(
    texts_beside(__file__, file="option_helps.yaml"), texts_beside(__file__, file="own_helps.yaml")
)
"""The texts of commands and options. The English one is what stands in the code; by it the others are found."""


def translate_help(command: Command, name: str, language: str) -> None:
    """Put the texts of a command, of its options and of its parts into ``language``.

    A text that nobody has translated stays English; ``name`` is the command as it is typed.
    """
    if language == SOURCE:
        return
    translations = {texts[SOURCE]: texts for texts in (*HELPS.values(), *_system_texts(name))}
    for part in _list_parts(command):
        _translate_part(part, translations, language)
    _translate_frame(language)


def _system_texts(name: str) -> Iterator[Translations]:
    """The text of a system that runs alone, which has its name."""
    yield {tag: text.format(name=name) for tag, text in COMMAND_LIST["run-alone"].items()}


def _list_parts(command: Any) -> Iterator[Any]:
    yield command
    for part in getattr(command, "commands", {}).values():
        yield from _list_parts(part)


def _translate_part(command: Any, translations: Mapping[str, Translations], language: str) -> None:
    command.context_class = _contexts_of(language)
    shown = [command, *command.params, command.get_help_option(Context(command))]
    for one in shown:
        text = getattr(one, "help", None)
        if text is not None and text.strip() in translations:
            one.help = translations[text.strip()][language]


def _contexts_of(language: str) -> type[Context]:
    """The contexts whose usage line begins with the word of the language."""
    usage = FRAME["usage"][language]

    class Formatter(HelpFormatter):
        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix or f"{usage} ")

    class TranslatedContext(Context):
        formatter_class = Formatter

    return TranslatedContext


def _translate_frame(language: str) -> None:
    """Set the words of the library, which draws one help and ends."""
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = FRAME["arguments"][language]
    rich_utils.OPTIONS_PANEL_TITLE = FRAME["options"][language]
    rich_utils.COMMANDS_PANEL_TITLE = FRAME["actions"][language]
    rich_utils.DEFAULT_STRING = FRAME["default"][language].replace("{value}", "{}")
    rich_utils.REQUIRED_LONG_STRING = FRAME["required"][language]
