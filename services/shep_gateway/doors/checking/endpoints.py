"""Check a message before it is sent, over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel

from services.shep_gateway.doors.checking.message_forms import MessageForm
from services.shep_gateway.doors.checking.rehearsal import CheckStep, StepFinding, check_message
from services.shep_gateway.doors.rest.callers import OwnReader
from services.shep_gateway.doors.rest.views import LONGEST_SIGNATURE, MOST_RECIPIENTS, DoorDeviationView, Word
from services.shep_gateway.doors.soap.channel_reader import MOST_DEVIATIONS
from shared.bus.errors import Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.media import declare_raw_body
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.profiles import ActiveProfile, Opening

router = APIRouter(prefix="/api/v1/message-checks", tags=["messages"])

MOST_FAULTS = 50
"""The faulty fields that are named, at most."""


class StepVerdict(StrEnum):
    """What a step of the check says."""

    PASSED = "passed"
    REFUSED = "refused"
    SKIPPED = "skipped"


class FieldFaultView(BaseModel):
    """A faulty field: its place, the kind of fault, what the contract expected and what stood there."""

    field: str
    fault: str
    expected: str | None = None
    found: str | None = None


class CheckStepView(BaseModel):
    """The verdict of one step; ``code`` is that of the refusal, or why nothing could be checked."""

    step: CheckStep
    verdict: StepVerdict
    code: str | None
    detail: str | None
    fields: Annotated[list[FieldFaultView], at_most(MOST_FAULTS, "further faults are seen once these are mended")]
    explanation: dict[str, Any] | None


class MessageCheckView(BaseModel):
    """What ШЭП and the recipient would say of a message; ``sender`` is None where nothing names one."""

    passes: bool
    form: MessageForm | None
    sender: str | None
    recipients: Annotated[list[str], at_most(MOST_RECIPIENTS, "a route names few recipients")]
    steps: Annotated[list[CheckStepView], at_most(len(CheckStep), "each step has one verdict")]
    deviations: Annotated[list[DoorDeviationView], at_most(MOST_DEVIATIONS, "a call is read no further")]


@router.post(
    "",
    responses=declare_errors(refused="checks-closed"),
    openapi_extra=declare_raw_body(
        "application/octet-stream",
        "The message: in the form of the bus, as a SOAP envelope, or as the body of POST /api/v1/messages.",
    ),
)
@accepts_body()
async def check_one_message(
    http: Request,
    runtime: ServiceRuntime,
    reader: OwnReader,
    sender: Word | None = None,
    x_signature: Annotated[str | None, Header(min_length=1, max_length=LONGEST_SIGNATURE)] = None,
) -> MessageCheckView:
    """What ШЭП and the recipient would say of this message; nothing is stored, sent or journaled.

    ``gate`` is the signature, the sender and the age; ``register`` the rights, the case and the route;
    ``contract`` the data, field by field. ``X-Signature`` is the JWS of a message in the form of the bus.
    ``sender`` is the system that would send it, for ШЭП's operator; a participant checks its own messages.
    In the sandbox only: ``checks-closed``.
    """
    if not runtime.resource(ActiveProfile).opens(Opening.MESSAGE_CHECKS):
        raise Refused("checks-closed", "only with EGOV_PROFILE=sandbox")
    findings = await check_message(runtime, await http.body(), x_signature, reader or sender)
    return MessageCheckView(
        passes=all(step.error is None for step in findings.steps),
        form=findings.form,
        sender=findings.sender or None,
        recipients=list(findings.recipients),
        steps=[_show_step(step) for step in findings.steps],
        deviations=[DoorDeviationView(**vars(deviation)) for deviation in findings.deviations],
    )


def _show_step(finding: StepFinding) -> CheckStepView:
    error = finding.error
    verdict = StepVerdict.REFUSED if error else StepVerdict.SKIPPED if finding.skipped else StepVerdict.PASSED
    faults = error.details.get("fields", ())[:MOST_FAULTS] if error else ()
    return CheckStepView(
        step=finding.step,
        verdict=verdict,
        code=error.code if error else finding.skipped or None,
        detail=error.message if error else None,
        fields=[FieldFaultView(**fault) for fault in faults],
        explanation=None if finding.explanation is None else dict(finding.explanation),
    )
