"""Recording is reading ШЭП's journal: what passed between ``start`` and ``stop``, through every door."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.tools.recording.recording_file import RecordedMessage
from shared.bus.errors import Conflict

if TYPE_CHECKING:
    from shared.client import OperatorClient

MARK = "recording.json"
JOURNAL = "/api/v1/journal"
NOT_KEPT = 404


async def start_recording(gateway: OperatorClient, data_dir: Path) -> int:
    """Note where the journal stands: the number of its newest entry. Conflict ``recording-under-way``."""
    mark = data_dir / MARK
    if mark.exists():
        raise Conflict("recording-under-way", f"{mark} is there: egov-bus record stop FILE")
    newest = await gateway.get(JOURNAL, limit=1)
    number = int(newest[0]["n"]) if newest else 0
    mark.write_text(json.dumps({"after": number}), encoding="utf-8")
    return number


def read_mark(data_dir: Path) -> int:
    """The entry after which the recording begins; Conflict ``recording-not-started``."""
    try:
        return int(json.loads((data_dir / MARK).read_text(encoding="utf-8"))["after"])
    except FileNotFoundError:
        raise Conflict("recording-not-started", "egov-bus record start comes first") from None


def remove_mark(data_dir: Path) -> None:
    """End the recording."""
    (data_dir / MARK).unlink(missing_ok=True)


async def read_messages(
    gateway: OperatorClient, after: int, case_id: str | None = None
) -> AsyncIterator[RecordedMessage]:
    """The messages that ШЭП let pass after an entry, of one case or all, the oldest first."""
    filters = {"correlation_id": case_id} if case_id else {}
    entries = await gateway.list_all(JOURNAL, after=after, event="ACCEPTED", **filters)
    for entry in sorted(entries, key=lambda entry: int(entry["n"])):
        message = await _read_message(gateway, entry["n"])
        if message is not None:
            yield RecordedMessage.from_bus(message, entry["at"], re.findall(r"[\w.-]+", entry["recipients"]))


async def _read_message(gateway: OperatorClient, number: int) -> Any:
    from shared.client import ApiError

    try:
        return json.loads((await gateway.call("GET", f"{JOURNAL}/{number}/message")).content)
    except ApiError as error:
        if error.status != NOT_KEPT:
            raise
        return None
