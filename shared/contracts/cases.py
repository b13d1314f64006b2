"""The messages of a case: what portal, gateways, authorities and service centres tell each other.

Every message names in its properties the regulation, the channel and the step it fulfils, and carries the steps
that its sender knows to be done, so that each receiver can hold the case against the passport by itself.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Base64Bytes, Field

from shared.bus.message import Contract, MessageInfo, Wire

REGULATION = "regulation"
CHANNEL = "channel"
STEP = "step"
"""Keys of the properties that every message of a case carries."""

Code = Annotated[str, Field(min_length=1, max_length=100)]


def step_of(info: MessageInfo) -> int | None:
    """The step that a message names, when it names one: a decimal number below a thousand."""
    text = info.property(STEP) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else None


class StepDone(Wire):
    """A step of the channel's table, when it was done and by which system."""

    n: int
    at: AwareDatetime
    by: Code


class Outcome(StrEnum):
    """What the provider decided."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class Application(Contract):
    """A signed application on its way to the provider; ``document`` is the CMS as the applicant made it."""

    contract: ClassVar[str] = "application/1"

    regulation: Code
    channel: Code
    authority: Code
    document: Base64Bytes
    steps: tuple[StepDone, ...]


class Notice(Contract):
    """A status for ИС ЦОН's board: no personal data, no document."""

    contract: ClassVar[str] = "notice/1"

    regulation: Code
    channel: Code
    authority: Code
    step: int
    status: Code
    number: Code | None = None
    steps: tuple[StepDone, ...]


class StatusChanged(Contract):
    """A new status of an application, from the provider."""

    contract: ClassVar[str] = "status-changed/1"

    regulation: Code
    channel: Code
    authority: Code
    step: int
    status: Code
    number: Code
    steps: tuple[StepDone, ...]


class Result(Contract):
    """The output document, positive or a reasoned refusal, as a CMS signed by the provider's employee."""

    contract: ClassVar[str] = "result/1"

    regulation: Code
    channel: Code
    step: int
    status: Code
    number: Code
    outcome: Outcome
    document: Base64Bytes
    steps: tuple[StepDone, ...]


class DeliveryState(StrEnum):
    """ШЭП's own words for the state of a message (wire contracts, section 2)."""

    ON_DELIVERY = "ON_DELIVERY"
    DELIVERED = "DELIVERED"
    NOT_DELIVERED = "NOT_DELIVERED"
    DELIVERY_STOPPED = "DELIVERY_STOPPED"


class DeliveryStateChanged(Contract):
    """ШЭП to a sender: its message will not arrive, and why."""

    contract: ClassVar[str] = "delivery-state-changed/1"

    message_id: Code
    recipient: Code | None
    state: DeliveryState
    error_code: Code
