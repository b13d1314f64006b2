"""One JSON object for each log line, and no ИИН in it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from shared.bus.logs import JsonFormatter, log

IIN = "850101100022"


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The formatted log lines of the bus."""
    found: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(JsonFormatter().format(record))

    logger, keeping = logging.getLogger("egov"), Keeping()
    before = logger.level
    logger.addHandler(keeping)
    logger.setLevel(logging.INFO)
    yield found
    logger.removeHandler(keeping)
    logger.setLevel(before)


def only(lines: list[str]) -> dict[str, Any]:
    (line,) = lines
    entry: dict[str, Any] = json.loads(line)
    return entry


def test_log_event_is_one_line_with_its_fields(lines: list[str]) -> None:
    log("message.refused", code="message-stale", correlation_id="case-1")
    entry = only(lines)
    assert (entry["event"], entry["code"], entry["correlation_id"]) == (
        "message.refused",
        "message-stale",
        "case-1",
    )
    assert entry["level"] == "info"


def test_log_fields_that_are_none_are_left_out(lines: list[str]) -> None:
    log("message.refused", correlation_id=None)
    assert "correlation_id" not in only(lines)


def test_log_text_of_several_lines_stays_one_line(lines: list[str]) -> None:
    log("failed", error="one\ntwo")
    assert "\n" not in lines[0]
    assert only(lines)["error"] == "one\ntwo"


@pytest.mark.parametrize(
    "value",
    [IIN, f"ИИН {IIN}, алушы", f"{IIN};{IIN}", {"iin": IIN}, [IIN], int(IIN), {"iin": int(IIN)}],
    ids=["alone", "in a text", "twice", "in a dict", "in a list", "as a number", "as a number in a dict"],
)
def test_log_masks_a_personal_number_wherever_it_stands(lines: list[str], value: object) -> None:
    log("person.asked", person=value)
    assert IIN not in lines[0]
    assert "************" in lines[0]
    assert only(lines)["event"] == "person.asked"


def test_log_masks_a_personal_number_in_an_exception(lines: list[str]) -> None:
    try:
        raise ValueError(IIN)
    except ValueError:
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 1, "failed for %s", (IIN,), sys.exc_info())
    line = JsonFormatter().format(record)
    assert IIN not in line
    assert "ValueError" in json.loads(line)["error"]


def test_log_keeps_shorter_and_longer_numbers(lines: list[str]) -> None:
    log("counted", short="85010110002", long="8501011000229")
    assert (only(lines)["short"], only(lines)["long"]) == ("85010110002", "8501011000229")


def test_log_tells_what_is_not_json_in_words(lines: list[str]) -> None:
    log("failed", error=ZeroDivisionError("ours"))
    assert only(lines)["error"] == "ours"


def test_log_leaves_out_events_below_the_level(lines: list[str]) -> None:
    log("detail", level=logging.DEBUG)
    assert lines == []
