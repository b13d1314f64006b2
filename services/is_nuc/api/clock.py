"""The bus's one clock over HTTP: everybody may look, the operator may change it where the sandbox has one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.is_nuc.clock import Timekeeper
from shared.bus.clocks import segments
from shared.bus.clocks.segments import FASTEST, Mode
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime

router = APIRouter(prefix="/api/v1/clock", tags=["clock"])

LONGEST = 366 * 24 * 3600.0 * 10
"""Seconds that one step may take: ten years."""


class DrawnLine(BaseModel):
    """From the machine's moment ``since`` the bus tells ``told`` and goes on by ``rate`` seconds a second."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    since: datetime
    told: datetime
    rate: float


class ClockState(BaseModel):
    """The bus's time, how it goes, and the lines by which another process can tell it without asking again.

    ``machine`` is НУЦ's own time at the same moment. ``is_sandbox`` False: nobody can change it.
    """

    mode: Mode
    now: datetime
    rate: float
    machine: datetime
    is_sandbox: bool
    version: int
    lines: list[DrawnLine]


class ClockOrder(BaseModel):
    """How the clock shall go: as the machine's, standing, or ``rate`` seconds in a second.

    ``at`` is what it shall tell then: now, when it is not given. «real» takes neither.
    """

    model_config = ConfigDict(extra="forbid")

    mode: Literal["real", "frozen", "rate"]
    at: AwareDatetime | None = None
    rate: Annotated[float, Field(gt=0, le=FASTEST, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if (self.rate is not None) != (self.mode == "rate"):
            raise ValueError("a rate goes with the mode «rate» and with no other")
        if self.mode == "real" and self.at is not None:
            raise ValueError("the real time is what it is")
        return self


class Step(BaseModel):
    """By how many seconds to move the clock ahead."""

    model_config = ConfigDict(extra="forbid")

    by: Annotated[float, Field(gt=0, le=LONGEST, allow_inf_nan=False)]


@router.get("")
async def show_clock(bus: Bus, after: Annotated[int, Query(ge=0)] = 0) -> ClockState:
    """What the bus tells now, and the lines with a version above ``after``."""
    return _state(bus, after)


@router.put("", dependencies=[OperatorOnly])
async def set_clock(order: ClockOrder, bus: Bus) -> ClockState:
    """Change how the clock goes; answers when every process goes by it. ``clock-real``, ``clock-backwards``,
    ``clock-too-far``."""
    if order.mode == "real":
        await bus.use(Timekeeper).change(bus, segments.back_to_real)
    else:
        rate = order.rate or 0.0
        await bus.use(Timekeeper).change(
            bus, lambda lines, since: segments.changed(lines, since, at=order.at, rate=rate)
        )
    return _state(bus)


@router.post("/advance", dependencies=[OperatorOnly])
async def advance_clock(step: Step, bus: Bus) -> ClockState:
    """Move the clock ahead, however it goes; answers when every process has. ``clock-real``, ``clock-too-far``."""
    by = timedelta(seconds=step.by)
    await bus.use(Timekeeper).change(bus, lambda lines, since: segments.changed(lines, since, by=by))
    return _state(bus)


def _state(bus: Runtime, after: int = 0) -> ClockState:
    keeper, machine = bus.use(Timekeeper), bus.machine.now()
    line = segments.holding(keeper.lines, machine)
    return ClockState(
        mode=line.mode,
        now=line.at(machine),
        rate=line.rate,
        machine=machine,
        is_sandbox=keeper.is_sandbox,
        version=line.version,
        lines=[DrawnLine.model_validate(one) for one in keeper.lines if one.version > after],
    )
