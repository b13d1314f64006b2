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


RegistrationStatus: TypeAlias = Literal["registered", "liquidated"]


class LegalEntityView(TypedDict):
    """
    An organisation of the register.
    """

    bin: str
    """
    The БИН of the organisation or branch, twelve digits.
    """
    name_ru: str
    """
    The name of the organisation, in Russian.
    """
    name_kk: str
    """
    The name of the organisation, in Kazakh.
    """
    registration: RegistrationStatus
    """
    Whether the organisation is registered or liquidated.
    """
    registered_on: str
    """
    The day on which the organisation was registered.
    """
    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    leader_iin: str
    """
    The ИИН of the person who leads the organisation.
    """
    leader_name: str
    """
    Surname, name and patronymic of the person who leads the organisation.
    """
    head_bin: str | None
    """
    The БИН of the organisation whose branch it is; none where it is no branch.
    """
