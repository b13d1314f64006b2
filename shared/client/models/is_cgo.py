"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Literal, TypeAlias

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


class BirthRecord(TypedDict, closed=True):
    """
    The record of birth; ``number`` has nine digits, as the forms require.
    """

    number: str
    """
    The number of the record of the birth.
    """
    birthDate: str
    """
    The date of birth, as the register of persons has it.
    """


CitizenKind: TypeAlias = Literal[
    "identity-document", "residence", "birth-record", "disability"
]


ConductMode: TypeAlias = Literal["answer", "slow", "no-data", "silent"]


class ConductRequest(TypedDict, closed=True):
    """
    A rule of conduct: ``percent`` of all people are concerned, ``seconds`` is the delay of a slow answer.
    """

    mode: ConductMode
    """
    How the register behaves when it is asked: answers, is slow, has no data, is silent.
    """
    percent: NotRequired[int]
    """
    Of how many people in a hundred it is true.
    """
    seconds: NotRequired[float]
    """
    How many seconds it takes.
    """


class ConductView(TypedDict):
    """
    A rule and its subject: an ИИН, or ``everybody``.
    """

    whom: str
    """
    An ИИН, or * for everybody.
    """
    mode: ConductMode
    """
    How the register behaves when it is asked: answers, is slow, has no data, is silent.
    """
    percent: int
    """
    Of how many people in a hundred it is true.
    """
    seconds: float
    """
    How many seconds it takes.
    """


class DisabilityRecord(TypedDict, closed=True):
    """
    The certificate of disability; without ``valid_to`` it is valid for life.
    """

    number: str
    """
    The number of the certificate of disability.
    """
    group: int
    """
    The group of disability, 1 to 3.
    """
    validFrom: str
    """
    Since when it is valid.
    """
    validTo: NotRequired[str | None]
    """
    Until when it is valid.
    """


IdentityDocumentKind: TypeAlias = Literal[
    "id-card",
    "passport",
    "residence-permit",
    "stateless-certificate",
    "oralman-certificate",
]


class QuestionView(TypedDict):
    """
    A journaled query: the asking system, the person, the service and case, and the moments of query and
    answer.
    """

    n: int
    """
    The number of the question.
    """
    asked_at: str
    """
    When the question was asked.
    """
    asker: str
    """
    The address of the system that asks.
    """
    correlation_id: str
    """
    The id of the case that messages belong to.
    """
    service_id: str
    """
    The service type, by which gateways choose a route.
    """
    regulation: str | None
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    case: str | None
    """
    The case, by its id or its number at the authority.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    kinds: list[CitizenKind]
    """
    Which kinds of papers are asked for.
    """
    mode: ConductMode
    """
    How the register behaves when it is asked: answers, is slow, has no data, is silent.
    """
    due_at: str | None
    """
    When the step has to be done, by the deadline of the act; none where it has no deadline.
    """
    answered_at: str | None
    """
    When the answer came; none while it is awaited.
    """


class ResidenceRecord(TypedDict, closed=True):
    """
    The citizen's registered residence (прописка).
    """

    region: str
    """
    The region: KZ-AKM, KZ-ATY, KZ-SEV or KZ-YUZ.
    """
    address: str
    """
    The address at which the person is registered.
    """
    registeredOn: str
    """
    Since when the person is registered there.
    """


class IdentityDocument(TypedDict, closed=True):
    """
    A document of identity, valid through ``valid_to``.
    """

    kind: IdentityDocumentKind
    """
    Which document proves the person's identity.
    """
    number: str
    """
    The number of the identity document.
    """
    issuedOn: str
    """
    The day on which the document was issued.
    """
    validTo: str
    """
    Until when it is valid.
    """


class CitizenAnswer(TypedDict, closed=True):
    """
    From ИС ЦГО: a record for each kind of the query; kinds without a record are in ``absent``.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    identityDocument: NotRequired[IdentityDocument | None]
    """
    The identity document in force; none where the register has none.
    """
    residence: NotRequired[ResidenceRecord | None]
    """
    The record of the residence.
    """
    birthRecord: NotRequired[BirthRecord | None]
    """
    The record of the child's birth; none where the register has none.
    """
    disability: NotRequired[DisabilityRecord | None]
    """
    The record of a disability.
    """
    absent: NotRequired[list[CitizenKind]]
    """
    The kinds of papers of which the register has none.
    """
