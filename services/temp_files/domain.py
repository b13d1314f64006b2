"""Files for a time: what a system brings, what it asks for, and the room that it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from shared.bus.errors import Refused

LONGEST_LIFE = timedelta(days=30)
MOST_FILES = 20
"""The files in one request."""
ROOM_BYTES = 256 * 1024 * 1024
"""The bytes that one system may keep here at a time."""


@dataclass(frozen=True)
class UploadedFile:
    """A file to keep; ``process_id`` is the sender's own name for it, by which the answer names the file's id."""

    process_id: str
    name: str
    mime: str
    life: timedelta
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class StorageRequest:
    """Files to keep, or the ids of files to give; one of the two is empty."""

    uploads: tuple[UploadedFile, ...] = ()
    file_ids: tuple[str, ...] = ()


def check_room(kept_bytes: int, uploads: Sequence[UploadedFile]) -> None:
    """Refused ``file-storage-full`` when the files do not fit into the room of their system."""
    if kept_bytes + sum(len(upload.content) for upload in uploads) > ROOM_BYTES:
        raise Refused("file-storage-full", f"a system may keep {ROOM_BYTES} bytes at a time")
