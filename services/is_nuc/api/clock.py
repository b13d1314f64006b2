"""The bus's one clock over HTTP: everybody may look, the operator may change it where the sandbox has one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.is_nuc.clock import ClockKeeper
from shared.bus.clocks import segments as timeline
from shared.bus.clocks.segments import FASTEST, ClockMode
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.runtime.service_runtime import Runtime

router = APIRouter(prefix="/api/v1/clock", tags=["clock"])

LONGEST = 366 * 24 * 3600.0 * 10
"""Seconds that one step may take: ten years."""


class ClockSegmentView(BaseModel):
    """From the machine's moment ``since`` the bus tells ``told`` and goes on by ``rate`` seconds a second."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    since: datetime
    told: datetime
    rate: float


class ClockStateView(BaseModel):
    """The bus's time, how it goes, and the lines by which another process can tell it without asking again.

    ``machine`` is НУЦ's own time at the same moment. ``is_sandbox`` False: nobody can change it.
    """

    mode: ClockMode
    now: datetime
    rate: float
    machine: datetime
    is_sandbox: bool
    version: int
    lines: list[ClockSegmentView]


class ClockChangeRequest(BaseModel):
    """How the clock shall go: as the machine's, standing, or ``rate`` seconds in a second.

    ``at`` is what it shall tell then: now, when it is not given. «real» takes neither.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Literal["real", "frozen", "rate"]
    at: AwareDatetime | None = None
    rate: Annotated[float, Field(gt=0, le=FASTEST, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _check_rate_and_mode(self) -> Self:
        if (self.rate is not None) != (self.mode == "rate"):
            raise ValueError("a rate goes with the mode «rate» and with no other")
        if self.mode == "real" and self.at is not None:
            raise ValueError("the real time is what it is")
        return self


class ClockAdvanceRequest(BaseModel):
    """By how many seconds to move the clock ahead."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)]


@router.get("")
async def show_clock(runtime: ServiceRuntime, after: Annotated[int, Query(ge=0)] = 0) -> ClockStateView:
    """What the bus tells now, and the lines with a version above ``after``."""
    return _compose_state(runtime, after)


@router.put("", dependencies=[OperatorOnly])
async def set_clock(order: ClockChangeRequest, runtime: ServiceRuntime) -> ClockStateView:
    """Change how the clock goes; answers when every process goes by it. ``clock-real``, ``clock-backwards``,
    ``clock-too-far``."""
    if order.mode == "real":
        await runtime.resource(ClockKeeper).change_clock(runtime, timeline.back_to_real)
    else:
        rate = order.rate or 0.0
        await runtime.resource(ClockKeeper).change_clock(
            runtime, lambda segments, since: timeline.next_segment(segments, since, at=order.at, rate=rate)
        )
    return _compose_state(runtime)


@router.post("/advance", dependencies=[OperatorOnly])
async def advance_clock(step: ClockAdvanceRequest, runtime: ServiceRuntime) -> ClockStateView:
    """Move the clock ahead, however it goes; answers when every process has. ``clock-real``, ``clock-too-far``."""
    by = timedelta(seconds=step.by)
    await runtime.resource(ClockKeeper).change_clock(
        runtime, lambda segments, since: timeline.next_segment(segments, since, by=by)
    )
    return _compose_state(runtime)


def _compose_state(runtime: Runtime, after: int = 0) -> ClockStateView:
    keeper, machine = runtime.resource(ClockKeeper), runtime.machine_clock.now()
    segment = timeline.segment_at(keeper.segments, machine)
    return ClockStateView(
        mode=segment.mode,
        now=segment.time_at(machine),
        rate=segment.rate,
        machine=machine,
        is_sandbox=keeper.is_sandbox,
        version=segment.version,
        lines=[
            ClockSegmentView.model_validate(known_segment)
            for known_segment in keeper.segments
            if known_segment.version > after
        ],
    )
