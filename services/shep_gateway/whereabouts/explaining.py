"""The whole answer to «where does it lie»: the traces, the queues, whose turn it is, and why it was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.shep_gateway.missing_entries import EXPLAINED, explain_refusal
from services.shep_gateway.register import CachedRegister
from services.shep_gateway.storage import DeliveryRow, JournalRow, find_explanation
from services.shep_gateway.whereabouts.message_findings import (
    describe_call,
    describe_entry,
    describe_questions,
    list_under_way,
    make_finding,
)
from services.shep_gateway.whereabouts.message_traces import MessageTraces, read_traces
from services.shep_gateway.whereabouts.waiting_steps import find_waiting_steps
from shared.bus.http.records.whereabouts import WhereaboutsFinding, find_own_places, inspect_address
from shared.bus.messages.message import MessageInfo, MessageType, make_envelope
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, STEP, VARIANT
from shared.regulations.passport_book import PassportBook
from shared.texts.catalog import COMMON

CALM = frozenset(("answered", "case-ended", "delivered", "queue-is-long", "replayed"))
"""The findings that are no reason for silence: they stand last."""
REFUSALS = frozenset(("refused-by-gateway", "refused-by-recipient"))
GATEWAY_OF_REGION = dict(zip(addresses.REGIONS, addresses.REGIONAL_GATEWAYS, strict=True))


async def explain_id(runtime: Runtime, any_id: str, reader: str | None) -> list[WhereaboutsFinding]:
    """What ШЭП knows of a message, case, session or call at a door: first what may be the reason for silence.

    For a participant (``reader``) of its own messages and cases alone; the kernel's records are the operator's.
    """
    traces = await runtime.read(lambda session: read_traces(session, any_id, reader))
    findings = [describe_call(call) for call in traces.calls]
    if reader is None:
        findings += [
            one for one in await find_own_places(runtime, any_id, COMMON) if not _is_journaled(one, traces)
        ]
    findings += await _describe_entries(runtime, traces)
    for delivery in list_under_way(traces):
        findings += await _describe_under_way(runtime, delivery)
    findings += describe_questions(traces)
    findings += await _describe_steps(runtime, traces)
    known = list(dict.fromkeys(map(_Once, findings)))
    ordered = sorted((once.finding for once in known), key=lambda finding: finding.code in CALM)
    return ordered or [make_finding("nothing-known", id=any_id)]


class _Once:
    """A finding that equals another one that says the same."""

    def __init__(self, finding: WhereaboutsFinding) -> None:
        self.finding = finding
        self._key = (finding.code, finding.message_id, finding.since, tuple(finding.details.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def _is_journaled(finding: WhereaboutsFinding, traces: MessageTraces) -> bool:
    """Whether the journal tells of a dead letter of ШЭП itself: of its refusal, or of a message never taken."""
    told = {(entry.message_id, entry.code) for entry in traces.entries if entry.event != "ACCEPTED"}
    return finding.code == "dead-letter" and (finding.message_id, finding.details.get("code")) in told


async def _describe_entries(runtime: Runtime, traces: MessageTraces) -> list[WhereaboutsFinding]:
    findings: list[WhereaboutsFinding] = []
    for entry in traces.entries:
        for finding in describe_entry(entry, traces):
            explanation = await _explain_finding(runtime, entry, finding) if finding.code in REFUSALS else None
            findings.append(replace(finding, explanation=explanation))
    return findings


async def _explain_finding(
    runtime: Runtime, entry: JournalRow, finding: WhereaboutsFinding
) -> Mapping[str, Any] | None:
    """Why a message was refused: as it was explained then, or which entries of the register it lacks now."""
    key = entry.sender or "", entry.message_id or "", finding.details.get("recipient", "")
    kept = await runtime.read(lambda session: find_explanation(session, *key))
    if kept is not None:
        return kept
    info, opens = _read_info(entry), runtime.resource(ActiveProfile).opens(Opening.EXPLANATIONS)
    if info is None or entry.code not in EXPLAINED or not opens:
        return None
    register, code = runtime.resource(CachedRegister), entry.code
    return await runtime.read(lambda session: explain_refusal(code, info, register.current_snapshot(session)))


def _read_info(entry: JournalRow) -> MessageInfo | None:
    """The envelope of a refused message, as far as the journal has it."""
    if entry.sender is None or entry.service_id is None or entry.message_type is None:
        return None
    variant, _, step = (entry.step or "").rpartition("/")
    properties = {CHANNEL: entry.channel, STEP: step, VARIANT: variant}
    return make_envelope(
        message_id=entry.message_id or "-",
        correlation_id=entry.case_id or "-",
        service_id=entry.service_id,
        message_type=MessageType(entry.message_type),
        route_id=entry.region,
        message_date=entry.at,
        sender=entry.sender,
        values={name: value for name, value in properties.items() if value},
    )


async def _describe_under_way(runtime: Runtime, delivery: DeliveryRow) -> list[WhereaboutsFinding]:
    """Why a delivery to a system of the bus is not concluded: its queue, or that of the gateway before it."""
    register = runtime.resource(CachedRegister)
    snapshot = await runtime.read(register.current_snapshot)
    regional = GATEWAY_OF_REGION.get(delivery.region) if snapshot.is_regional(delivery.recipient) else None
    findings: list[WhereaboutsFinding] = []
    for address in filter(None, (regional, delivery.recipient)):
        findings += await inspect_address(runtime, address, COMMON)
    waiting = [replace(one, message_id=delivery.message_id, since=delivery.changed_at) for one in findings]
    if waiting:
        return waiting
    facts = {"recipient": delivery.recipient, "by-way-of": regional}
    return [make_finding("taken-without-verdict", delivery.message_id, delivery.changed_at, **facts)]


async def _describe_steps(runtime: Runtime, traces: MessageTraces) -> list[WhereaboutsFinding]:
    cases = dict.fromkeys(
        entry.case_id for entry in traces.entries if entry.event == "ACCEPTED" and entry.step and entry.case_id
    )
    book, now = runtime.resource(PassportBook), runtime.now
    findings: list[WhereaboutsFinding] = []
    for case_id in cases:
        found = await runtime.read(
            lambda session, case_id=case_id: find_waiting_steps(session, case_id, book, now)  # type: ignore[misc]
        )
        findings += found
    return findings
