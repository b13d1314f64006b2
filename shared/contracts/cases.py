"""The messages of a case between portal, gateways, providers and service centres.

The properties of every message name the regulation, the channel and the step that the message fulfils. Every
message carries the steps that its sender knows to be done, so that each receiver can check the case against the
passport.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, Base64Bytes, Field

from shared.bus.messages.message import MessageContract, MessageInfo, MessageType, WireModel

REGULATION = "regulation"
CHANNEL = "channel"
VARIANT = "variant"
STEP = "step"
"""Keys of the properties of every message of a case; ``variant`` is left out when it is ``main``."""

CASE = "case"
"""Key of the property of a question to a register that names the case for which the system asks, beside the case's
regulation, channel and variant. As a claim of ШЭП's attestation: the case in which the sender takes part.
"""

TELL_CARRIED = "tell-carried"
"""Key of the property by which a sender asks ШЭП for a notice that the message was carried on."""

FOR = "for"
"""ШЭП to РШЭП: the system of the region that must receive the message, where ШЭП and not РШЭП decides. A claim of
ШЭП's attestation; a property in messages that ШЭП itself writes.
"""

STANDS_FOR = "stands-for"
"""A claim of ШЭП's attestation, carried on by РШЭП: the system of the passport whose step the sender takes in this
case, where that is not the sender itself.
"""

TAKEN_BY = "taken-by"
"""A claim of РШЭП's attestation on the way up to ШЭП: the system of the region to which РШЭП brought the case."""

MAIN = "main"
_STEP = re.compile(r"[a-z]\d{1,3}(:wait)?")
_VARIANT = re.compile(r"[a-z]+(-[a-z]+)*")
_CASE = re.compile(r"[\w.:{}/-]{1,100}")

Code = Annotated[str, Field(min_length=1, max_length=100)]
StepRecords = Annotated[tuple[Base64Bytes, ...], Field(max_length=10)]
"""Signed records of steps, each a CMS (DER)."""


def step_of(info: MessageInfo) -> str | None:
    """The step that a message names (``t5``, ``w3``, ``p10:wait``); None for a message without a valid one."""
    return _valid_step(info.find_property(STEP))


def _valid_step(text: str | None) -> str | None:
    return text if text is not None and _STEP.fullmatch(text) else None


def asked_case_of(info: MessageInfo) -> str | None:
    """The case that a question names; None for a question without a valid one."""
    text = info.find_property(CASE) or ""
    return text if _CASE.fullmatch(text) else None


def variant_of(info: MessageInfo) -> str:
    """The variant of the procedure that a message belongs to; ``main`` without a valid one."""
    return _valid_variant(info.find_property(VARIANT))


def _valid_variant(text: str | None) -> str:
    return text if text is not None and len(text) <= 40 and _VARIANT.fullmatch(text) else MAIN


def qualified_step_of(info: MessageInfo) -> str | None:
    """The step with its variant, as ШЭП's routes name it: ``t5``, ``worker-reissue/p10``."""
    return _qualified_step(info.find_property(VARIANT), info.find_property(STEP))


@lru_cache(maxsize=1024)
def _qualified_step(variant: str | None, step: str | None) -> str | None:
    """The step with its variant by the texts of a message; ШЭП asks three times a message, and few differ."""
    valid_step = _valid_step(step)
    return None if valid_step is None else qualified_step(_valid_variant(variant), valid_step)


def qualified_step(variant: str, step: str) -> str:
    """A step and its variant as one word: ``t5``, ``worker-reissue/p10``."""
    return step if variant == MAIN else f"{variant}/{step}"


class StepDone(WireModel):
    """A done step of the process: when it was done, by which system, and with which answer.

    ``lap`` is the iteration of a loop, counted from 0; 0 outside of loops.
    """

    step: Annotated[str, Field(pattern=r"^[a-z]\d{1,3}(:(wait|no))?$")]
    at: AwareDatetime
    by: Code
    answer: Code | None = None
    lap: Annotated[int, Field(ge=0, le=1000)] = 0


class DecisionOutcome(StrEnum):
    """The decision of the provider."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class ApplicationMessage(MessageContract):
    """A signed application on its way to the provider; ``document`` is the signed CMS, unchanged. ``records`` are
    the signed records of the steps before it (CMS), where the act lets people make any.
    """

    contract: ClassVar[str] = "application/1"
    message_type: ClassVar[MessageType] = MessageType.REQUEST

    regulation: Code
    channel: Code
    variant: Code = MAIN
    authority: Code
    document: Base64Bytes
    records: StepRecords = ()
    steps: tuple[StepDone, ...]


class StatusNotice(MessageContract):
    """A status for systems that only watch the case: without personal data or documents. ``text`` is what an
    employee wrote with the status.
    """

    contract: ClassVar[str] = "notice/1"
    message_type: ClassVar[MessageType] = MessageType.NOTIFICATION

    regulation: Code
    channel: Code
    variant: Code = MAIN
    authority: Code
    step: Code
    status: Code | None = None
    number: Code | None = None
    text: Annotated[str, Field(max_length=2000)] | None = None
    steps: tuple[StepDone, ...]


class StatusChanged(MessageContract):
    """The case goes on at another system, or has a new status there; ``text`` is what an employee or the citizen
    wrote.

    ``until`` is the new deadline of an extended step, and ``text`` then gives the reason. ``document`` is a signed
    CMS: what the citizen sends after the application, where the act waits for it, or the provider's notice that
    the applicant stands in a queue. ``records`` are the signed records that people made since the sender's last
    message.
    """

    contract: ClassVar[str] = "status-changed/1"
    message_type: ClassVar[MessageType] = MessageType.UPDATE

    regulation: Code
    channel: Code
    variant: Code = MAIN
    authority: Code
    step: Code
    status: Code | None = None
    number: Code | None = None
    text: Annotated[str, Field(max_length=2000)] | None = None
    until: AwareDatetime | None = None
    document: Base64Bytes | None = None
    records: StepRecords = ()
    steps: tuple[StepDone, ...]


class CaseResult(MessageContract):
    """The provider's result: the output document as a CMS signed by the provider's employee, or a refusal in words
    where the act has no document for it. ``reason`` is in Russian; ``reason_kk`` and ``reason_en`` say the same
    where the sender knows it. ``text`` is what an employee wrote with the result, ``records`` are the signed
    records that people made since the sender's last message.
    """

    contract: ClassVar[str] = "result/1"
    message_type: ClassVar[MessageType] = MessageType.RESPONSE

    regulation: Code
    channel: Code
    variant: Code = MAIN
    step: Code
    status: Code | None = None
    number: Code | None = None
    outcome: DecisionOutcome | None = None
    document: Base64Bytes | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None
    reason_en: Annotated[str, Field(max_length=2000)] | None = None
    text: Annotated[str, Field(max_length=2000)] | None = None
    records: StepRecords = ()
    steps: tuple[StepDone, ...]


class DeliveryState(StrEnum):
    """The states of delivery, in the words of ШЭП's AsyncChannel (see docs/reference/protocol.md)."""

    ON_DELIVERY = "ON_DELIVERY"
    DELIVERED = "DELIVERED"
    NOT_DELIVERED = "NOT_DELIVERED"
    DELIVERY_STOPPED = "DELIVERY_STOPPED"


class DeliveryStateChanged(MessageContract):
    """ШЭП to a sender: the message was carried on (ON_DELIVERY, on request), or will not arrive, with the error
    code, and in the sandbox with an explanation where there is more to say: which variant of a signature would
    verify, which field is faulty, which entry of the register is missing.
    """

    contract: ClassVar[str] = "delivery-state-changed/1"
    message_type: ClassVar[MessageType] = MessageType.NOTIFICATION

    message_id: Code
    recipient: Code | None
    state: DeliveryState
    error_code: Code | None = None
    explanation: dict[str, Any] | None = None
