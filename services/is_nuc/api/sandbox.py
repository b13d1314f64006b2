"""Troubles on demand over HTTP: the operator's, and only where the sandbox allows them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.contracts.identifiers import check_iin
from shared.pki.faults import MAGIC_SUBJECTS, FaultBoard, FaultRule, PkiFault

router = APIRouter()


class FaultRequest(BaseModel):
    """For whom, how often, how many times. Without a scope: for everybody.

    ``iin`` is for troubles of certificates and of OCSP, ``serial`` (hexadecimal) for OCSP. ``percent`` of the
    occasions are hit, evenly spread, the first one always.
    """

    model_config = ConfigDict(extra="forbid")

    iin: Annotated[str, Field(min_length=12, max_length=12)] | None = None
    serial: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{1,40}$")] | None = None
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class ActiveFaultView(FaultRequest):
    """A trouble that is asked for now; ``count`` is what is left of it."""

    name: PkiFault

    @classmethod
    def from_rule(cls, rule: FaultRule) -> ActiveFaultView:
        serial = None if rule.serial is None else f"{rule.serial:X}"
        return cls(name=rule.fault, iin=rule.iin, serial=serial, percent=rule.percent, count=rule.count)


class MagicSubjectView(BaseModel):
    """A person who never lived and whose certificates always have the same trouble."""

    iin: str
    surname: str
    name: str
    fault: PkiFault
    texts: dict[str, str]


@router.put("/api/v1/faults/{name}", tags=["faults"], dependencies=[OperatorOnly])
async def put_fault(name: PkiFault, runtime: ServiceRuntime, request: FaultRequest) -> ActiveFaultView:
    """Begin a trouble; the same name and scope again replaces it.

    ``faults-off``, ``fault-scope``, ``fault-limit``. It lasts until it is used up, ended, or this process ends.
    """
    iin = check_iin(request.iin) if request.iin else None
    serial = int(request.serial, 16) if request.serial else None
    rule = FaultRule(name, iin, serial, request.percent, request.count)
    runtime.resource(FaultBoard).put_rule(rule)
    return ActiveFaultView.from_rule(rule)


@router.get("/api/v1/faults", tags=["faults"], dependencies=[OperatorOnly])
async def list_faults(runtime: ServiceRuntime) -> list[ActiveFaultView]:
    """The troubles that are asked for now."""
    return [ActiveFaultView.from_rule(rule) for rule in runtime.resource(FaultBoard).active_rules()]


@router.get("/api/v1/faults/{name}", tags=["faults"], dependencies=[OperatorOnly])
async def show_fault(name: PkiFault, runtime: ServiceRuntime) -> list[ActiveFaultView]:
    """One trouble, with each scope it is asked for; ``fault-unknown`` when there is none."""
    active_faults = [
        ActiveFaultView.from_rule(rule)
        for rule in runtime.resource(FaultBoard).active_rules()
        if rule.fault is name
    ]
    if not active_faults:
        raise NotFound("fault-unknown", "nobody has asked for this trouble")
    return active_faults


@router.delete("/api/v1/faults/{name}", tags=["faults"], status_code=204, dependencies=[OperatorOnly])
async def end_fault(name: PkiFault, runtime: ServiceRuntime) -> None:
    """End a trouble, whatever its scope."""
    runtime.resource(FaultBoard).end_fault(name)


@router.delete("/api/v1/faults", tags=["faults"], status_code=204, dependencies=[OperatorOnly])
async def end_faults(runtime: ServiceRuntime) -> None:
    """End all troubles; the magic subjects stay."""
    runtime.resource(FaultBoard).end_fault()


@router.get("/api/v1/magic-subjects", tags=["faults"])
async def list_magic_subjects(runtime: ServiceRuntime) -> list[MagicSubjectView]:
    """Whose certificates always have a trouble, and which: ask for one under such a number. Empty where the
    sandbox allows no troubles."""
    if not runtime.resource(FaultBoard).is_on:
        return []
    return [
        MagicSubjectView(
            iin=subject.iin,
            surname=subject.surname,
            name=subject.name,
            fault=subject.fault,
            texts=dict(subject.explanations),
        )
        for subject in MAGIC_SUBJECTS
    ]
