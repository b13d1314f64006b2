"""The messages of a case: what portal, gateways, authorities and service centres tell each other.

Every message names in its properties the regulation, the channel and the step it fulfils, and carries the steps
that its sender knows to be done, so that each receiver can hold the case against the passport by itself.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Base64Bytes, Field

from shared.bus.messages.message import MessageContract, MessageInfo, WireModel

REGULATION = "regulation"
CHANNEL = "channel"
VARIANT = "variant"
STEP = "step"
"""Keys of the properties that every message of a case carries; ``variant`` only where it is not ``main``."""

TELL_CARRIED = "tell-carried"
"""Key of the property with which a sender asks ШЭП to tell it when the message was carried on."""

FOR = "for"
"""ШЭП to РШЭП: the system of the region that must get the message, where this is not for РШЭП to say. A claim of
its attestation; a property of what ШЭП writes itself."""

MAIN = "main"
_STEP = re.compile(r"[a-z]\d{1,3}(:wait)?")
_VARIANT = re.compile(r"[a-z]+(-[a-z]+)*")

Code = Annotated[str, Field(min_length=1, max_length=100)]


def step_of(info: MessageInfo) -> str | None:
    """The step that a message names (``t5``, ``w3``, ``p10:wait``), when it names one."""
    text = info.find_property(STEP) or ""
    return text if _STEP.fullmatch(text) else None


def variant_of(info: MessageInfo) -> str:
    """The variant of the procedure that a message belongs to."""
    text = info.find_property(VARIANT) or MAIN
    return text if len(text) <= 40 and _VARIANT.fullmatch(text) else MAIN


def qualified_step_of(info: MessageInfo) -> str | None:
    """The step in its variant, as the gateway's routes name it: ``t5``, ``worker-reissue/p10``."""
    return qualified_step(variant_of(info), step) if (step := step_of(info)) else None


def qualified_step(variant: str, step: str) -> str:
    """A step of a variant as one word."""
    return step if variant == MAIN else f"{variant}/{step}"


class StepDone(WireModel):
    """A step of the channel's process: when it was done, by which system, what it was answered.

    ``lap`` counts the rounds of a loop that were made before; 0 outside of loops.
    """

    step: Annotated[str, Field(pattern=r"^[a-z]\d{1,3}(:(wait|no))?$")]
    at: AwareDatetime
    by: Code
    answer: Code | None = None
    lap: Annotated[int, Field(ge=0, le=1000)] = 0


class DecisionOutcome(StrEnum):
    """What the provider decided."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class ApplicationMessage(MessageContract):
    """A signed application on its way to the provider; ``document`` is the CMS as it was signed."""

    contract: ClassVar[str] = "application/1"

    regulation: Code
    channel: Code
    variant: Code = MAIN
    authority: Code
    document: Base64Bytes
    steps: tuple[StepDone, ...]


class StatusNotice(MessageContract):
    """A status for those who only watch: no personal data, no document."""

    contract: ClassVar[str] = "notice/1"

    regulation: Code
    channel: Code
    variant: Code = MAIN
    authority: Code
    step: Code
    status: Code | None = None
    number: Code | None = None
    steps: tuple[StepDone, ...]


class StatusChanged(MessageContract):
    """The case goes on at another system, or has a new status there; ``text`` is what a person wrote with it.
    ``until`` is there when the deadline of the step was extended: the new one, and ``text`` says why. ``document``
    is what the citizen sends later where the act waits for it: a CMS, as he signed it."""

    contract: ClassVar[str] = "status-changed/1"

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
    steps: tuple[StepDone, ...]


class CaseResult(MessageContract):
    """What the provider settled: the output document as a CMS signed by its employee, or a refusal in words where
    the act has no document for it."""

    contract: ClassVar[str] = "result/1"

    regulation: Code
    channel: Code
    variant: Code = MAIN
    step: Code
    status: Code | None = None
    number: Code | None = None
    outcome: DecisionOutcome | None = None
    document: Base64Bytes | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    steps: tuple[StepDone, ...]


class DeliveryState(StrEnum):
    """ШЭП's own words for the state of a message (wire contracts, section 2)."""

    ON_DELIVERY = "ON_DELIVERY"
    DELIVERED = "DELIVERED"
    NOT_DELIVERED = "NOT_DELIVERED"
    DELIVERY_STOPPED = "DELIVERY_STOPPED"


class DeliveryStateChanged(MessageContract):
    """ШЭП to a sender: its message was carried on (ON_DELIVERY, when asked), or will not arrive, and why."""

    contract: ClassVar[str] = "delivery-state-changed/1"

    message_id: Code
    recipient: Code | None
    state: DeliveryState
    error_code: Code | None = None
