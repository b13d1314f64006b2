"""What the registers answered about the people of a case, as an operator compares it with the originals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.contracts.registers import CitizenAnswer, PersonAnswer, PowerAnswer
from shared.web.formats import format_date
from shared.workplace.http.actions.paper_views import RegisterAnswerView

Say = Callable[[str], str]


@dataclass(frozen=True)
class RegisterSight:
    """A query to a register: ``tone`` and ``verdict`` say what the answer means, ``facts`` what it holds."""

    title: str
    asked_at: datetime
    answered_at: datetime | None
    tone: str
    verdict: str
    facts: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class _Reading:
    tone: str
    verdict: str
    facts: Sequence[tuple[str, str]] = ()


def describe_answers(answers: Sequence[RegisterAnswerView], tag: str, say: Say) -> list[RegisterSight]:
    """The queries of a case in the language of the page."""
    return [_describe_answer(answer, tag, say) for answer in answers]


def _describe_answer(answer: RegisterAnswerView, tag: str, say: Say) -> RegisterSight:
    read = _READINGS.get(answer.register_)
    if answer.answer is None:
        reading = _Reading("doubtful", "register-silent")
    else:
        reading = _Reading("good", "register-answered") if read is None else read(answer.answer, tag)
    return RegisterSight(
        title=say(f"register-{answer.register_.replace('_', '-')}"),
        asked_at=answer.asked_at,
        answered_at=answer.answered_at,
        tone=reading.tone,
        verdict=say(reading.verdict),
        facts=[(say(code), say(value) if code in CODED else value, "") for code, value in reading.facts],
    )


CODED = frozenset({"fact-document"})
"""The facts whose values are codes of words."""


def _read_person(content: Mapping[str, Any], tag: str) -> _Reading:
    person = PersonAnswer.model_validate(content).person
    if person is None:
        return _Reading("bad", "register-no-data")
    name = " ".join(part for part in (person.surname, person.name, person.patronymic) if part)
    facts = [
        ("fact-name", name),
        ("fact-birth", format_date(person.birth_date, tag)),
        ("fact-address", person.address),
    ]
    return (
        _Reading("good", "register-known", facts) if person.is_alive else _Reading("bad", "register-dead", facts)
    )


def _read_power(content: Mapping[str, Any], tag: str) -> _Reading:
    answer = PowerAnswer.model_validate(content)
    power = answer.power
    if power is None:
        return _Reading("bad", "power-absent")
    facts = [
        ("fact-power", power.number),
        ("fact-agent", power.attorney_iin),
        ("fact-valid-to", format_date(power.valid_to, tag)),
    ]
    return _Reading("good", "power-holds", facts) if answer.is_in_force else _Reading("bad", "power-fails", facts)


def _read_citizen(content: Mapping[str, Any], tag: str) -> _Reading:
    answer = CitizenAnswer.model_validate(content)
    facts = list(_citizen_facts(answer, tag))
    return _Reading("good", "register-answered", facts) if facts else _Reading("bad", "register-no-data")


def _citizen_facts(answer: CitizenAnswer, tag: str) -> Iterator[tuple[str, str]]:
    if (document := answer.identity_document) is not None:
        yield "fact-document", f"document-{document.kind.value}"
        yield "fact-number", document.number
        yield "fact-valid-to", format_date(document.valid_to, tag)
    if (residence := answer.residence) is not None:
        yield "fact-address", residence.address
    if (birth := answer.birth_record) is not None:
        yield "fact-birth-record", f"{birth.number}, {format_date(birth.birth_date, tag)}"
    if (disability := answer.disability) is not None:
        yield "fact-disability", f"{disability.group} ({disability.number})"


_READINGS: Mapping[str, Callable[[Mapping[str, Any], str], _Reading]] = {
    "nr_iin": _read_person,
    "enis": _read_power,
    "is_cgo": _read_citizen,
}
