"""A message checked as ШЭП and its recipient would: gate, register, contract; nothing is stored, sent or noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic_core import from_json

from services.shep_gateway import storage
from services.shep_gateway.doors.checking.message_forms import (
    CheckedMessage,
    MessageForm,
    find_form,
    read_bus_message,
    read_rest_message,
    read_soap_message,
)
from services.shep_gateway.doors.participants import KnownParticipants
from services.shep_gateway.doors.soap.channel_reader import Deviation
from services.shep_gateway.doors.soap.refusal_explanation import explain_envelope_refusal
from services.shep_gateway.doors.soap.signed_calls import prove_call
from services.shep_gateway.doors.submission import seal_submission
from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, Malformed, Untrusted
from shared.bus.messages import receipts, withdrawals
from shared.bus.messages.message import MessageContract, imported_contracts, read_data
from shared.bus.messages.refusals import explanation_of
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import cases, payments, registers, soap_data
from shared.pki.client.nuc import CertificationCentre
from shared.pki.encoding.xmltree import parse_document
from shared.pki.xml.wsse import split_envelope

CONTRACT_HOLDERS = (receipts, withdrawals, cases, payments, registers, soap_data)
"""The modules with the contracts of the bus."""


class CheckStep(StrEnum):
    """What is checked, in this order."""

    GATE = "gate"
    REGISTER = "register"
    CONTRACT = "contract"


@dataclass(frozen=True)
class StepFinding:
    """The verdict of one step: ``error`` None for one that passed, ``skipped`` why nothing could be checked."""

    step: CheckStep
    error: BusError | None = None
    skipped: str = ""
    explanation: Mapping[str, Any] | None = None


@dataclass
class MessageFindings:
    """What is known of a checked message."""

    form: MessageForm | None = None
    sender: str = ""
    message: CheckedMessage | None = None
    recipients: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    steps: list[StepFinding] = field(default_factory=list)

    def add_error(self, step: CheckStep, error: BusError, explanation: Mapping[str, Any] | None = None) -> None:
        """Record that a step refuses the message."""
        self.steps.append(StepFinding(step, error, explanation=explanation or explanation_of(error)))

    def skip(self, step: CheckStep, reason: str) -> None:
        """Record why a step was not taken."""
        self.steps.append(StepFinding(step, skipped=reason))

    def passes(self, step: CheckStep) -> None:
        """Record that a step lets the message pass."""
        self.steps.append(StepFinding(step))


async def check_message(
    runtime: Runtime, content: bytes, signature: str | None, sender: str | None
) -> MessageFindings:
    """What ШЭП would say of this message, step by step.

    ``signature`` is the detached JWS of a message in the form of the bus. ``sender`` is the system that would send
    the message where its form names none; a message of another system is refused (``sender-mismatch``).
    """
    findings = MessageFindings()
    try:
        findings.form = find_form(content)
        findings.message = await _read_message(runtime, findings, content)
    except BusError as error:
        findings.add_error(CheckStep.GATE, error)
    if findings.message is None:
        for step in (CheckStep.REGISTER, CheckStep.CONTRACT):
            findings.skip(step, "message-unread")
        return findings
    if not findings.steps:
        await _check_sender(runtime, findings, content, signature, sender)
    findings.sender = findings.sender or findings.message.sender or sender or ""
    await _check_register(runtime, findings)
    await runtime.compute(lambda: _check_contract(findings))
    return findings


async def _read_message(runtime: Runtime, findings: MessageFindings, content: bytes) -> CheckedMessage | None:
    if findings.form is MessageForm.SOAP:
        return await _open_envelope(runtime, findings, content)
    return read_bus_message(content) if findings.form is MessageForm.BUS else read_rest_message(content)


async def _open_envelope(runtime: Runtime, findings: MessageFindings, envelope: bytes) -> CheckedMessage | None:
    """Prove the signature; the call inside is read also where the signature is refused."""
    centre, now = runtime.resource(CertificationCentre), runtime.now
    try:
        proved = await runtime.compute(lambda: prove_call(envelope, centre, now, read_soap_message))
    except BusError as error:
        refusal = error
        explanation = await runtime.compute(lambda: explain_envelope_refusal(runtime, refusal, envelope))
        findings.add_error(CheckStep.GATE, error, explanation)
        return await runtime.compute(lambda: _read_unproved(envelope))
    peer, message, naming = proved
    findings.sender, findings.deviations = peer.address, (*naming, *message.deviations)
    return message


def _read_unproved(envelope: bytes) -> CheckedMessage | None:
    try:
        return read_soap_message(envelope, split_envelope(parse_document(envelope))[1])
    except BusError:
        return None


async def _check_sender(
    runtime: Runtime, findings: MessageFindings, content: bytes, signature: str | None, sender: str | None
) -> None:
    message = findings.message
    assert message is not None  # noqa: S101 - held by the caller
    try:
        for signer in (findings.sender or sender, sender):
            if signer and message.sender not in ("", signer):
                raise Untrusted("sender-mismatch", "the message names another system than its signer")
        if sender and findings.sender not in ("", sender):
            raise Untrusted("sender-mismatch", "the signature is another system's")
        if message.header is not None:
            if signature is None:
                findings.skip(CheckStep.GATE, "signature-not-given")
                return
            await runtime.admit_message(SignedBytes(content, signature))
        elif findings.sender or sender:
            await runtime.resource(KnownParticipants).find_by_address(runtime, findings.sender or sender or "")
        else:
            findings.skip(CheckStep.GATE, "sender-not-given")
            return
    except BusError as error:
        findings.add_error(CheckStep.GATE, error)
    else:
        findings.passes(CheckStep.GATE)


async def _check_register(runtime: Runtime, findings: MessageFindings) -> None:
    """The rights, the case and the routes, by the handler of every message."""
    assert findings.message is not None  # noqa: S101 - held by the caller
    if not findings.sender:
        findings.skip(CheckStep.REGISTER, "sender-not-given")
        return
    try:
        sealed = seal_submission(runtime, findings.sender, findings.message.submitted).raw
        findings.recipients = await runtime.rehearse_message(sealed, _list_recipients, is_sealed_here=True)
    except BusError as error:
        findings.add_error(CheckStep.REGISTER, error)
    else:
        findings.passes(CheckStep.REGISTER)


def _list_recipients(uow: UnitOfWork) -> tuple[str, ...]:
    return tuple(row["recipient"] for write, row in uow.pending_writes if write is storage.write_deliveries)


def _check_contract(findings: MessageFindings) -> None:
    """The data against the contract that the message names, as the recipient reads them."""
    assert findings.message is not None  # noqa: S101 - held by the caller
    submitted = findings.message.submitted
    name = from_json(submitted.data)["contract"]
    contract = _find_contract(name)
    try:
        if contract is None:
            raise Malformed("contract-unknown", f"no contract of the bus: {name!r}")
        if contract.message_type not in (None, submitted.message_type):
            raise Malformed("contract-type-mismatch", f"{name} goes in a {contract.message_type} only")
        read_data(b'{"messageData":' + submitted.data.encode() + b"}", contract)
    except BusError as error:
        findings.add_error(CheckStep.CONTRACT, error)
    else:
        findings.passes(CheckStep.CONTRACT)


def _find_contract(name: str) -> type[MessageContract] | None:
    homes = {module.__name__ for module in CONTRACT_HOLDERS}
    contracts = (contract for contract in imported_contracts() if contract.__module__ in homes)
    return next((contract for contract in contracts if contract.contract == name), None)
