"""What is wrong with a typed command: an option, an argument or a value, told as every other error is told."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import typer
from typer._click import exceptions

from shared.texts.catalog import texts_beside

if TYPE_CHECKING:  # typer's copy of click
    from typer._click import Context

TEXTS = texts_beside(__file__, file="usage_texts.yaml")
REASON = "reason-"
"""The keys of the texts that say what a value has to be."""
LIBRARY_REASONS = {
    "int_parsing": "whole-number",
    "int_from_float": "whole-number",
    "float_parsing": "number",
    "finite_number": "number",
    "greater_than_equal": "at-least",
    "less_than_equal": "at-most",
}
"""What the library that reads values calls their faults, and the reasons of ours."""


class WrongValue(typer.BadParameter):
    """A value that a command cannot take: ``reason`` is the key of a text without ``reason-``, with its facts."""

    def __init__(self, option: str, reason: str, **facts: Any) -> None:
        super().__init__(TEXTS[REASON + reason]["en"].format(**facts), param_hint=option)
        self.reason, self.facts = reason, facts

    @classmethod
    def of_choice(cls, option: str, choices: Any) -> WrongValue:
        """The value is none of ``choices``."""
        return cls(option, "one-of", choices=", ".join(choices))


def is_request_for_help(error: Exception) -> bool:
    """Whether the error is the help of a command without arguments."""
    return isinstance(error, exceptions.NoArgsIsHelpError)


def describe_usage_error(error: Exception, language: str, command: str = "egov-bus") -> tuple[str, str]:
    """Code and sentence of an error of the typed words, or of a command that the person broke off.

    ``command`` is told where the error does not know its command.
    """
    if isinstance(error, typer.Abort):
        return "command-aborted", TEXTS["command-aborted"][language]
    context = getattr(error, "ctx", None)
    facts = {"command": command if context is None else _command_of(context)}
    if isinstance(error, exceptions.NoSuchOption):
        nearest = ", ".join(sorted(error.possibilities or _similar_options(error.option_name, context))) or "—"
        return _tell("option-unknown", language, facts, name=error.option_name, nearest=nearest)
    if isinstance(error, exceptions.MissingParameter):
        return _tell("argument-missing", language, facts, name=_name_of(error))
    if isinstance(error, exceptions.BadOptionUsage):
        code = "option-with-value" if "not take a value" in str(error) else "option-without-value"
        return _tell(code, language, facts, name=error.option_name)
    if isinstance(error, exceptions.BadParameter):
        return _tell("value-wrong", language, facts, name=_name_of(error), reason=_reason_of(error, language))
    if context is not None and getattr(context.command, "commands", None):
        names = list(context.command.commands)
        return _tell("action-unknown", language, facts, name=_quoted(error), actions=", ".join(names))
    return _tell("argument-extra", language, facts, name=_extra(error))


def _tell(code: str, language: str, facts: Mapping[str, str], **more: str) -> tuple[str, str]:
    return code, TEXTS[code][language].format(**facts, **more)


def _command_of(context: Context) -> str:
    """The typed command: ``egov-bus clock advance``."""
    _, *names = _path(context)
    return " ".join(("egov-bus", *names))


def _path(context: Context) -> list[str]:
    above = _path(context.parent) if context.parent is not None else []
    return [*above, context.info_name or ""]


def _name_of(error: Any) -> str:
    if isinstance(error.param_hint, str):
        return error.param_hint
    if error.param is None:
        return "—"
    if error.param.param_type_name == "option":
        return str(error.param.opts[0])
    return str(error.param.metavar or error.param.name.upper())


def _reason_of(error: Any, language: str) -> str:
    if isinstance(error, WrongValue):
        return TEXTS[REASON + error.reason][language].format(**error.facts)
    if error.param is not None and error.param.type_descriptor.is_choice:
        choices = ", ".join(
            str(getattr(choice, "value", choice)) for choice in error.param.type_descriptor.choices
        )
        return TEXTS[REASON + "one-of"][language].format(choices=choices)
    for fault in getattr(error.__cause__, "errors", list)():
        if reason := LIBRARY_REASONS.get(fault["type"]):
            return TEXTS[REASON + reason][language].format(**fault.get("ctx", {}))
    return str(error.message)


def _similar_options(name: str, context: Context | None) -> list[str]:
    options = [option for param in context.command.params for option in param.opts] if context is not None else []
    return get_close_matches(name, options)


def _quoted(error: Exception) -> str:
    """The word that the library quotes in its message: No such command 'nosuch'."""
    return str(error).partition("'")[2].rpartition("'")[0]


def _extra(error: Exception) -> str:
    """The words that the library puts into brackets: unexpected extra argument(s) (one two)."""
    return str(error).rpartition("(")[2].removesuffix(")").removesuffix(").")
