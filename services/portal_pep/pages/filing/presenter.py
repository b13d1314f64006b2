"""A form that is being filled in, as its pages show it: topics, fields, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.portal_pep.domain import PORTAL
from services.portal_pep.form_drafts import FormDraft
from services.portal_pep.pages.site import WORDS
from shared.regulations.flk import TEXTS as FLK
from shared.regulations.flk import find_field_fault
from shared.regulations.forms.fields import TOPICS, FormField, list_form_fields
from shared.regulations.model import Passport
from shared.regulations.translations import text_in

PLACE = "place"
"""The topic of the department and of the kind of service; it is asked where there is a choice."""
PAPERS = "papers"
"""The topic of the files."""
CHECK = "check"
"""The page of all answers."""
LONG_TEXT = 250
"""The size in characters above which a field has several lines."""


@dataclass(frozen=True)
class FormQuestion:
    """A field as a page shows it; ``kind`` is ``choice``, ``date``, ``area`` or ``text``."""

    key: str
    label: str
    hint: str
    kind: str
    value: str
    options: Sequence[tuple[str, str]]
    mandatory: bool
    size: int
    is_numeric: bool


@dataclass(frozen=True)
class AnsweredTopic:
    """A topic with its answers in words, to be checked before the signature."""

    topic: str
    title: str
    answers: Sequence[tuple[str, str, str]]
    """Label, answer, no remark."""


def list_topics(passport: Passport) -> list[str]:
    """The topics of a service's form in order, one a page: the place where there is a choice, those of the fields,
    the files where the act lists copies.
    """
    fields = list(dict.fromkeys(field.topic for field in list_form_fields(passport)))
    place = [PLACE] if has_choice_of_place(passport) else []
    return [*place, *fields, *([PAPERS] if list_copies(passport) else [])]


def has_choice_of_place(passport: Passport) -> bool:
    """Whether the citizen chooses a department or a kind of the service."""
    return len(passport.directories.offices_for(PORTAL)) > 1 or len(passport.variants) > 1


def list_copies(passport: Passport) -> list[str]:
    """The copies that the act wants with the application, in its words."""
    return [name for form in passport.forms if form.lists_copies for name in form.fields]


def begin_draft(passport: Passport, iin: str, known: Mapping[str, str]) -> FormDraft:
    """A new draft with everything that is known: the applicant's ИИН, earlier answers, the only department."""
    fields = list_form_fields(passport)
    filled = {field.key: known[field.key] for field in fields if _fits(field, known.get(field.key, ""))}
    if any(field.key == "iin" for field in fields):
        filled["iin"] = iin
    offices, variants = passport.directories.offices_for(PORTAL), passport.variants
    return FormDraft(
        passport.id,
        authority=offices[0].code if len(offices) == 1 else "",
        variant=variants[0] if len(variants) == 1 else "",
        fields=filled,
    )


def _fits(field: FormField, value: str) -> bool:
    return bool(value) and find_field_fault(field, value) is None


def title_of_topic(topic: str, tag: str) -> str:
    """The title of a topic's page."""
    return TOPICS[topic][tag] if topic in TOPICS else WORDS[f"topic-{topic}"][tag]


def list_questions(passport: Passport, topic: str, fields: Mapping[str, str], tag: str) -> list[FormQuestion]:
    """The fields of a topic with their present values."""
    return [
        describe_question(field, fields.get(field.key, ""), tag)
        for field in list_form_fields(passport)
        if field.topic == topic
    ]


def describe_question(field: FormField, value: str, tag: str) -> FormQuestion:
    """A field with its present value, in a language."""
    kind = field.format if field.format in ("choice", "date") else "area" if field.size > LONG_TEXT else "text"
    return FormQuestion(
        key=field.key,
        label=field.label.in_language(tag),
        hint=field.hint.in_language(tag),
        kind=kind,
        value=value,
        options=[(code, text.in_language(tag)) for code, text in field.options.items()],
        mandatory=field.mandatory,
        size=12 if field.is_iin else field.size,
        is_numeric=field.format == "numeric",
    )


def find_topic_faults(passport: Passport, topic: str, fields: Mapping[str, str], tag: str) -> dict[str, str]:
    """The faults of a topic's fields by ФЛК in a language, by field."""
    faults = {
        field.key: fault
        for field in list_form_fields(passport)
        if field.topic == topic and (fault := find_field_fault(field, fields.get(field.key, "")))
    }
    return {key: say_fault(fault, tag) for key, fault in faults.items()}


def say_fault(fault: Mapping[str, object], tag: str) -> str:
    """The text of a fault of ФЛК, with the size that a value exceeds."""
    texts = fault.get("texts")
    text = str(texts.get(tag, "")) if isinstance(texts, Mapping) else ""
    return f"{text} ({fault['size']})" if "size" in fault else text or FLK["form-invalid"][tag]


def find_missing_topic(passport: Passport, draft: FormDraft) -> str | None:
    """The first topic that the citizen is still to see; None for a whole form.

    A topic that is known whole from earlier forms is not asked again: the check of all answers shows it.
    """
    return next((topic for topic in list_topics(passport) if _is_missing(passport, draft, topic)), None)


def _is_missing(passport: Passport, draft: FormDraft, topic: str) -> bool:
    if topic == PAPERS:
        return topic not in draft.topics
    if topic == PLACE:
        return not (draft.authority and draft.variant)
    keys = [field.key for field in list_form_fields(passport) if field.topic == topic]
    is_known = topic in draft.topics or all(draft.fields.get(key) for key in keys)
    return not is_known or bool(find_topic_faults(passport, topic, draft.fields, "ru"))


def list_answers(passport: Passport, draft: FormDraft, tag: str) -> list[AnsweredTopic]:
    """The whole form by topics, in words."""
    topics = [topic for topic in list_topics(passport) if topic not in (PLACE, PAPERS)]
    return [
        AnsweredTopic(
            topic,
            title_of_topic(topic, tag),
            [
                (question.label, say_value(question, tag), "")
                for question in list_questions(passport, topic, draft.fields, tag)
            ],
        )
        for topic in topics
    ]


def say_value(question: FormQuestion, tag: str) -> str:
    """An answer in words: the title of a choice, "not given" for nothing."""
    return dict(question.options).get(question.value) or question.value or WORDS["not-given"][tag]


def name_office(passport: Passport, code: str, tag: str) -> str:
    """The name of a department of the act's directory."""
    names = {office.code: office.name for office in passport.directories.departments}
    return text_in(tag, names[code]) if code in names else code


def name_variant(passport: Passport, variant: str, tag: str) -> str:
    """The act's title of a variant; empty for a service with one way."""
    titles = (part.title for part in passport.procedures if part.variant == variant)
    return next((text_in(tag, title) for title in titles if title), "")
