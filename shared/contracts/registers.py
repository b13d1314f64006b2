"""Questions to the registers and their answers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.bus.messages.message import Identifier, MessageContract, WireModel

PERSON_SERVICE = "nr-iin-person"
POWER_SERVICE = "enis-power-of-attorney"
CITIZEN_SERVICE = "is-cgo-citizen"

Number = Annotated[str, Field(min_length=1, max_length=40)]
Iin = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class PersonQuery(MessageContract):
    """To НР ИИН: who holds this number?"""

    contract: ClassVar[str] = "person-query/1"

    iin: Annotated[str, Field(pattern=r"^\d{12}$")]


class PersonRecord(WireModel):
    """What НР ИИН discloses of a person."""

    iin: str
    surname: str
    name: str
    patronymic: str = ""
    birth_date: date
    sex: str
    region: str
    address: str
    is_alive: bool


class PersonAnswer(MessageContract):
    """From НР ИИН: the person, or nobody."""

    contract: ClassVar[str] = "person-answer/1"

    person: PersonRecord | None


class PowerQuery(MessageContract):
    """To ЕНИС: does this power of attorney hold for these two people?"""

    contract: ClassVar[str] = "power-of-attorney-query/1"

    number: Number
    principal_iin: Annotated[str, Field(pattern=r"^\d{12}$")]
    attorney_iin: Annotated[str, Field(pattern=r"^\d{12}$")]


class PowerOfAttorney(WireModel):
    """A power of attorney as the register keeps it."""

    number: str
    principal_iin: str
    attorney_iin: str
    valid_from: date
    valid_to: date
    is_revoked: bool


class PowerAnswer(MessageContract):
    """From ЕНИС: the power of attorney, or nothing when number and people do not belong together."""

    contract: ClassVar[str] = "power-of-attorney-answer/1"

    power: PowerOfAttorney | None
    is_in_force: bool


class CitizenKind(StrEnum):
    """What may be asked of ИС ЦГО: papers about a citizen that the acts name and central bodies issue."""

    IDENTITY_DOCUMENT = "identity-document"
    RESIDENCE = "residence"
    BIRTH_RECORD = "birth-record"
    DISABILITY = "disability"


class CitizenQuery(MessageContract):
    """To ИС ЦГО: what is known of this citizen?

    The question is a chain of its own: its ``correlationId`` is new, and ``case`` names the case that it serves.
    """

    contract: ClassVar[str] = "citizen-query/1"

    iin: Iin
    kinds: Annotated[tuple[CitizenKind, ...], Field(min_length=1, max_length=len(CitizenKind))]
    """Each at most once: Malformed ``citizen-kinds-repeated`` at ИС ЦГО otherwise."""
    regulation: Annotated[str, Field(pattern=r"^KZ-[A-Z]{3}\.[0-9]{1,2}$")] | None = None
    """The service for which it is asked."""
    case: Identifier | None = None


class IdentityDocumentKind(StrEnum):
    """As Atyrau's acts list what proves identity."""

    ID_CARD = "id-card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence-permit"
    STATELESS_CERTIFICATE = "stateless-certificate"
    ORALMAN_CERTIFICATE = "oralman-certificate"


class IdentityDocument(WireModel):
    """A document that proves identity, valid through ``valid_to``."""

    kind: IdentityDocumentKind
    number: Number
    issued_on: date
    valid_to: date


class ResidenceRecord(WireModel):
    """Where the citizen is registered as living (прописка)."""

    region: str
    address: str
    registered_on: date


class BirthRecord(WireModel):
    """The entry about the birth; ``number`` has nine digits, as the forms want it."""

    number: Number
    birth_date: date


class DisabilityRecord(WireModel):
    """The certificate of disability; without ``valid_to`` for life."""

    number: Number
    group: Annotated[int, Field(ge=1, le=3)]
    valid_from: date
    valid_to: date | None = None


class CitizenAnswer(MessageContract):
    """From ИС ЦГО: a record for each kind that was asked for, or its name among the ``absent``."""

    contract: ClassVar[str] = "citizen-answer/1"

    iin: Iin
    identity_document: IdentityDocument | None = None
    residence: ResidenceRecord | None = None
    birth_record: BirthRecord | None = None
    disability: DisabilityRecord | None = None
    absent: tuple[CitizenKind, ...] = ()
