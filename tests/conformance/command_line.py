"""``egov-bus`` in this process: starting an interpreter takes two seconds."""

from __future__ import annotations

import logging

from typer.testing import CliRunner, Result

from services.cli import app


def type_command(*arguments: str, **settings: str) -> Result:
    """Run a command in English, with these variables; the handlers of the log are afterwards as before."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        return CliRunner().invoke(app, ["--lang", "en", *arguments], env=settings)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
