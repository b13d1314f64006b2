"""The documents of a citizen, and the conduct towards queries."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.bus.errors import Malformed
from shared.contracts.population import SyntheticPerson
from shared.contracts.registers import (
    BirthRecord,
    CitizenAnswer,
    CitizenKind,
    DisabilityRecord,
    IdentityDocument,
    IdentityDocumentKind,
    ResidenceRecord,
)

LONGEST_SECONDS = 30 * 24 * 3600

Paper = IdentityDocument | ResidenceRecord | BirthRecord | DisabilityRecord
Papers = Mapping[CitizenKind, Paper]

FIELDS: Mapping[CitizenKind, str] = {kind: kind.value.replace("-", "_") for kind in CitizenKind}
"""The field of the answer that holds the document of a kind."""


class ConductMode(StrEnum):
    """How ИС ЦГО answers a query."""

    ANSWER = "answer"
    SLOW = "slow"
    NO_DATA = "no-data"
    SILENT = "silent"


@dataclass(frozen=True)
class ConductRule:
    """A rule: the mode for ``percent`` of all people; a slow answer comes after ``seconds``."""

    mode: ConductMode
    percent: int = 100
    seconds: float = 0


def check_share(rule: ConductRule, *, is_for_everybody: bool) -> None:
    """Malformed ``conduct-percent`` for a share of one person."""
    if rule.percent != 100 and not is_for_everybody:
        raise Malformed("conduct-percent", "a rule for one person has no percentage")


def check_kinds(kinds: Sequence[CitizenKind]) -> None:
    """Malformed ``citizen-kinds-repeated`` for a query that names a kind twice."""
    if len(set(kinds)) != len(kinds):
        raise Malformed("citizen-kinds-repeated", "the query names a kind twice")


def answer_of(iin: str, kinds: Sequence[CitizenKind], papers: Papers) -> CitizenAnswer:
    """The documents of the requested kinds, and the kinds without a document."""
    fields = {FIELDS[kind]: papers[kind] for kind in kinds if kind in papers}
    return CitizenAnswer(iin=iin, absent=tuple(kind for kind in kinds if kind not in papers), **fields)


def synthetic_papers(person: SyntheticPerson, seed: int, today: date) -> Iterator[tuple[CitizenKind, Paper]]:
    """The documents of a person: the same for the same seed, ИИН and day.

    Every person has a document of identity, one in twenty of them expired; one person in fifty has no residence,
    one in ten no record of birth, one in twelve a disability, half of these for life.
    """
    chance = random.Random(f"{seed}:{person.iin}")  # noqa: S311 - the same papers again are the purpose
    yield CitizenKind.IDENTITY_DOCUMENT, _identity_document(chance, today)
    if chance.random() >= 0.02:
        since = today - timedelta(days=chance.randint(30, 9000))
        yield (
            CitizenKind.RESIDENCE,
            ResidenceRecord(region=person.region, address=person.address, registered_on=since),
        )
    if chance.random() >= 0.1:
        yield CitizenKind.BIRTH_RECORD, BirthRecord(number=_draw_digits(chance), birth_date=person.birth_date)
    if chance.random() < 1 / 12:
        yield CitizenKind.DISABILITY, _make_disability(chance, today)


_IDENTITY_SHARES = {
    IdentityDocumentKind.ID_CARD: 90,
    IdentityDocumentKind.PASSPORT: 6,
    IdentityDocumentKind.RESIDENCE_PERMIT: 2,
    IdentityDocumentKind.STATELESS_CERTIFICATE: 1,
    IdentityDocumentKind.ORALMAN_CERTIFICATE: 1,
}
_TERM = timedelta(days=3652)


def _identity_document(chance: random.Random, today: date) -> IdentityDocument:
    (kind,) = chance.choices(list(_IDENTITY_SHARES), list(_IDENTITY_SHARES.values()))
    has_run_out = chance.random() < 0.05
    age = timedelta(days=chance.randint(1, 3000)) + (_TERM if has_run_out else timedelta())
    return IdentityDocument(
        kind=kind, number=_draw_digits(chance), issued_on=today - age, valid_to=today - age + _TERM
    )


def _make_disability(chance: random.Random, today: date) -> DisabilityRecord:
    since = today - timedelta(days=chance.randint(1, 300))
    is_for_life = chance.random() < 0.5
    return DisabilityRecord(
        number=_draw_digits(chance),
        group=chance.randint(1, 3),
        valid_from=since,
        valid_to=None if is_for_life else since + timedelta(days=365),
    )


def _draw_digits(chance: random.Random) -> str:
    return f"{chance.randrange(10**9):09}"
