"""The rules for the systems of other processes, which sign what they ask and what they report."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel

from services.shep_gateway.api.sandbox.admission import SandboxOnly
from services.shep_gateway.sandbox import followers, ordered_outcomes
from services.shep_gateway.sandbox.followers import RuleFollowers
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.messages.trust import PeerSystem
from shared.bus.runtime.service_runtime import Runtime
from shared.sandbox.rule_channel import (
    LONGEST_SIGNATURE,
    SIGNATURE,
    FiringsReport,
    FollowingAnswer,
    FollowingRequest,
    ReportAnswer,
)

router = APIRouter(prefix="/api/v1/sandbox", tags=["faults"], dependencies=[SandboxOnly, ManyCalls])

Signature = Annotated[str, Header(min_length=1, max_length=LONGEST_SIGNATURE)]
ERRORS = declare_errors(
    malformed="signature-malformed",
    untrusted="follower-refused sender-certificate-expired sender-certificate-revoked "
    "sender-certificate-untrusted sender-unknown signature-algorithm signature-invalid",
    unavailable="directory-unavailable",
)


@router.post("/following", responses={200: {"model": FollowingAnswer}, **ERRORS})
async def follow_rules(
    http: Request, request: FollowingRequest, runtime: ServiceRuntime, x_signature: Signature
) -> Response:
    """The rules for a system of another process, as soon as they are others than those of ``version``.

    ``X-Signature`` is the detached JWS of the body by the system's own key, addressed to ``shep_gateway``; the
    answer carries ШЭП's, with the digest of the request as ``re``. ``follower-refused`` for anybody but a system
    of the country.
    """
    body = await http.body()
    peer = await followers.verify_follower(runtime, x_signature, body)
    answer = await followers.answer_follower(runtime, peer, request, http.is_disconnected)
    return _sign(runtime, peer, body, answer)


@router.post("/reports", responses={200: {"model": ReportAnswer}, **ERRORS})
async def take_firings_report(
    http: Request, request: FiringsReport, runtime: ServiceRuntime, x_signature: Signature
) -> Response:
    """Journal what rules did at a system of another process, and set the rules for the outcomes ordered there: a
    report that comes again is journaled once.

    Signed as the questions for rules are; ``follower-refused``.
    """
    body = await http.body()
    peer = await followers.verify_follower(runtime, x_signature, body)
    await followers.take_report(runtime, peer, request)
    if request.orders:
        await ordered_outcomes.obey_orders(runtime, request.orders)
    return _sign(runtime, peer, body, ReportAnswer(number=request.number))


def _sign(runtime: Runtime, peer: PeerSystem, request_body: bytes, answer: BaseModel) -> Response:
    content = answer.model_dump_json(exclude_none=True).encode()
    signature = runtime.resource(RuleFollowers).sign(peer.address, request_body, content)
    return Response(content, media_type="application/json", headers={SIGNATURE: signature})
