"""Where a message or a case lies at this system, for the operator who waits for an answer that does not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from shared.bus.errors import Unavailable
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime, Texts
from shared.bus.http.languages import LANGUAGES
from shared.bus.http.lists.paging import at_most
from shared.bus.persistence.message_places import MessagePlace, find_places
from shared.bus.runtime.service_runtime import Runtime

router = APIRouter(prefix="/api/v1/whereabouts", tags=["waiting"], dependencies=[OperatorOnly])

TEXT = "place-"
"""How the codes of the texts begin that say what a finding about records and queues means."""
MOST_FINDINGS = 100

AnyId = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[\w.:{}/-]+$")]


class FindingTexts(BaseModel):
    """The meaning of a finding, in three languages."""

    ru: str
    kk: str
    en: str


class WhereaboutsFindingView(BaseModel):
    """Where a message or a case lies, or what became of it; ``explanation`` says why a message was refused."""

    code: str
    message_id: str | None
    since: datetime | None
    details: dict[str, str]
    texts: FindingTexts
    explanation: dict[str, Any] | None = None


@dataclass(frozen=True)
class WhereaboutsFinding:
    """One finding, by a stable code; ``details`` are short values: an address, a code, a moment, a number."""

    code: str
    texts: Mapping[str, str]
    message_id: str | None = None
    since: datetime | None = None
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    explanation: Mapping[str, Any] | None = None

    def as_view(self) -> WhereaboutsFindingView:
        return WhereaboutsFindingView(
            code=self.code,
            message_id=self.message_id,
            since=self.since,
            details=dict(self.details),
            texts=FindingTexts(**self.texts),
            explanation=dict(self.explanation) if self.explanation is not None else None,
        )


@router.get("/{any_id:path}")
async def find_whereabouts(
    any_id: AnyId, runtime: ServiceRuntime, request: Request
) -> Annotated[list[WhereaboutsFindingView], at_most(MOST_FINDINGS, "one message lies in few places")]:
    """Where the message, or the messages of the case, with this id lie at this system: not yet taken by the
    carrier, parked behind a gap or for another attempt, dead. Empty where nothing of it lies here.
    """
    texts: Texts = request.app.state.texts
    return as_views(await find_own_places(runtime, any_id, texts))


async def find_own_places(runtime: Runtime, any_id: str, texts: Texts) -> list[WhereaboutsFinding]:
    """The findings about this system's records, and about the queues that unsent messages wait for."""
    places = await runtime.read(lambda session: find_places(session, runtime.tables, any_id))
    findings = [describe_place(place, texts) for place in places]
    for address in dict.fromkeys(place.address for place in places if place.kind == "unsent"):
        findings += await inspect_address(runtime, address, texts)
    return findings


async def inspect_address(runtime: Runtime, address: str, texts: Texts) -> list[WhereaboutsFinding]:
    """What is wrong with the queue of an address, or that its messages wait there; empty where nothing waits."""
    try:
        state = await runtime.inspect_queue(address)
    except Unavailable as fault:
        return [_make_finding(texts, "carrier-away", address=address, code=fault.code)]
    if state is None:
        return [_make_finding(texts, "queue-missing", address=address)]
    waiting = str(state.messages)
    if state.consumers == 0:
        return [_make_finding(texts, "queue-without-consumer", address=address, waiting=waiting)]
    if state.messages:
        return [_make_finding(texts, "queue-is-long", address=address, waiting=waiting)]
    return []


def describe_place(place: MessagePlace, texts: Texts) -> WhereaboutsFinding:
    """The finding about a place."""
    facts = {
        "address": place.address,
        "code": place.code,
        "reason": place.reason,
        "attempts": str(place.attempts or ""),
        "next-try-at": place.next_try_at.isoformat() if place.next_try_at else "",
        "number": str(place.sequence or ""),
        "waits-for-number": str(place.expected or ""),
    }
    details = MappingProxyType({name: fact for name, fact in facts.items() if fact})
    meaning, explanation = _translate(texts, place.kind), place.explanation
    return WhereaboutsFinding(place.kind, meaning, place.message_id, place.since, details, explanation)


def _make_finding(texts: Texts, code: str, /, **details: str) -> WhereaboutsFinding:
    return WhereaboutsFinding(code, _translate(texts, code), details=MappingProxyType(details))


def _translate(texts: Texts, code: str) -> Mapping[str, str]:
    return texts.get(TEXT + code) or dict.fromkeys(LANGUAGES, code)


def as_views(findings: Sequence[WhereaboutsFinding]) -> list[WhereaboutsFindingView]:
    """The findings as they are shown, at most ``MOST_FINDINGS``."""
    return [finding.as_view() for finding in findings[:MOST_FINDINGS]]
