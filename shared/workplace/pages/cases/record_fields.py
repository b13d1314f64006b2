"""The record of a step and the choice of a result as fields of a form, and what the form says of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.bus.errors import BusError, Malformed
from shared.contracts.documents import StepRecordDocument
from shared.regulations.model import ServiceResult
from shared.regulations.translations import text_in
from shared.web.page_forms import PageForm
from shared.web.page_sites import Page
from shared.workplace.http.records.record_views import StepRecordRequest
from shared.workplace.steps.records import record_kinds as kinds
from shared.workplace.steps.records.record_kinds import RecordForm, RecordKind, ResultRecipient

PREFIX = "record-"
"""Before the code of a record's field, in the names of the form's fields."""
RECIPIENT_FILE, RECIPIENT_CMS = "recipient-file", "recipient-cms"
"""The field with the recipient's CMS as a file, and as the text that the confirming form carries on."""
LONGEST_VALUE = 2000
LONG_FIELDS = frozenset({"findings", kinds.GROUNDS})
_FAULTY = {"bar-code-unknown": PREFIX + kinds.BAR_CODE, "wrong-recipient": PREFIX + kinds.RECIPIENT}
_FAULTS = {"missing": "record-missing", "not_a_choice": "record-not-a-choice", "unknown": "record-unknown"}


@dataclass(frozen=True)
class FieldSight:
    """A field of a record: its name in the form, its title, and its choices (value, title, remark)."""

    name: str
    title: str
    options: Sequence[tuple[str, str, str]] = ()
    is_long: bool = False


@dataclass(frozen=True)
class RecordSight:
    """The record of a step as a part of the form; ``is_signed_for`` where the recipient signs."""

    title: str
    fields: Sequence[FieldSight]
    is_signed_for: bool

    @property
    def titles(self) -> dict[str, str]:
        return {field.name: field.title for field in self.fields}


def describe_record(form: RecordForm, people: Sequence[tuple[str, str]], page: Page, answer: str) -> RecordSight:
    """What the employee fills in. ``people`` are those who may take the result: a word and an ИИН; the reason of a
    refusal is the ground of a conclusion against, and is not filled in twice.
    """
    is_reasoned = form.kind is RecordKind.CONCLUSION and answer == "refused"
    codes = [field for field in form.fields if not (is_reasoned and field.code == kinds.GROUNDS)]
    fields = []
    for field in codes:
        options = [(code, page.say(f"record-value-{code}"), "") for code in field.choices]
        if field.code == kinds.RECIPIENT and form.recipient is ResultRecipient.APPLICANT:
            options = [(iin, page.say(word), iin) for word, iin in people]
        title = page.say(f"record-field-{field.code}")
        fields.append(FieldSight(PREFIX + field.code, title, options, field.code in LONG_FIELDS))
    title = form.title_kk if page.tag == "kk" else form.title
    return RecordSight(title, fields, any(field.code == kinds.SIGNATURE for field in form.fields))


def list_results(results: Sequence[ServiceResult], tag: str) -> list[tuple[str, str, str]]:
    """The results of which the employee may choose one, as choices."""
    return [(result.code, text_in(tag, result.text), "") for result in results]


def read_record(form: PageForm, cms: str | None = None) -> StepRecordRequest:
    """The record as the form says it; ``cms`` is the employee's own over the prepared record.

    Malformed ``request-malformed`` for a signature that is no CMS.
    """
    values = {
        name.removeprefix(PREFIX): form.text(name)[:LONGEST_VALUE]
        for name in form.values
        if name.startswith(PREFIX)
    }
    request = {"fields": values, "cms": cms, "recipient_cms": read_recipient_cms(form) or None}
    try:
        return StepRecordRequest.model_validate(request)
    except ValidationError:
        raise Malformed("request-malformed", "the signature is no CMS", field=RECIPIENT_FILE) from None


def read_recipient_cms(form: PageForm) -> str:
    """The recipient's CMS, from the chosen file or from the form that carried it on; empty without one."""
    file = form.file(RECIPIENT_FILE)
    if file is None or not file.content:
        return form.text(RECIPIENT_CMS)
    content = file.content
    return content.decode("ascii") if content.isascii() else b64encode(content).decode()


def explain_record_faults(error: BusError, page: Page, text: str) -> dict[str, str]:
    """The faults of a record by the form's fields, each in the language of the page; empty for another error."""
    if error.code != "record-faulty":
        field = _FAULTY.get(error.code)
        return {field: text} if field else {}
    return dict(_list_faults(error.details, page))


def list_lines(document: StepRecordDocument, tag: str) -> Iterator[tuple[str, str]]:
    """The lines of a prepared record."""
    for line in document.lines:
        yield (line.label_kk, line.value_kk or line.value) if tag == "kk" else (line.label, line.value)


def carried_values(form: PageForm) -> dict[str, str]:
    """What the confirming form carries on: everything that was filled in, but the token and the pressed button."""
    left_out = {"form-token", "wants", "confirmed", "cms", RECIPIENT_CMS}
    values = {name: form.text(name) for name in form.values if name not in left_out}
    return {**values, RECIPIENT_CMS: read_recipient_cms(form)}


def _list_faults(details: Any, page: Page) -> Iterator[tuple[str, str]]:
    for fault, word in _FAULTS.items():
        for code in details.get(fault, ()):
            if code == "recipient_cms":
                yield RECIPIENT_FILE, page.say("record-signature-missing")
            elif fault == "unknown":
                yield "record", page.say(word, field=code[:40])
            else:
                yield PREFIX + code, page.say(word)
