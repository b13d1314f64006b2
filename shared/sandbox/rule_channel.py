"""What ШЭП and the systems of other processes tell each other about rules; both sides sign.

A request carries the detached JWS of its body in ``X-Signature``, addressed to ШЭП, and says when it was written;
the answer carries ШЭП's, addressed to the asker, with the digest of the request that it answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from shared.bus.errors import Untrusted
from shared.bus.http.requests.plain_input import LARGEST_INTEGER, RequestModel
from shared.bus.messages import jws
from shared.bus.messages.gate import body_digest
from shared.bus.messages.message import MessageType
from shared.bus.messages.trust import PeerDirectory, PeerSystem, SystemIdentity
from shared.contracts.addresses import GATEWAY
from shared.sandbox.rule_book import RuleFiring
from shared.sandbox.rules import EffectKind, ExchangePlace, OutcomeOrder, SandboxRule, Word

FOLLOWING_PATH = "/api/v1/sandbox/following"
REPORTS_PATH = "/api/v1/sandbox/reports"
SIGNATURE = "X-Signature"
LONGEST_WAIT = 20.0
MOST_FIRINGS, MOST_BOARD, MOST_ORDERS = 40, 40, 20
"""The firings, the rules of a board and the ordered outcomes that a report has room for."""
MOST_INSTANCES = 50
LONGEST_PATH = 200
LONGEST_SIGNATURE = jws.MAX_TOKEN
CLOCKS_MAY_DIFFER = timedelta(minutes=5)

Version = Annotated[int, Field(ge=0, le=LARGEST_INTEGER)]


class FollowingRequest(RequestModel):
    """A process asks for the rules; ``wait`` is for how many seconds an answer may wait for others than those of
    ``version``, which the process obeys.
    """

    process: Word
    at: AwareDatetime
    nonce: Word
    instances: Annotated[list[Word], Field(max_length=MOST_INSTANCES)]
    version: Version | None = None
    wait: Annotated[float, Field(ge=0, le=LONGEST_WAIT)] = 0.0


class FollowingAnswer(BaseModel):
    """The rules of the country, and their version; no ``rules`` where the asker has this version."""

    version: int
    rules: list[SandboxRule] | None = None


class ReportedFiring(RequestModel):
    """An occasion on which a rule did something at the system that reports it."""

    at: AwareDatetime
    rule_id: Word
    kind: EffectKind
    place: ExchangePlace
    message_id: Word | None = None
    case_id: Word | None = None
    service: Word | None = None
    region: Word | None = None
    message_type: MessageType | None = None
    step: Word | None = None
    path: Annotated[str, Field(max_length=LONGEST_PATH)] | None = None


class FiringsReport(RequestModel):
    """What rules did at one system since its last report. The ``number`` grows with each report of a process: one
    that comes again is not journaled again. ``board`` are the first
    rules of the system's own board, ``orders`` the outcomes that were ordered with new applications.
    """

    process: Word
    at: AwareDatetime
    number: Version
    firings: Annotated[tuple[ReportedFiring, ...], Field(max_length=MOST_FIRINGS)] = ()
    board: Annotated[tuple[SandboxRule, ...], Field(max_length=MOST_BOARD)] = ()
    orders: Annotated[tuple[OutcomeOrder, ...], Field(max_length=MOST_ORDERS)] = ()


class ReportAnswer(BaseModel):
    """The ``number`` of the report that is journaled."""

    number: int


def report_firings(firings: Iterable[RuleFiring]) -> tuple[ReportedFiring, ...]:
    """The firings as a system reports them: the case, and no person."""
    return tuple(
        ReportedFiring(
            at=firing.at,
            rule_id=firing.rule_id,
            kind=firing.kind,
            place=firing.place,
            message_id=None if firing.facts.path else firing.facts.message_id,
            case_id=firing.facts.case_id,
            service=firing.facts.service,
            region=firing.facts.region,
            message_type=None if firing.facts.message_type is None else MessageType(firing.facts.message_type),
            step=firing.facts.step,
            path=None if firing.facts.path is None else firing.facts.path[:LONGEST_PATH],
        )
        for firing in firings
    )


def sign_request(identity: SystemIdentity, body: bytes) -> str:
    """The value of ``X-Signature`` of a request to ШЭП."""
    return identity.sign(body, {"to": GATEWAY})


def sign_answer(identity: SystemIdentity, asker: str, request_body: bytes, body: bytes) -> str:
    """The value of ``X-Signature`` of ШЭП's answer."""
    return identity.sign(body, {"to": asker, "re": body_digest(request_body)})


def verify_request(directory: PeerDirectory, signature: str, body: bytes, now: datetime) -> PeerSystem:
    """The system that signed a request; Untrusted ``follower-refused``, and as `PeerDirectory.find_peer`."""
    token = jws.parse(signature)
    peer = directory.find_peer(token.thumbprint, now)
    jws.verify(token, peer.key, body)
    if token.claims.get("to") != GATEWAY:
        raise Untrusted("follower-refused", "the signature is for another address")
    return peer


def verify_answer(
    directory: PeerDirectory, signature: str, asker: str, request_body: bytes, body: bytes, now: datetime
) -> None:
    """Check that ШЭП gave this answer to this request; raises as `verify_request`."""
    token = jws.parse(signature)
    peer = directory.find_peer(token.thumbprint, now)
    jws.verify(token, peer.key, body)
    claims = (peer.address, token.claims.get("to"), token.claims.get("re"))
    if claims != (GATEWAY, asker, body_digest(request_body)):
        raise Untrusted("follower-refused", "not ШЭП's answer to this request")
