"""The documents that people sign: JSON inside a CMS, stored and forwarded unchanged."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.bus.errors import Malformed
from shared.bus.messages.message import MOST_VALUES, field_faults, has_too_many_values
from shared.contracts.cases import DecisionOutcome

Text = Annotated[str, Field(max_length=4000)]


class _PersonalDocument(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attachment(_PersonalDocument):
    """A scanned document; ``content`` is base64."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    media_type: Annotated[str, Field(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)]
    content: Annotated[str, Field(max_length=8_000_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Representative(_PersonalDocument):
    """The person who acts for the applicant, and the number of the power of attorney in ЕНИС."""

    iin: Annotated[str, Field(pattern=r"^\d{12}$")]
    power_number: Annotated[str, Field(min_length=1, max_length=40)]


class ApplicationDocument(_PersonalDocument):
    """The application that a citizen, or the employee who takes it in, signs: applicant, service, authority,
    filled form.
    """

    document: Literal["application"] = "application"
    application_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    regulation: Annotated[str, Field(max_length=20)]
    channel: Annotated[str, Field(max_length=20)] = "portal"
    variant: Annotated[str, Field(max_length=40)] = "main"
    region: Annotated[str, Field(max_length=10)]
    authority: Annotated[str, Field(max_length=100)]
    applicant: Annotated[str, Field(pattern=r"^\d{12}$")]
    representative: Representative | None = None
    fields: dict[Annotated[str, Field(max_length=60)], Text]
    attachments: tuple[Attachment, ...] = ()
    made_at: AwareDatetime


class SupplementDocument(_PersonalDocument):
    """The documents that a citizen signs and sends after the application, in a ``step`` that waits for them."""

    document: Literal["supplement"] = "supplement"
    application_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    step: Annotated[str, Field(max_length=20)]
    applicant: Annotated[str, Field(pattern=r"^\d{12}$")]
    attachments: Annotated[tuple[Attachment, ...], Field(min_length=1, max_length=20)]
    made_at: AwareDatetime


class ProofPurpose(StrEnum):
    """The purpose of a citizen's proof with the ЭЦП: a new account, a lost password, or a login on the pages."""

    REGISTRATION = "registration"
    RECOVERY = "recovery"
    LOGIN = "login"


class IdentityProofDocument(_PersonalDocument):
    """The challenge of the portal, which a citizen signs once to prove who registers or has lost a password."""

    document: Literal["identity-proof"] = "identity-proof"
    purpose: ProofPurpose
    iin: Annotated[str, Field(pattern=r"^\d{12}$")]
    challenge: Annotated[str, Field(max_length=100)]
    until: AwareDatetime


class OutputDocument(_PersonalDocument):
    """The result that an employee of the provider signs: positive, or a reasoned refusal.

    ``text`` is Russian, ``text_kk`` the Kazakh version; ``service_kk`` is absent where the act has no Kazakh name.
    ``result`` is what the document is by the results of the act; absent where the act lists no refusal among them.
    """

    document: Literal["output"] = "output"
    application_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    number: Annotated[str, Field(max_length=40)]
    regulation: Annotated[str, Field(max_length=20)]
    service: Text
    service_kk: Text | None = None
    authority: Text
    applicant: Annotated[str, Field(pattern=r"^\d{12}$")]
    outcome: DecisionOutcome
    result: Text | None = None
    text: Text
    text_kk: Text | None = None
    reason: Text | None = None
    issued_at: AwareDatetime


class QueueNoticeDocument(_PersonalDocument):
    """The notice (регистрационный талон) that an applicant stands in a queue, which an employee of the provider
    signs.

    ``position`` is the place in the queue when the notice was made, from 1; ``waiting_since`` is the moment by
    which the queue is ordered. ``text`` is Russian, ``text_kk`` Kazakh.
    """

    document: Literal["queue-notice"] = "queue-notice"
    application_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    number: Annotated[str, Field(max_length=40)]
    regulation: Annotated[str, Field(max_length=20)]
    service: Text
    service_kk: Text | None = None
    authority: Text
    applicant: Annotated[str, Field(pattern=r"^\d{12}$")]
    waiting_since: AwareDatetime
    position: Annotated[int, Field(ge=1, le=10_000_000)]
    text: Text
    text_kk: Text
    issued_at: AwareDatetime


class RecordLine(_PersonalDocument):
    """A line of a step's record: its label, and what the person wrote, in Kazakh where the words are ours."""

    label: Annotated[str, Field(max_length=200)]
    label_kk: Annotated[str, Field(max_length=200)]
    value: Text
    value_kk: Text | None = None


class StepRecordDocument(_PersonalDocument):
    """What the act lets a person write down in a step, which that person signs: the survey of a family with its
    conclusion, a commission's conclusion, an entry of the journal, a register of papers, their arrival.

    ``lines`` is the content. ``bar_code`` is the text of the bar code (Code 128) of a register. In the journal,
    ``recipient_signature`` is the recipient's CMS (base64 of DER) over the statement of the hand-over; absent
    where the recipient signs on paper.
    """

    document: Literal["step-record"] = "step-record"
    kind: Annotated[str, Field(max_length=20)]
    number: Annotated[str, Field(max_length=60)]
    application_id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    case_number: Annotated[str, Field(max_length=40)]
    regulation: Annotated[str, Field(max_length=20)]
    step: Annotated[str, Field(max_length=20)]
    clause: Annotated[str, Field(max_length=200)]
    title: Text
    title_kk: Text
    service: Text
    service_kk: Text
    applicant: Annotated[str, Field(pattern=r"^\d{12}$")]
    lines: tuple[RecordLine, ...]
    bar_code: Annotated[str, Field(max_length=60)] | None = None
    recipient_signature: Annotated[str, Field(max_length=64_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")] | None = None
    made_at: AwareDatetime


MOST_SIGNATURE_ROOM = 256 * 1024
"""Bytes of a message beside the signed document: signatures with their evidence, a key store, the envelope."""


def largest_document(most_message_bytes: int) -> int:
    """The maximal size in bytes of a document that can be signed, submitted and sent: base64 adds a third."""
    return (most_message_bytes - min(MOST_SIGNATURE_ROOM, most_message_bytes // 4)) * 3 // 4


def encode_draft(document: BaseModel, most_message_bytes: int) -> bytes:
    """The JSON to sign; Malformed ``document-too-large`` when no message could carry the signed document."""
    content, most = document.model_dump_json().encode(), largest_document(most_message_bytes)
    if len(content) > most or has_too_many_values(content):
        raise Malformed("document-too-large", f"over {most} bytes", size=len(content), most=most)
    return content


def read_application(content: bytes) -> ApplicationDocument:
    """The application in signed JSON; Malformed ``document-malformed`` with every faulty field."""
    _require_few_values(content)
    try:
        return ApplicationDocument.model_validate_json(content)
    except ValidationError as error:
        raise Malformed("document-malformed", "not an application document", fields=field_faults(error)) from None


def read_supplement(content: bytes) -> SupplementDocument:
    """The supplement in signed JSON; Malformed ``document-malformed`` with every faulty field."""
    _require_few_values(content)
    try:
        return SupplementDocument.model_validate_json(content)
    except ValidationError as error:
        raise Malformed("document-malformed", "not a supplement", fields=field_faults(error)) from None


def read_queue_notice(content: bytes) -> QueueNoticeDocument:
    """The notice in signed JSON; Malformed ``document-malformed`` with every faulty field."""
    _require_few_values(content)
    try:
        return QueueNoticeDocument.model_validate_json(content)
    except ValidationError as error:
        raise Malformed("document-malformed", "not a notice of a queue", fields=field_faults(error)) from None


def read_step_record(content: bytes) -> StepRecordDocument:
    """The record of a step in signed JSON; Malformed ``document-malformed`` with every faulty field."""
    _require_few_values(content)
    try:
        return StepRecordDocument.model_validate_json(content)
    except ValidationError as error:
        raise Malformed("document-malformed", "not a record of a step", fields=field_faults(error)) from None


def read_identity_proof(content: bytes) -> IdentityProofDocument:
    """The challenge in signed JSON; Malformed ``document-malformed`` with every faulty field."""
    try:
        return IdentityProofDocument.model_validate_json(content)
    except ValidationError as error:
        raise Malformed("document-malformed", "not a proof of identity", fields=field_faults(error)) from None


def read_output(content: bytes) -> OutputDocument:
    """The output document in signed JSON; Malformed ``document-malformed`` with every faulty field."""
    _require_few_values(content)
    try:
        return OutputDocument.model_validate_json(content)
    except ValidationError as error:
        raise Malformed("document-malformed", "not an output document", fields=field_faults(error)) from None


def _require_few_values(content: bytes) -> None:
    """Malformed ``document-malformed`` for JSON that no form of ours makes and whose reading takes seconds."""
    if has_too_many_values(content):
        raise Malformed("document-malformed", f"over {MOST_VALUES} values")
