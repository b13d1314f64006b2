"""What a person fills in for the record of a step, and whether the act's fields are all there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shared.bus.errors import Malformed
from shared.workplace.records.decisions import Decision
from shared.workplace.steps.records import record_kinds as kinds
from shared.workplace.steps.records.record_kinds import TEXTS, RecordForm, RecordKind, ResultRecipient


@dataclass(frozen=True)
class RecordEntry:
    """The fields of a record by their codes, in Kazakh where somebody wrote them in Kazakh too; ``cms`` is the
    employee's own CMS over the prepared record, ``recipient_cms`` the recipient's over the statement of the
    hand-over.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    cms: bytes | None = None
    recipient_cms: bytes | None = None
    fields_kk: Mapping[str, str] = field(default_factory=dict)


def complete_entry(form: RecordForm, entry: RecordEntry, decision: Decision | None) -> RecordEntry:
    """The entry with what the step says already: the reason of a refusal is the ground of a conclusion against."""
    is_grounded = entry.fields.get(kinds.GROUNDS) or decision is None or not decision.reason
    if form.kind is not RecordKind.CONCLUSION or is_grounded:
        return entry
    assert decision is not None and decision.reason is not None  # noqa: S101, PT018 - see is_grounded
    grounds_kk = {kinds.GROUNDS: decision.reason_kk} if decision.reason_kk else {}
    return replace(entry, fields={**entry.fields, kinds.GROUNDS: decision.reason}, fields_kk=grounds_kk)


def check_entry(form: RecordForm, entry: RecordEntry) -> None:
    """Malformed ``record-faulty`` with the fields that are ``missing``, those that the record of this step does
    not have (``unknown``), and those with another value than the act names (``not_a_choice``).
    """
    fields_by_code = {record_field.code: record_field for record_field in form.fields}
    missing = [code for code in fields_by_code if not entry.fields.get(code, "").strip()]
    if entry.fields.get(kinds.SIGNATURE) == kinds.BY_KEY and entry.recipient_cms is None:
        missing.append("recipient_cms")
    faults = {
        "missing": missing,
        "unknown": sorted(entry.fields.keys() - fields_by_code.keys()),
        "not_a_choice": [
            code
            for code, record_field in fields_by_code.items()
            if record_field.choices and code not in missing and entry.fields[code] not in record_field.choices
        ],
    }
    if any(faults.values()):
        raise Malformed(
            "record-faulty", "the record of this step is not filled in", kind=form.kind.value, **faults
        )


def clerks_entry(form: RecordForm, applicant: str, bar_code: str | None, decision: Decision | None) -> RecordEntry:
    """What a clerk of the sandbox fills in, in the same words each time."""
    grounds = decision.reason if decision is not None else None
    values = {
        "findings": TEXTS["clerk-findings"]["ru"],
        "need": "needed",
        kinds.GROUNDS: grounds or TEXTS["clerk-grounds"]["ru"],
        "courier": TEXTS["clerk-courier"]["ru"],
        kinds.BAR_CODE: bar_code or "",
        kinds.SIGNATURE: kinds.ON_PAPER,
        kinds.RECIPIENT: (
            TEXTS["clerk-recipient"]["ru"] if form.recipient is ResultRecipient.CENTRE else applicant
        ),
    }
    wordings_kk = {
        "findings": TEXTS["clerk-findings"]["kk"],
        kinds.GROUNDS: decision.reason_kk if grounds and decision else TEXTS["clerk-grounds"]["kk"],
        "courier": TEXTS["clerk-courier"]["kk"],
        kinds.RECIPIENT: TEXTS["clerk-recipient"]["kk"] if form.recipient is ResultRecipient.CENTRE else None,
    }
    codes = [record_field.code for record_field in form.fields]
    return RecordEntry(
        {code: values[code] for code in codes},
        fields_kk={code: text for code in codes if (text := wordings_kk.get(code))},
    )
