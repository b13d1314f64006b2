"""Faults on demand over HTTP: for the operator, and only where the sandbox allows faults."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import WholePaging, at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.persistence.list_pages import slice_page
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.pki.faults import MAGIC_SUBJECTS, PkiFault
from shared.sandbox.fault_board import FaultBoard, FaultRule, ForcedTrouble

router = APIRouter()


class FaultRequest(RequestModel):
    """The scope, the share and the number of a fault. Without a scope the fault affects everybody.

    ``iin`` is for faults of certificates and of OCSP, ``serial`` (hexadecimal) for OCSP. ``percent`` of the
    occasions are affected, evenly spread, always including the first.
    """

    iin: Annotated[str, Field(min_length=12, max_length=12)] | None = None
    serial: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{1,40}$")] | None = None
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class ActiveFaultView(FaultRequest):
    """An active fault; ``count`` is the number of occasions left."""

    name: PkiFault

    @classmethod
    def from_rule(cls, rule: FaultRule | ForcedTrouble) -> ActiveFaultView:
        serial = None if rule.serial is None else f"{rule.serial:X}"
        return cls(name=rule.fault, iin=rule.iin, serial=serial, percent=rule.percent, count=rule.count)


class MagicSubjectView(BaseModel):
    """An invented person whose certificates always have the same fault."""

    iin: str
    surname: str
    name: str
    fault: PkiFault
    texts: dict[str, str]


@router.put(
    "/api/v1/faults/{name}",
    tags=["faults"],
    dependencies=[OperatorOnly],
    responses=declare_errors(IIN_ERRORS, refused="faults-off", malformed="fault-limit fault-scope"),
)
@audits_fields("serial", "percent", "count")
async def put_fault(name: PkiFault, runtime: ServiceRuntime, request: FaultRequest) -> ActiveFaultView:
    """Start a fault; a fault with the same name and scope is replaced.

    ``faults-off``, ``fault-scope``, ``fault-limit``. The fault lasts until it is used up, ended, or this process
    ends.
    """
    iin = check_iin(request.iin) if request.iin else None
    serial = int(request.serial, 16) if request.serial else None
    rule = FaultRule(name, iin, serial, request.percent, request.count)
    runtime.resource(FaultBoard).put_rule(rule)
    return ActiveFaultView.from_rule(rule)


@router.get("/api/v1/faults", tags=["faults"], dependencies=[OperatorOnly])
async def list_faults(runtime: ServiceRuntime, pager: WholePaging) -> list[ActiveFaultView]:
    """The active faults, ordered by name and scope; ``cursor-malformed``."""
    rules = sorted(runtime.resource(FaultBoard).active_rules(), key=_order_rule)
    page = slice_page(rules, pager.place, _order_rule)
    return [ActiveFaultView.from_rule(rule) for rule in pager.link_page(page)]


@router.get(
    "/api/v1/faults/{name}",
    tags=["faults"],
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="fault-unknown"),
)
async def show_fault(name: PkiFault, runtime: ServiceRuntime, pager: WholePaging) -> list[ActiveFaultView]:
    """One active fault in each of its scopes, ordered by scope; ``fault-unknown``, ``cursor-malformed``."""
    active_rules = runtime.resource(FaultBoard).active_rules()
    rules = sorted((rule for rule in active_rules if rule.fault is name), key=_order_rule)
    if not rules:
        raise NotFound("fault-unknown", "no fault with this name is active")
    page = slice_page(rules, pager.place, _order_rule)
    return [ActiveFaultView.from_rule(rule) for rule in pager.link_page(page)]


def _order_rule(rule: ForcedTrouble) -> tuple[str, str, str]:
    """The place of a rule among the active ones; unique."""
    return rule.fault.value, rule.iin or "", "" if rule.serial is None else f"{rule.serial:040X}"


@router.delete("/api/v1/faults/{name}", tags=["faults"], status_code=204, dependencies=[OperatorOnly])
async def end_fault(name: PkiFault, runtime: ServiceRuntime) -> None:
    """End a fault in every scope."""
    runtime.resource(FaultBoard).end_fault(name)


@router.delete("/api/v1/faults", tags=["faults"], status_code=204, dependencies=[OperatorOnly])
async def end_faults(runtime: ServiceRuntime) -> None:
    """End all faults; the magic subjects stay."""
    runtime.resource(FaultBoard).end_fault()


@router.get("/api/v1/magic-subjects", tags=["faults"], dependencies=[ManyCalls])
async def list_magic_subjects(
    runtime: ServiceRuntime,
) -> Annotated[list[MagicSubjectView], at_most(100, "invented people, one for a fault")]:
    """The magic subjects: a certificate for such a number always has the named fault. Empty where the sandbox
    allows no faults.
    """
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
