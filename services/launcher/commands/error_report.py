"""Tell a person what went wrong: a stable code, a sentence in the person's language, and what to do."""

from __future__ import annotations

import errno
import json
import os
import string
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from typer.exceptions import TyperException

from services.launcher.commands.usage_errors import describe_usage_error, is_request_for_help
from shared.bus.errors import BusError
from shared.texts.catalog import COMMON, texts_beside

error_console = Console(stderr=True)

TOOL_TEXTS = texts_beside(__file__, COMMON, file="tool_error_texts.yaml")
TEXTS = texts_beside(__file__, TOOL_TEXTS, file="error_texts.yaml")
WITHOUT_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NOT_ALLOWED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
NO_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST})


EXIT_CODES = {"settings-wrong": 2, "setting-unknown": 2, "command-unknown": 2, "system-unknown": 2}
"""The exit codes of a wrong start; every other error ends with 1."""
MISTYPED, ABORTED = 2, 1
EXPECTED_ERRORS = (BusError, OSError)
"""What a person can cause: reported in a sentence. Everything else is a fault of the program."""


@dataclass(frozen=True)
class ErrorReport:
    """What a person is told of an error, and the exit code of the command."""

    code: str
    sentence: str
    exit_code: int = MISTYPED

    def print(self, *, as_json: bool = False) -> None:
        """Print the report to standard error, as one line; as JSON to standard output."""
        if as_json:
            error = {"code": self.code, "message": self.sentence}
            print(json.dumps({"error": error}, ensure_ascii=False))  # noqa: T201
            return
        error_console.print(Text.assemble((f"{self.code}: ", "red"), self.sentence), soft_wrap=True)


@contextmanager
def report_errors(language: str, *, as_json: bool = False, command: str | None = None) -> Iterator[None]:
    """Report an error that a person can cause, and end with its exit code; ``command`` is what was typed."""
    try:
        yield
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except EXPECTED_ERRORS as error:
        report = describe_error(error, language)
        report.print(as_json=as_json)
        raise typer.Exit(report.exit_code) from None
    except (TyperException, typer.Abort) as error:
        if is_request_for_help(error):
            raise
        ErrorReport(*describe_usage_error(error, language, f"egov-bus {command or ''}".rstrip())).print(
            as_json=as_json
        )
        raise typer.Exit(ABORTED if isinstance(error, typer.Abort) else MISTYPED) from None


def describe_error(error: Exception, language: str) -> ErrorReport:
    """The report of one of ``EXPECTED_ERRORS``."""
    if isinstance(error, BusError):
        code, facts, message = error.code, error.details, error.message
    else:
        assert isinstance(error, OSError)  # noqa: S101 - one of the expected
        code, message = _code_of(error), str(error)
        facts = {"path": str(error.filename or "—"), "reason": error.strerror or message}
    return ErrorReport(code, _compose_sentence(code, facts, message, language), EXIT_CODES.get(code, 1))


def _code_of(error: OSError) -> str:
    if error.errno in WITHOUT_ROOM:
        return "disk-full"
    if error.errno in NOT_ALLOWED:
        return "folder-read-only"
    return "folder-is-a-file" if error.errno in NO_FOLDER else "file-system"


def _compose_sentence(code: str, facts: Mapping[str, Any], message: str, language: str) -> str:
    """The text of the code; what the program says of it beside where the text has no place for the facts."""
    text = TEXTS[code][language] if code in TEXTS else None
    if text is None:
        return message
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    if names:
        with suppress(KeyError):
            return text.format(**{"message": message, **facts})
        return message
    return text if message == code else f"{text} ({message})"
