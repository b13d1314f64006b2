"""The record of a step as a request and a form, and the documents of a case as a list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from shared.bus.http.requests.plain_input import RequestModel
from shared.contracts.cases import DecisionOutcome
from shared.pki.cms.armour import SignedBytes64
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.steps.records.record_entries import RecordEntry
from shared.workplace.steps.records.record_kinds import TEXTS, RecordField, RecordForm, find_form

FieldCode = Annotated[str, Field(max_length=40)]
FieldValue = Annotated[str, Field(max_length=2000)]


class StepRecordRequest(RequestModel):
    """What the employee writes down in a step, by the codes of the step's ``record``.

    ``cms`` is the employee's own signature (base64 of DER) over the prepared record; without it the workplace's
    key signs. ``recipient_cms`` is the signature of the person who takes the result, over the statement of the
    hand-over.
    """

    fields: Annotated[dict[FieldCode, FieldValue], Field(max_length=10)] = Field(default={})
    cms: SignedBytes64 | None = None
    recipient_cms: SignedBytes64 | None = None

    @property
    def entry(self) -> RecordEntry:
        return RecordEntry(self.fields, self.cms, self.recipient_cms)


class RecordDraftRequest(StepRecordRequest):
    """The record of a step to prepare; ``answer``, ``reason`` and ``reason_kk`` are those that the step will
    have.
    """

    answer: Annotated[str, Field(max_length=40)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None

    @property
    def decision(self) -> Decision | None:
        return Decision(DecisionOutcome.NEGATIVE, self.reason, self.reason_kk) if self.answer in REFUSING else None


class RecordChoiceView(BaseModel):
    """A value that the act names for a field of a record."""

    code: str
    label: str
    label_kk: str


class RecordFieldView(BaseModel):
    """A field of a record, which must be filled in; with ``choices`` its value is the code of one of them."""

    code: str
    label: str
    label_kk: str
    choices: list[RecordChoiceView]

    @classmethod
    def from_field(cls, field: RecordField) -> RecordFieldView:
        label = TEXTS[f"line-{field.code}"]
        choices = [_view_choice(code) for code in field.choices]
        return cls(code=field.code, label=label["ru"], label_kk=label["kk"], choices=choices)


class RecordFormView(BaseModel):
    """The record that the employee makes in a step. ``recipient`` says who takes the result by the journal:
    ``applicant``, ``centre`` (a worker of the ЦОН), ``office`` (of an аким) or ``cabinet`` (at the portal).
    """

    kind: str
    title: str
    title_kk: str
    recipient: str | None
    fields: list[RecordFieldView]

    @classmethod
    def from_form(cls, form: RecordForm) -> RecordFormView:
        return cls(
            kind=form.kind.value,
            title=form.title,
            title_kk=form.title_kk,
            recipient=None if form.recipient is None else form.recipient.value,
            fields=[RecordFieldView.from_field(field) for field in form.fields],
        )

    @classmethod
    def find(cls, graph: ProcessGraph, node: ProcessNode) -> RecordFormView | None:
        """The form of the record of a step; None where people make none."""
        form = find_form(graph, node)
        return None if form is None else cls.from_form(form)


class CaseDocumentView(BaseModel):
    """A document of a case: ``path`` is where the workplace gives it, ``signer`` the person who signed it."""

    kind: str
    number: str | None
    title: str
    title_kk: str
    step: str | None
    clause: str | None
    made_at: datetime
    signer: str | None
    path: str


def _view_choice(code: str) -> RecordChoiceView:
    wording = TEXTS[f"value-{code}"]
    return RecordChoiceView(code=code, label=wording["ru"], label_kk=wording["kk"])
