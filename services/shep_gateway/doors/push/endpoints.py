"""The endpoint of a participant over HTTP: the operator sets it, looks at it, takes it away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, Field
from sqlmodel import Session

from services.shep_gateway.doors import participants
from services.shep_gateway.doors.push.endpoint_rows import PushEndpointRow
from services.shep_gateway.doors.push.push_client import PushClient
from services.shep_gateway.storage import empty_entry, write_journal
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/v1/participants/{address}/endpoint", tags=["doors"], dependencies=[OperatorOnly])


Address = Annotated[str, Path(min_length=1, max_length=91, pattern=r"^[a-z0-9_.-]+$")]


class EndpointRequest(RequestModel):
    """Where a participant takes what ШЭП pushes."""

    url: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^https?://[\x21-\x7e]+$")]


class EndpointView(BaseModel):
    """A participant's endpoint, and how the calls to it go; the moment is the machine's."""

    address: str
    url: str
    failures: int
    last_error: str | None
    next_try_at: datetime

    @classmethod
    def from_row(cls, row: PushEndpointRow) -> EndpointView:
        return cls(
            address=row.participant,
            url=row.url,
            failures=row.failures,
            last_error=row.last_error,
            next_try_at=row.next_try_at,
        )


@router.put("", responses=declare_errors(not_found="participant-unknown", refused="push-host-refused"))
@audits_fields("url")
async def put_endpoint(address: Address, request: EndpointRequest, runtime: ServiceRuntime) -> EndpointView:
    """Push a participant's mail to this address from now on, also what waits already; journaled.

    ``push-host-refused`` for a host that ``EGOV_PUSH_HOSTS`` does not name.
    """
    runtime.resource(PushClient).hosts.check_url(request.url)

    def write_endpoint(uow: UnitOfWork) -> EndpointView:
        participants.find_by_address(uow.session, address)
        row = uow.session.get(PushEndpointRow, address)
        if row is None:
            row = PushEndpointRow(participant=address, url=request.url, next_try_at=runtime.machine_now)
            uow.session.add(row)
        row.url, row.failures, row.last_error = request.url, 0, None
        row.next_try_at = runtime.machine_now
        uow.write_later(write_journal, empty_entry(uow.now, "CHANGED", f"endpoint of {address} set"))
        return EndpointView.from_row(row)

    return await runtime.write(write_endpoint)


@router.get("", responses=declare_errors(not_found="endpoint-unknown"))
async def get_endpoint(address: Address, runtime: ServiceRuntime) -> EndpointView:
    """A participant's endpoint; ``endpoint-unknown``."""
    return await runtime.read(lambda session: EndpointView.from_row(_find_endpoint(session, address)))


@router.delete("", status_code=status.HTTP_204_NO_CONTENT, responses=declare_errors(not_found="endpoint-unknown"))
async def delete_endpoint(address: Address, runtime: ServiceRuntime) -> None:
    """Push no longer; the participant's mail waits to be pulled. ``endpoint-unknown``; journaled."""

    def drop_endpoint(uow: UnitOfWork) -> None:
        uow.session.delete(_find_endpoint(uow.session, address))
        uow.write_later(write_journal, empty_entry(uow.now, "CHANGED", f"endpoint of {address} taken away"))

    await runtime.write(drop_endpoint)


def _find_endpoint(session: Session, address: str) -> PushEndpointRow:
    row = session.get(PushEndpointRow, address)
    if row is None:
        raise NotFound("endpoint-unknown", "ШЭП pushes nothing to this system", address=address)
    return row
