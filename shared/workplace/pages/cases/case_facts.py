"""The facts of a case, the applicant's form and the registers' answers, as pairs of a label and a value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.casework.refusal_reason import say_reason
from shared.contracts.documents import ApplicationDocument
from shared.contracts.organisations import known_organisations
from shared.regulations.forms.fields import list_form_fields
from shared.regulations.model import Passport
from shared.regulations.translations import text_in, title_in
from shared.web.formats import format_moment
from shared.workplace.pages.cases.case_history import name_system
from shared.workplace.pages.site import WORDS
from shared.workplace.pages.work_rows import name_status, show_name
from shared.workplace.records.case_record import FREE, WorkplaceCase
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import QueryRow

Fact = tuple[str, str, str]
"""A label, a value, a smaller remark or nothing."""


@dataclass(frozen=True)
class RegisterAnswer:
    """What was asked of a register: its name, when it was asked and answered, the answer's values by label."""

    register: str
    asked_at: datetime
    answered_at: datetime | None
    facts: tuple[Fact, ...]


def list_case_facts(case: WorkplaceCase, passport: Passport, names: Mapping[str, str], tag: str) -> list[Fact]:
    """The facts of a case for its page."""
    say = {code: texts[tag] for code, texts in WORDS.items()}
    organisation = known_organisations().find_by_office(case.authority)
    holder = say["holder-free"] if case.assignee == FREE else names.get(case.assignee, "")
    return [
        (say["fact-service"], title_in(tag, passport), ""),
        (say["fact-applicant"], show_name(case.applicant_name) or say["no-name"], case.applicant),
        (say["fact-status"], name_status(case, tag), ""),
        (say["fact-channel"], say[f"channel-{case.channel}"], ""),
        (say["fact-received"], format_moment(case.received_at, tag), ""),
        (say["fact-authority"], text_in(tag, organisation.name) if organisation else case.authority, ""),
        *(((say["fact-holder"], holder, ""),) if case.stage != CaseStage.COMPLETED else ()),
        *_decision_facts(case, say, tag),
    ]


def _decision_facts(case: WorkplaceCase, say: Mapping[str, str], tag: str) -> Iterator[Fact]:
    if case.outcome is not None:
        yield say["fact-outcome"], say[f"outcome-{case.outcome}"], say_reason(case, tag)


def list_form_facts(application: ApplicationDocument, passport: Passport, tag: str) -> list[Fact]:
    """The fields that the applicant filled in, under their labels."""
    labels = {field.key: field.label.in_language(tag) for field in list_form_fields(passport, application.channel)}
    facts = [(labels.get(key, key), value, "") for key, value in application.fields.items() if value]
    if application.representative is not None:
        agent = application.representative
        facts.append((WORDS["fact-representative"][tag], agent.iin, agent.power_number))
    return facts


def describe_answers(rows: Sequence[QueryRow], tag: str) -> list[RegisterAnswer]:
    """What the registers answered about a case, in order."""
    return [
        RegisterAnswer(
            name_system(row.register_, tag),
            row.asked_at,
            row.answered_at,
            tuple(_flatten(json.loads(row.answer), tag)) if row.answer else (),
        )
        for row in rows
    ]


def _flatten(content: Mapping[str, Any], tag: str, prefix: str = "") -> Iterator[Fact]:
    """The plain values of an answer, those inside of objects and lists too, under the labels that there are."""
    for key, value in content.items():
        label = WORDS[f"answer-field-{key.replace('_', '-')}"][tag] if _is_named(key) else key
        if isinstance(value, Mapping):
            yield from _flatten(value, tag, f"{prefix}{label}: ")
        elif isinstance(value, list):
            for position, part in enumerate(value, 1):
                part_content = part if isinstance(part, Mapping) else {key: part}
                yield from _flatten(part_content, tag, f"{label} {position}: ")
        elif value not in (None, ""):
            yield f"{prefix}{label}", _spell_value(value, tag), ""


def _is_named(key: str) -> bool:
    return f"answer-field-{key.replace('_', '-')}" in WORDS


def _spell_value(value: object, tag: str) -> str:
    if isinstance(value, bool):
        return WORDS["yes" if value else "no"][tag]
    return text_in(tag, str(value))
