"""The callers of the REST door: participants with their tokens, and ШЭП's operator where both may read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.shep_gateway.doors.participant_limits import ParticipantLimits
from services.shep_gateway.doors.participants import TOKEN_PREFIX, KnownParticipants, Participant
from services.shep_gateway.doors.recording import note_participant
from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime, operator_door
from shared.bus.http.problems import answers_errors
from shared.bus.http.requests.callers import CallerAddress
from shared.bus.runtime.service_runtime import Runtime


async def find_participant(runtime: Runtime, token: str) -> Participant:
    """The participant that holds the token; Untrusted ``participant-token``."""
    return await runtime.resource(KnownParticipants).find_by_token(runtime, token)


@answers_errors(Untrusted("participant-token"), Throttled("too-many-calls"))
async def require_participant(token: BearerToken, runtime: ServiceRuntime) -> Participant:
    """The participant that holds the bearer token; ``participant-token``, ``too-many-calls``."""
    participant = await find_participant(runtime, token)
    note_participant(participant)
    runtime.resource(ParticipantLimits).count_call(participant.address)
    return participant


@answers_errors(Untrusted("participant-token"), Untrusted("operator-only"), Throttled("too-many-attempts"))
async def _require_reader(
    request: Request, token: BearerToken, address: CallerAddress, runtime: ServiceRuntime
) -> str | None:
    """The address of the participant that reads, or None for ШЭП's operator, who reads everything.

    ``participant-token``; ``operator-only``, ``too-many-attempts``.
    """
    if token.startswith(TOKEN_PREFIX):
        return (await find_participant(runtime, token)).address
    operator_door(request.app).admit(token, address)
    return None


CurrentParticipant = Annotated[Participant, Depends(require_participant)]
OwnReader = Annotated[str | None, Depends(_require_reader)]
