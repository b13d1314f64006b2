"""Queries to the registers and their answers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.bus.messages.message import Identifier, MessageContract, MessageType, WireModel

PERSON_SERVICE = "nr-iin-person"
POWER_SERVICE = "enis-power-of-attorney"
CITIZEN_SERVICE = "is-cgo-citizen"
UNIVERSAL_PERSON_SERVICE = "GBDFL_UniversalServiceSync"
"""The register of persons as integrators call it at the real ШЭП, with XML of its own."""
KDP_SERVICE = "KDP_SERVICE"
"""The service by which systems ask for a person's consent, with XML of its own."""
TOKEN_PERSON_SERVICE = "GBDFLUniversal_token"  # noqa: S105 - the name of a service
"""The register of persons for systems that have the person's consent."""
CONSENT_SERVICE = "kdp-consent"
ORGANISATION_SERVICE = "GbdulInfoByBin_v2"
"""The register of legal entities as integrators call it, with a signed document of its own."""
TEMP_FILES_SERVICE = "EDS_TEMP_FILES"
"""The temporary storage of files as integrators call it."""
TRANSPORT_CERTIFICATE = "transportCertificate"
"""The property in which ШЭП's SOAP door names the certificate of a call's WS-Security, by its thumbprint."""
LONGEST_CODE, LONGEST_KEY = 2000, 1000

Number = Annotated[str, Field(min_length=1, max_length=40)]
Iin = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class PersonQuery(MessageContract):
    """To НР ИИН: the person with this ИИН."""

    contract: ClassVar[str] = "person-query/1"
    message_type: ClassVar[MessageType] = MessageType.REQUEST

    iin: Annotated[str, Field(pattern=r"^\d{12}$")]


class PersonRecord(WireModel):
    """The data of a person that НР ИИН discloses."""

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
    """From НР ИИН: the person; None when no person has the ИИН."""

    contract: ClassVar[str] = "person-answer/1"
    message_type: ClassVar[MessageType] = MessageType.RESPONSE

    person: PersonRecord | None


class PowerQuery(MessageContract):
    """To ЕНИС: the power of attorney with this number between these two people."""

    contract: ClassVar[str] = "power-of-attorney-query/1"
    message_type: ClassVar[MessageType] = MessageType.REQUEST

    number: Number
    principal_iin: Annotated[str, Field(pattern=r"^\d{12}$")]
    attorney_iin: Annotated[str, Field(pattern=r"^\d{12}$")]


class PowerOfAttorney(WireModel):
    """A power of attorney as ЕНИС keeps it."""

    number: str
    principal_iin: str
    attorney_iin: str
    valid_from: date
    valid_to: date
    is_revoked: bool


class PowerAnswer(MessageContract):
    """From ЕНИС: the power of attorney; None when the number and the two people do not belong together."""

    contract: ClassVar[str] = "power-of-attorney-answer/1"
    message_type: ClassVar[MessageType] = MessageType.RESPONSE

    power: PowerOfAttorney | None
    is_in_force: bool


class CitizenKind(StrEnum):
    """The documents about a citizen that ИС ЦГО can be asked for: named by the acts, issued by central state
    bodies.
    """

    IDENTITY_DOCUMENT = "identity-document"
    RESIDENCE = "residence"
    BIRTH_RECORD = "birth-record"
    DISABILITY = "disability"


class CitizenQuery(MessageContract):
    """To ИС ЦГО: the documents of a citizen.

    The query has a new ``correlationId`` of its own; ``case`` names the case for which it is sent. ИС ЦГО answers
    only where ШЭП attests that the asker takes part in the case.
    """

    contract: ClassVar[str] = "citizen-query/1"
    message_type: ClassVar[MessageType] = MessageType.REQUEST

    iin: Iin
    kinds: Annotated[tuple[CitizenKind, ...], Field(min_length=1, max_length=len(CitizenKind))]
    """Each kind at most once; ИС ЦГО refuses a repeated kind as Malformed ``citizen-kinds-repeated``."""
    regulation: Annotated[str, Field(pattern=r"^KZ-[A-Z]{3}\.[0-9]{1,2}$")] | None = None
    """The regulation for which the query is sent."""
    case: Identifier | None = None


class IdentityDocumentKind(StrEnum):
    """The documents of identity that the acts of Atyrau list."""

    ID_CARD = "id-card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence-permit"
    STATELESS_CERTIFICATE = "stateless-certificate"
    ORALMAN_CERTIFICATE = "oralman-certificate"


class IdentityDocument(WireModel):
    """A document of identity, valid through ``valid_to``."""

    kind: IdentityDocumentKind
    number: Number
    issued_on: date
    valid_to: date


class ResidenceRecord(WireModel):
    """The citizen's registered residence (прописка)."""

    region: str
    address: str
    registered_on: date


class BirthRecord(WireModel):
    """The record of birth; ``number`` has nine digits, as the forms require."""

    number: Number
    birth_date: date


class DisabilityRecord(WireModel):
    """The certificate of disability; without ``valid_to`` it is valid for life."""

    number: Number
    group: Annotated[int, Field(ge=1, le=3)]
    valid_from: date
    valid_to: date | None = None


class CitizenAnswer(MessageContract):
    """From ИС ЦГО: a record for each kind of the query; kinds without a record are in ``absent``."""

    contract: ClassVar[str] = "citizen-answer/1"
    message_type: ClassVar[MessageType] = MessageType.RESPONSE

    iin: Iin
    identity_document: IdentityDocument | None = None
    residence: ResidenceRecord | None = None
    birth_record: BirthRecord | None = None
    disability: DisabilityRecord | None = None
    absent: tuple[CitizenKind, ...] = ()


class ConsentQuery(MessageContract):
    """To КДП: whether a code is the consent of this person to this use by this system; uses the code up."""

    contract: ClassVar[str] = "consent-query/1"
    message_type: ClassVar[MessageType] = MessageType.REQUEST

    iin: Annotated[str, Field(pattern=r"^\d{12}$")]
    asker: Identifier
    """The address of the system that wants the person's data."""
    access_name: Annotated[str, Field(max_length=100)]
    """The service that gives the data."""
    code: Annotated[str, Field(max_length=LONGEST_CODE)]
    public_key: Annotated[str, Field(max_length=LONGEST_KEY)]


class ConsentAnswer(MessageContract):
    """From КДП: None for a consent that holds, else the code of the reason."""

    contract: ClassVar[str] = "consent-answer/1"
    message_type: ClassVar[MessageType] = MessageType.RESPONSE

    refusal: Annotated[str, Field(max_length=60)] | None
