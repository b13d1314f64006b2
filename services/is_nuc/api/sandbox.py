"""Troubles on demand over HTTP: the operator's, and only where the sandbox allows them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.contracts.identifiers import check_iin
from shared.pki.faults import MAGIC_SUBJECTS, Board, Fault, Rule

router = APIRouter()


class Trouble(BaseModel):
    """For whom, how often, how many times. Without a scope: for everybody.

    ``iin`` is for troubles of certificates and of OCSP, ``serial`` (hexadecimal) for OCSP. ``percent`` of the
    occasions are hit, evenly spread, the first one always.
    """

    model_config = ConfigDict(extra="forbid")

    iin: Annotated[str, Field(min_length=12, max_length=12)] | None = None
    serial: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{1,40}$")] | None = None
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class ActiveTrouble(Trouble):
    """A trouble that is asked for now; ``count`` is what is left of it."""

    name: Fault

    @classmethod
    def of(cls, rule: Rule) -> ActiveTrouble:
        serial = None if rule.serial is None else f"{rule.serial:X}"
        return cls(name=rule.fault, iin=rule.iin, serial=serial, percent=rule.percent, count=rule.count)


class Magic(BaseModel):
    """A person who never lived and whose certificates always have the same trouble."""

    iin: str
    surname: str
    name: str
    fault: Fault
    texts: dict[str, str]


@router.put("/api/v1/faults/{name}", tags=["faults"], dependencies=[OperatorOnly])
async def put_fault(name: Fault, bus: Bus, request: Trouble) -> ActiveTrouble:
    """Begin a trouble; the same name and scope again replaces it.

    ``faults-off``, ``fault-scope``, ``fault-limit``. It lasts until it is used up, ended, or this process ends.
    """
    iin = check_iin(request.iin) if request.iin else None
    serial = int(request.serial, 16) if request.serial else None
    rule = Rule(name, iin, serial, request.percent, request.count)
    bus.use(Board).put(rule)
    return ActiveTrouble.of(rule)


@router.get("/api/v1/faults", tags=["faults"], dependencies=[OperatorOnly])
async def list_faults(bus: Bus) -> list[ActiveTrouble]:
    """The troubles that are asked for now."""
    return [ActiveTrouble.of(rule) for rule in bus.use(Board).rules()]


@router.get("/api/v1/faults/{name}", tags=["faults"], dependencies=[OperatorOnly])
async def get_fault(name: Fault, bus: Bus) -> list[ActiveTrouble]:
    """One trouble, with each scope it is asked for; ``fault-unknown`` when there is none."""
    found = [ActiveTrouble.of(rule) for rule in bus.use(Board).rules() if rule.fault is name]
    if not found:
        raise NotFound("fault-unknown", "nobody has asked for this trouble")
    return found


@router.delete("/api/v1/faults/{name}", tags=["faults"], status_code=204, dependencies=[OperatorOnly])
async def end_fault(name: Fault, bus: Bus) -> None:
    """End a trouble, whatever its scope."""
    bus.use(Board).drop(name)


@router.delete("/api/v1/faults", tags=["faults"], status_code=204, dependencies=[OperatorOnly])
async def end_faults(bus: Bus) -> None:
    """End all troubles; the magic subjects stay."""
    bus.use(Board).drop()


@router.get("/api/v1/magic-subjects", tags=["faults"])
async def magic_subjects(bus: Bus) -> list[Magic]:
    """Whose certificates always have a trouble, and which: ask for one under such a number. Empty where the
    sandbox allows no troubles."""
    if not bus.use(Board).is_on:
        return []
    return [
        Magic(iin=one.iin, surname=one.surname, name=one.name, fault=one.fault, texts=dict(one.told))
        for one in MAGIC_SUBJECTS
    ]
