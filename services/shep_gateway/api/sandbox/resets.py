"""The whole country goes back to the state in which it was made, or to another snapshot."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel, Field

from services.shep_gateway.api.sandbox.admission import SandboxOnly
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.sandbox.country.country_reset import SEEDED, CountryReset

router = APIRouter(prefix="/api/v1/sandbox", tags=["country"], dependencies=[SandboxOnly, OperatorOnly])

MOST_SHOWN = 1000


class ResetRequest(RequestModel):
    """The snapshot to which the country goes back; by default the state in which it was made."""

    snapshot: Annotated[str, Field(min_length=1, max_length=61)] = SEEDED


class ResetUnderWay(BaseModel):
    """The country stops now; it is back once `GET` tells this generation."""

    snapshot: str
    generation: int


class SnapshotView(BaseModel):
    """A snapshot of the country, the version that made it, and whether the country can go back to it."""

    name: str
    made_at: datetime
    version: str
    fits: bool


class ResetView(BaseModel):
    """How often the country has gone back, whether it can, and to which snapshots."""

    generation: int
    is_offered: bool
    snapshots: Annotated[list[SnapshotView], at_most(MOST_SHOWN, "folders of the data folder")]


@router.post(
    "/reset",
    status_code=202,
    responses=declare_errors(
        not_found="snapshot-unknown",
        refused="snapshot-other-version",
        conflict="reset-not-offered reset-under-way",
    ),
)
@audits_fields("snapshot")
async def reset_country(
    request: ResetRequest, runtime: ServiceRuntime, afterwards: BackgroundTasks
) -> ResetUnderWay:
    """Have the whole country go back to a snapshot: all systems stop, and start from its files.

    Addresses and tokens stay as they were then. ``snapshot-unknown``, ``snapshot-other-version``;
    ``reset-not-offered`` where the country is not one process on SQLite.
    """
    resets = runtime.resource(CountryReset)
    generation = resets.ask(request.snapshot)
    afterwards.add_task(_begin, resets)
    return ResetUnderWay(snapshot=request.snapshot, generation=generation)


async def _begin(resets: CountryReset) -> None:
    resets.begin()


@router.get("/reset")
async def read_resets(runtime: ServiceRuntime) -> ResetView:
    """Whether the country is back, and to what it can go back."""
    resets = runtime.resource(CountryReset)
    snapshots = [
        SnapshotView(
            name=state.name,
            made_at=datetime.fromisoformat(state.made_at),
            version=state.version,
            fits=state.fits,
        )
        for state in resets.list_states()
    ]
    return ResetView(generation=resets.generation, is_offered=resets.is_offered, snapshots=snapshots[-MOST_SHOWN:])
