"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Literal

from typing_extensions import NotRequired, TypedDict

from shared.client.models.common import (
    AuditEntryView as AuditEntryView,
    AuditVerificationView as AuditVerificationView,
    BothClocksView as BothClocksView,
    DeadLetterView as DeadLetterView,
    FindingTexts as FindingTexts,
    HealthView as HealthView,
    ParkedMessageView as ParkedMessageView,
    Problem as Problem,
    ReadinessProblemView as ReadinessProblemView,
    ReadinessView as ReadinessView,
    StepDone as StepDone,
    StuckMessagesView as StuckMessagesView,
    WhereaboutsFindingView as WhereaboutsFindingView,
)


class LocalRoute(TypedDict):
    """
    The system of the region that provides a service in a channel; ``*`` stands for all others.
    """

    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    channel: str
    """
    The channel of the application: provider, con, portal or akim.
    """
    system: str
    """
    The address of a system.
    """
    is_changed: NotRequired[bool]
    """
    Whether the operator has set it otherwise than the regulations say.
    """


class LocalRouteRequest(TypedDict, closed=True):
    """
    The system that provides a service in a channel; without ``channel``, in all channels.
    """

    channel: NotRequired[Literal["provider", "con", "portal", "akim"] | None]
    """
    The channel of the application: provider, con, portal or akim.
    """
    system: str
    """
    The address of a system.
    """


class PassageView(TypedDict):
    """
    A message that passed, or was refused with a code; or a change of the routes.
    """

    id: int
    """
    The number by which the entry is asked for.
    """
    at: str
    """
    The moment, by the bus's clock.
    """
    event: str
    """
    What the regional gateway did with the message.
    """
    sender: str | None
    """
    The address of the system that sent it.
    """
    message_id: str | None
    """
    The id of the message (UUID), given by its sender.
    """
    correlation_id: str | None
    """
    The id of the case that messages belong to.
    """
    service_id: str | None
    """
    The service type, by which gateways choose a route.
    """
    message_type: str | None
    """
    The type of the message: REQUEST, UPDATE, NOTIFICATION or RESPONSE.
    """
    channel: str | None
    """
    The channel of the application: provider, con, portal or akim.
    """
    step: str | None
    """
    The step of the process, by its id in the process of the channel and variant.
    """
    to: str | None
    """
    The address of the next system; none where the message went no further.
    """
    code: str | None
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
