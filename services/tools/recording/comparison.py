"""What differs between a recorded content and the one of now: ids, moments and signatures are always others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.tools.recording.recording_file import RecordedMessage
from services.tools.recording.renewal import MOMENT, MessageRenewal, find_document

ABSENT = None


@dataclass(frozen=True)
class Difference:
    """A value that is another one now: of which answer, where in its content, and both values."""

    sender: str
    service_id: str
    path: str
    recorded: Any
    now: Any


def compare_content(
    recorded: RecordedMessage, content: Mapping[str, Any], renewal: MessageRenewal
) -> list[Difference]:
    """The differences between a recorded content and this one (``contract``, ``data``)."""
    before = _flatten(_normalise(recorded.content.model_dump(), renewal))
    after = _flatten(_normalise(dict(content), renewal))
    return [
        Difference(recorded.sender, recorded.service_id, path, before.get(path), after.get(path))
        for path in {**before, **after}
        if before.get(path, ABSENT) != after.get(path, ABSENT)
    ]


def _normalise(value: Any, renewal: MessageRenewal) -> Any:
    if isinstance(value, dict):
        return {name: _normalise(part, renewal) for name, part in value.items()}
    if isinstance(value, list):
        return [_normalise(part, renewal) for part in value]
    if not isinstance(value, str):
        return value
    document = find_document(value)
    text = value if document is None else document.content.decode("utf-8", "replace")
    return MOMENT.sub("(a moment)", renewal.replace_ids(text))


def _flatten(value: Any, path: str = "") -> dict[str, Any]:
    return dict(_walk(value, path))


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    parts: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    if parts is None:
        yield path, value
        return
    for name, part in parts:
        yield from _walk(part, f"{path}.{name}" if path else str(name))
