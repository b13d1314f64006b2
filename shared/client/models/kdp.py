"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import TypedDict

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
    StuckMessagesView as StuckMessagesView,
    WhereaboutsFindingView as WhereaboutsFindingView,
)


ConsentState: TypeAlias = Literal[
    "waiting", "granted", "refused", "unanswered", "used", "revoked"
]


class ConsentView(TypedDict):
    """
    A request for consent, and what became of the request.
    """

    id: str
    """
    The id of the request for consent (UUID).
    """
    state: ConsentState
    """
    Whether the consent is awaited, given, refused, not answered, used, or revoked.
    """
    asker: str
    """
    The address of the system that asks.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    company: str
    """
    The organisation that asks for the consent, as its system names it.
    """
    company_bin: str
    """
    The БИН of the organisation that asks for the consent.
    """
    company_responsible: str
    """
    Who answers in the organisation for the use of the data.
    """
    employee_name: str
    """
    The employee of the organisation who uses the data.
    """
    access_name: str
    """
    The service that will give the personal data.
    """
    personal_data: str
    """
    The personal data that will be used, as the organisation names them.
    """
    requested_at: str
    """
    When the consent was asked for.
    """
    answered_at: str | None
    """
    When the consent was given or refused; none while the answer is awaited.
    """
    expires_at: str | None
    """
    When the consent ends; none while the consent is not given.
    """


class SmsAnswer(TypedDict, closed=True):
    """
    The citizen's answer to an SMS.
    """

    is_agreed: bool
    """
    Whether the answer to the SMS is yes.
    """


class SmsView(TypedDict):
    """
    An SMS on a citizen's telephone; ``state`` is that of the consent for which the SMS asks.
    """

    id: str
    """
    The id of the request for consent, by which the SMS is answered.
    """
    sent_by: str
    """
    The short number from which the SMS came.
    """
    phone: str
    """
    The telephone number of the citizen.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    sms_text: str
    """
    The text of the SMS, in Kazakh and in Russian.
    """
    sent_at: str
    """
    When the message was sent.
    """
    answer_until: str
    """
    Until when the citizen may answer.
    """
    state: ConsentState
    """
    Whether the answer is awaited, and which it was.
    """
    answered_at: str | None
    """
    When the citizen answered; none while the answer is awaited.
    """
