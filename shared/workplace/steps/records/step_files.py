"""Files that an employee adds at a step: a scanned survey, a photograph; they stay with the office's case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, select
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, col

from shared.bus.errors import Malformed, NotFound
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import UtcDateTime
from shared.workplace.records.storage import Base

MOST_FILES = 10
"""The files of one step."""
LONGEST_NAME = 200
KINDS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""What is taken, by the first bytes: what the browser says of a file is not believed."""


@dataclass(frozen=True)
class StepFile:
    """A file with its name; its kind is that of its bytes."""

    name: str
    media_type: str
    content: bytes


class StepFileRow(Base, table=True):
    """A file of a step; ``employee`` is the ИИН of the one who added it."""

    __tablename__ = "step_file"
    id: str = Field(primary_key=True, max_length=36)
    case_id: str = Field(max_length=100, index=True)
    step: str = Field(max_length=60)
    name: str = Field(max_length=LONGEST_NAME)
    media_type: str = Field(max_length=40)
    employee: str = Field(max_length=12)
    added_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


_ROW: Any = StepFileRow
_TABLE: Any = StepFileRow.__table__  # type: ignore[attr-defined]


def make_files(chosen: Iterable[tuple[str, bytes]]) -> list[StepFile]:
    """The files with these names and contents; Malformed ``file-kind`` for what is neither PDF nor a picture,
    ``file-empty``, ``files-too-many`` for more than ``MOST_FILES``.
    """
    files = [
        StepFile(name[:LONGEST_NAME] or "file", _find_kind(name, content), content) for name, content in chosen
    ]
    if len(files) > MOST_FILES:
        raise Malformed("files-too-many", "too many files at one step", limit=MOST_FILES)
    return files


def _find_kind(name: str, content: bytes) -> str:
    if not content:
        raise Malformed("file-empty", "the file is empty", name=name[:LONGEST_NAME])
    for beginning, media_type in KINDS.items():
        if content.startswith(beginning):
            return media_type
    raise Malformed("file-kind", "only PDF, JPEG and PNG are taken", name=name[:LONGEST_NAME])


def write_files(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Store the files of steps."""
    database.write_many(session, _TABLE, rows)


def list_files(session: Session, case_id: str) -> Sequence[StepFileRow]:
    """The files of a case without their contents, in the order in which they came."""
    query = (
        select(StepFileRow).where(col(StepFileRow.case_id) == case_id).options(defer(_ROW.content, raiseload=True))
    )
    return session.execute(query.order_by(col(StepFileRow.added_at), col(StepFileRow.id))).scalars().all()


def read_file(session: Session, case_id: str, file_id: str) -> StepFileRow:
    """A file of a case; NotFound ``no-output``."""
    row = session.get(StepFileRow, file_id)
    if row is None or row.case_id != case_id:
        raise NotFound("no-output", "the case has no such file")
    return row
