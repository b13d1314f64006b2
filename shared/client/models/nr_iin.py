"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

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
    StuckMessagesView as StuckMessagesView,
    WhereaboutsFindingView as WhereaboutsFindingView,
)


class PersonRecord(TypedDict, closed=True):
    """
    The data of a person that НР ИИН discloses.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    surname: str
    """
    The surname, as in the identity document.
    """
    name: str
    """
    The first name, as in the identity document.
    """
    patronymic: NotRequired[str]
    """
    The patronymic; empty where there is none.
    """
    birthDate: str
    """
    The date of birth, as the register of persons has it.
    """
    sex: str
    """
    The sex of the person: male or female, as the ИИН says.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    address: str
    """
    The address at which the person is registered.
    """
    isAlive: bool
    """
    Whether the person is alive, as the register knows.
    """
