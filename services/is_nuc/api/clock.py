"""The bus's clock over HTTP: everybody can read it, the operator can change it in sandbox mode."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.is_nuc.clock import ClockKeeper
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.clocks import segments as timeline
from shared.bus.clocks.segments import FASTEST, ClockMode
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.plain_input import RequestModel, RowNumber
from shared.bus.runtime.service_runtime import Runtime

router = APIRouter(prefix="/api/v1/clock", tags=["clock"])

LONGEST = 366 * 24 * 3600.0 * 10
"""The longest step in seconds: ten years."""


class ClockSegmentView(BaseModel):
    """From the machine's moment ``since`` on, the bus's time begins at ``told`` and runs ``rate`` seconds per
    second.
    """

    model_config = ConfigDict(from_attributes=True)

    version: int
    since: datetime
    told: datetime
    rate: float


class ClockStateView(BaseModel):
    """The bus's time, the mode of its clock, and the segments from which a process computes the time without
    asking again.

    ``machine`` is НУЦ's own time at the same moment. With ``is_sandbox`` False the clock cannot be changed.
    """

    mode: ClockMode
    now: datetime
    rate: float
    machine: datetime
    is_sandbox: bool
    version: int
    lines: list[ClockSegmentView]


class ClockChangeRequest(RequestModel):
    """A new mode of the clock: the machine's time, standing still, or ``rate`` seconds per second.

    ``at`` is the bus's time at the change; without it, the current time. The mode «real» takes neither.
    """

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


class ClockAdvanceRequest(RequestModel):
    """The number of seconds by which the clock moves ahead."""

    by: Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)]


@router.get("", dependencies=[ManyCalls])
async def show_clock(runtime: ServiceRuntime, after: RowNumber = 0) -> ClockStateView:
    """The current time of the bus, and the segments with a version above ``after``."""
    return _compose_state(runtime, after)


@router.put(
    "",
    dependencies=[OperatorOnly],
    responses=declare_errors(refused="clock-real clock-too-far", conflict="clock-backwards"),
)
@audits_fields("mode", "at", "rate")
async def set_clock(order: ClockChangeRequest, runtime: ServiceRuntime) -> ClockStateView:
    """Change the mode of the clock; answers once every process follows the change.

    ``clock-real``, ``clock-backwards``, ``clock-too-far``.
    """
    if order.mode == "real":
        await runtime.resource(ClockKeeper).change_clock(runtime, timeline.back_to_real)
    else:
        rate = order.rate or 0.0
        await runtime.resource(ClockKeeper).change_clock(
            runtime, lambda segments, since: timeline.next_segment(segments, since, at=order.at, rate=rate)
        )
    return _compose_state(runtime)


@router.post(
    "/advance",
    dependencies=[OperatorOnly],
    responses=declare_errors(refused="clock-real clock-too-far", conflict="clock-backwards"),
)
@audits_fields("by")
async def advance_clock(step: ClockAdvanceRequest, runtime: ServiceRuntime) -> ClockStateView:
    """Move the clock ahead; answers once every process follows the change. ``clock-real``, ``clock-too-far``."""
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
