"""The files that a citizen chooses on a page, until they are signed with the application."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from services.portal_pep import form_drafts
from services.portal_pep.form_drafts import SCANS, DraftFileRow
from services.portal_pep.settings import PortalSettings
from shared.bus.errors import Malformed
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import Attachment, largest_document
from shared.web.page_forms import FormFile, PageForm

LONGEST_NAME = 200


async def keep_files(runtime: Runtime, iin: str, place: str, form: PageForm) -> int:
    """Store the files of a form at a place (a service, or a case); returns their number.

    Malformed ``file-empty``, ``file-not-scan`` for what is no scan or picture,
    ``files-too-many``, ``document-too-large``.
    """
    rows = [_make_row(iin, place, file) for file in form.chosen_files("file")]
    most_bytes = largest_document(runtime.resource(PortalSettings).max_message_bytes)

    def keep(uow: UnitOfWork) -> None:
        for row in rows:
            form_drafts.add_file(uow.session, row, most_bytes)

    await runtime.write(keep)
    return len(rows)


def make_attachments(rows: Iterable[DraftFileRow]) -> list[Attachment]:
    """The stored files as a signed document carries them."""
    return [
        Attachment(name=row.name, media_type=row.media_type, content=b64encode(row.content).decode())
        for row in rows
    ]


def _make_row(iin: str, place: str, file: FormFile) -> DraftFileRow:
    if not file.content:
        raise Malformed("file-empty", "the file is empty")
    types = (name for name, beginnings in SCANS.items() if file.content.startswith(beginnings))
    media_type = next(types, None)
    if media_type is None:
        raise Malformed("file-not-scan", "the file is no PDF, JPEG, PNG or TIFF", allowed=list(SCANS))
    return DraftFileRow(
        iin=iin,
        regulation=place,
        name=file.name[-LONGEST_NAME:] or "file",
        media_type=media_type,
        content=file.content,
    )
