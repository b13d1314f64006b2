"""Events that the operator makes happen to a case."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from services.shep_gateway.api.sandbox.admission import SandboxOnly
from services.shep_gateway.sandbox.triggers import TriggerOrder, trigger_event
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.sandbox.rules import LONGEST_SECONDS, SandboxRule, Word

router = APIRouter(prefix="/api/v1/sandbox", tags=["faults"], dependencies=[SandboxOnly, OperatorOnly])


class TriggerRequest(RequestModel):
    """An event and its case; ``after`` in seconds: of the bus's time for what a provider decides, of the machine's
    for a late delivery. ``polls``: a decision is made when the citizen has asked so often for the state.
    ``refusal`` is the code of a reason in three languages, of a refusal or of a rejected payment; ``status`` the
    code of the event ``status``.
    """

    event: Word
    case: Word
    after: Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None
    refusal: Word | None = None
    polls: Annotated[int, Field(ge=1, le=10_000)] | None = None
    status: Word | None = None


@router.post(
    "/triggers",
    status_code=201,
    response_model_exclude_none=True,
    responses=declare_errors(
        not_found="case-unknown event-unknown",
        conflict="case-without-provider event-impossible",
        malformed="rule-matches-nothing rule-limit",
    ),
)
@audits_fields("event", "case", "after")
async def trigger_case_event(request: TriggerRequest, runtime: ServiceRuntime) -> SandboxRule:
    """Make an event happen to a case, through the messages of the systems concerned: the rule that does it.

    ``case-unknown``, ``event-unknown``; ``case-without-provider`` before the case has come to a provider;
    ``event-impossible`` for an extension, a payment or a status that the act does not have; ``rule-limit``.
    """
    further = request.model_dump(include={"after", "reason", "reason_kk", "refusal", "polls", "status"})
    return await trigger_event(runtime, TriggerOrder(request.event, request.case, **further))
