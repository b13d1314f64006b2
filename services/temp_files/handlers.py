"""Uploads and downloads from the bus, and the end of files."""

from __future__ import annotations

import asyncio
import secrets

from services.temp_files import storage, storage_service
from services.temp_files.domain import StorageRequest, check_room
from services.temp_files.storage import TempFileRow
from shared.bus.errors import BusError, Malformed, NotFound, Refused
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.soap_data import SoapData, refuse_business

router = MessageRouter()

IDLE_SECONDS = 10.0
NO_DATA = "<data/>"


@router.register_handler(SoapData)
def answer_storage_request(data: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Keep or give files; a fault in the request is answered, because the caller waits for an answer."""
    try:
        _send_answer(_answer_request(storage_service.read_request(data), received, uow), received, uow)
    except (Malformed, NotFound, Refused) as error:
        _send_answer(_refuse(error), received, uow)


async def end_files(runtime: Runtime) -> None:
    """Delete the files whose term is over by the bus's time, until the service stops."""
    while True:
        await asyncio.sleep(IDLE_SECONDS)
        now = runtime.now
        if await runtime.read(lambda session: storage.has_ended(session, now)):  # noqa: B023 - awaited here
            await runtime.write(lambda uow: storage.delete_ended(uow.session, uow.now))


def _answer_request(request: StorageRequest, received: ReceivedMessage, uow: UnitOfWork) -> SoapData:
    if request.uploads:
        return storage_service.write_uploads(_keep_files(request, received.sender.address, uow))
    rows = storage.find_files(uow.session, request.file_ids, uow.now)
    if len(rows) != len(set(request.file_ids)):
        raise NotFound("file-unknown", "a file is not here, or its term is over")
    return storage_service.write_downloads(rows)


def _keep_files(request: StorageRequest, system: str, uow: UnitOfWork) -> list[tuple[str, str]]:
    """The sender's name and the id of each file, after the files are stored."""
    check_room(storage.sum_kept(uow.session, system, uow.now), request.uploads)
    kept = []
    for upload in request.uploads:
        file_id = secrets.token_urlsafe(32)
        uow.session.add(
            TempFileRow(
                id=file_id,
                uploaded_by=system,
                name=upload.name,
                mime=upload.mime,
                size=len(upload.content),
                uploaded_at=uow.now,
                expires_at=uow.now + upload.life,
                content=upload.content,
            )
        )
        kept.append((upload.process_id, file_id))
    return kept


def _refuse(error: BusError) -> SoapData:
    return SoapData(xml=NO_DATA, namespaces={}, status=refuse_business(error))


def _send_answer(answer: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> None:
    uow.send(
        received.neighbour.address,
        answer,
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )
