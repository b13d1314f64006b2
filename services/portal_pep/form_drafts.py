"""Forms that citizens fill in on the portal's pages, the files with them, and what a citizen wrote before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, delete, func, select
from sqlmodel import Field, Session, col

from services.portal_pep.storage import Base
from shared.bus.errors import Malformed
from shared.bus.persistence.tables import UtcDateTime

MOST_FILES = 20
SCANS: Mapping[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/tiff": (b"II*\0", b"MM\0*"),
}
"""What a scan or a picture of a document may be, each type with what its files begin with."""


class FormDraftRow(Base, table=True):
    """The form of one service that a citizen is filling in; ``content`` is the JSON of a `FormDraft`."""

    __tablename__ = "form_draft"
    iin: str = Field(primary_key=True, max_length=12)
    regulation: str = Field(primary_key=True, max_length=20)
    content: str
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class DraftFileRow(Base, table=True):
    """A file that goes with a form, or (``regulation`` is then the case's id) with an answer to a question."""

    __tablename__ = "draft_file"
    id: int | None = Field(default=None, primary_key=True)
    iin: str = Field(max_length=12, index=True)
    regulation: str = Field(max_length=40)
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class KnownAnswersRow(Base, table=True):
    """What a citizen wrote into earlier forms, by field: the portal fills it in (JSON)."""

    __tablename__ = "known_answers"
    iin: str = Field(primary_key=True, max_length=12)
    answers: str


@dataclass(frozen=True)
class FormDraft:
    """A form that is being filled in; ``topics`` are those that the citizen has sent."""

    regulation: str
    authority: str = ""
    variant: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()

    def fill_topic(self, topic: str, **values: Any) -> FormDraft:
        """The draft after a topic was sent with these values."""
        return replace(self, topics=(*(name for name in self.topics if name != topic), topic), **values)


def read_draft(session: Session, iin: str, regulation: str) -> FormDraft | None:
    """The citizen's draft of a service's form, or None."""
    row = session.get(FormDraftRow, (iin, regulation))
    if row is None:
        return None
    content = json.loads(row.content)
    return FormDraft(**{**content, "topics": tuple(content["topics"])})


def keep_draft(session: Session, iin: str, draft: FormDraft, now: datetime) -> None:
    """Store the citizen's draft of a service's form."""
    content = {
        "regulation": draft.regulation,
        "authority": draft.authority,
        "variant": draft.variant,
        "fields": dict(draft.fields),
        "topics": list(draft.topics),
    }
    row = session.get(FormDraftRow, (iin, draft.regulation)) or FormDraftRow(
        iin=iin, regulation=draft.regulation, content="", changed_at=now
    )
    row.content, row.changed_at = json.dumps(content, ensure_ascii=False), now
    session.add(row)


def list_drafts(session: Session, iin: str) -> list[FormDraftRow]:
    """The forms that a citizen has begun and not sent, the newest first; at most one for a service."""
    query = select(FormDraftRow).where(col(FormDraftRow.iin) == iin).order_by(col(FormDraftRow.changed_at).desc())
    return list(session.execute(query).scalars())


def forget_draft(session: Session, iin: str, regulation: str) -> None:
    """Delete a draft and its files."""
    is_its = (col(FormDraftRow.iin) == iin, col(FormDraftRow.regulation) == regulation)
    session.execute(delete(FormDraftRow).where(*is_its))
    forget_files(session, iin, regulation)


def forget_files(session: Session, iin: str, regulation: str) -> None:
    """Delete the files of a draft."""
    is_its = (col(DraftFileRow.iin) == iin, col(DraftFileRow.regulation) == regulation)
    session.execute(delete(DraftFileRow).where(*is_its))


def list_files(session: Session, iin: str, regulation: str) -> list[DraftFileRow]:
    """The files of a draft, in the order in which they came."""
    query = select(DraftFileRow).where(col(DraftFileRow.iin) == iin, col(DraftFileRow.regulation) == regulation)
    return list(session.execute(query.order_by(col(DraftFileRow.id))).scalars())


def add_file(session: Session, row: DraftFileRow, most_bytes: int) -> None:
    """Store a file; Malformed ``files-too-many``, or ``document-too-large`` where all together are larger than a
    message can carry.
    """
    is_its = (col(DraftFileRow.iin) == row.iin, col(DraftFileRow.regulation) == row.regulation)
    query = select(func.count(), func.coalesce(func.sum(func.length(col(DraftFileRow.content))), 0)).where(*is_its)
    count, size = session.execute(query).one()
    if count >= MOST_FILES:
        raise Malformed("files-too-many", f"at most {MOST_FILES} files", most=MOST_FILES)
    if (size + len(row.content)) * 4 // 3 > most_bytes:
        raise Malformed("document-too-large", f"over {most_bytes} bytes", most=most_bytes)
    session.add(row)


def remove_file(session: Session, iin: str, regulation: str, file_id: int) -> None:
    """Delete a citizen's own file of a draft; another's, or an unknown one, stays."""
    is_it = (
        col(DraftFileRow.id) == file_id,
        col(DraftFileRow.iin) == iin,
        col(DraftFileRow.regulation) == regulation,
    )
    session.execute(delete(DraftFileRow).where(*is_it))


def read_known_answers(session: Session, iin: str) -> dict[str, str]:
    """What the citizen wrote into earlier forms, by field."""
    row = session.get(KnownAnswersRow, iin)
    answers: dict[str, str] = {} if row is None else json.loads(row.answers)
    return answers


def learn_answers(session: Session, iin: str, answers: Mapping[str, str]) -> None:
    """Remember what a citizen wrote into a form that was sent."""
    row = session.get(KnownAnswersRow, iin) or KnownAnswersRow(iin=iin, answers="{}")
    row.answers = json.dumps({**json.loads(row.answers), **answers}, ensure_ascii=False)
    session.add(row)
