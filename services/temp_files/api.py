"""The temporary storage over HTTP, for its operator: which files are kept, without their contents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.temp_files import storage
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


class TempFileView(BaseModel):
    """A file of the storage; its id is a secret between its sender and its receivers, and is not told."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    uploaded_by: str
    name: str
    mime: str
    size: int
    uploaded_at: datetime
    expires_at: datetime


@router.get("/files", tags=["files"])
async def list_files(
    runtime: ServiceRuntime, pager: Paging, uploaded_by: Annotated[str | None, Query(max_length=100)] = None
) -> list[TempFileView]:
    """The files, the newest first; those of one system by ``uploaded_by``; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_files(session, uploaded_by, pager.place))
    return [TempFileView.model_validate(row) for row in pager.link_page(page)]
