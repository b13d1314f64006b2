"""Log events as JSON lines: an event, its fields, the correlation id; never an ИИН or a key."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from typing import Any

_PERSONAL_NUMBER = re.compile(r"(?<!\d)\d{12}(?!\d)")
_instance: ContextVar[str | None] = ContextVar("instance", default=None)
_logger = logging.getLogger("egov")


def log(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event; fields that are None are left out."""
    if _logger.isEnabledFor(level):
        present_fields = {name: value for name, value in fields.items() if value is not None}
        _logger.log(level, event, extra={"fields": present_fields})


def name_instance(name: str) -> None:
    """Have the entries of this task, and of the tasks that it makes, name an instance: a process may run many."""
    _instance.set(name)


class JsonFormatter(logging.Formatter):
    """One JSON object for each line; twelve digits in a row are masked wherever they come from."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": f"{record.created:.3f}",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **({} if (instance := _instance.get()) is None else {"instance": instance}),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(_mask_numbers(entry), ensure_ascii=False)


def _mask_numbers(value: Any) -> Any:
    """A JSON value with masked numbers; a value without a JSON form becomes text."""
    if isinstance(value, dict):
        return {str(_mask_numbers(name)): _mask_numbers(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_mask_numbers(part) for part in value]
    if value is None or isinstance(value, bool | float):
        return value
    text = _PERSONAL_NUMBER.sub("************", str(value))
    return value if isinstance(value, int) and text == str(value) else text


def set_up(level: str) -> None:
    """Send the log of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "aiormq", "aio_pika", "uvicorn.access", "fontTools", "fpdf", "pyhanko"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
