"""What the pages of the hall show: centres, services to choose from, the ticket, the board of the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from services.is_con import storage
from services.is_con.domain import TicketPurpose, TicketState, day_of
from services.is_con.storage import TicketRow
from shared.regulations.model import DirectoryOffice, Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in
from shared.texts.catalog import texts_beside
from shared.workplace.pages.intake.service_lists import NamedText, RegionServices, group_services, name_service
from shared.workplace.people.offices import COUNTRY_CENTRE, service_centres

WORDS = texts_beside(__file__, file="hall_words.yaml")

MOST_CALLED = 8
"""The called tickets that the screen shows: so many lines can be read from afar."""
MOST_WAITING = 18
"""The waiting tickets that the screen shows; the number of the others follows."""


@dataclass(frozen=True)
class CalledLine:
    """A line of the screen: the ticket, its window, and whether this call is the latest."""

    number: str
    window: str
    is_latest: bool


@dataclass(frozen=True)
class HallBoard:
    """The content of the screen; ``more`` counts the waiting tickets that it does not show."""

    called: Sequence[CalledLine]
    waiting: Sequence[str]
    more: int


@dataclass(frozen=True)
class TicketSight:
    """A ticket for its holder; ``ahead`` counts the visitors before the holder."""

    row: TicketRow
    ahead: int
    service: NamedText | None

    @property
    def is_open(self) -> bool:
        """Whether the ticket still leads to a window."""
        return self.row.state in (TicketState.WAITING, TicketState.CALLED)


def list_centres(book: PassportBook, tag: str) -> list[NamedText]:
    """Every centre of the acts once: the one that stands for the centres of all acts first, then by name."""
    centres = {office.code: office for passport in _given_at_centres(book) for office in service_centres(passport)}
    named = [NamedText(code, *name_centre(office, tag)) for code, office in centres.items()]
    return sorted(named, key=lambda centre: (centre.value != COUNTRY_CENTRE, centre.text))


def name_centre(office: DirectoryOffice, tag: str) -> tuple[str, str]:
    """The name of a centre and the language in which the name stands: the acts name their centres in Russian."""
    if office.code == COUNTRY_CENTRE:
        return WORDS["brand"][tag], tag
    name = text_in(tag, office.name)
    return name, tag if name != office.name else "ru"


def list_services(book: PassportBook, centre: str, tag: str, query: str = "") -> list[RegionServices]:
    """The services that a centre gives, by region, each by its title; with ``query`` those that have its words."""
    passports = (
        passport
        for passport in _given_at_centres(book)
        if any(office.code == centre for office in service_centres(passport))
    )
    return group_services(passports, tag, query)


def read_board(session: Session, centre: str, now: datetime) -> HallBoard:
    """What the screen of a centre shows now."""
    day = day_of(now)
    called = storage.called_tickets(session, centre, day)[:MOST_CALLED]
    waiting = storage.waiting_tickets(session, centre, day, MOST_WAITING)
    total = sum(storage.waiting_counts(session, centre, day).values())
    return HallBoard(_describe_calls(called), [row.number for row in waiting], total - len(waiting))


def read_ticket(session: Session, ticket_id: str, book: PassportBook, tag: str) -> TicketSight | None:
    """A ticket by its id; None for an unknown one."""
    row = storage.get_ticket(session, ticket_id)
    if row is None:
        return None
    ahead = storage.ahead_of(session, row) if row.state == TicketState.WAITING else 0
    service = name_service(book.get_passport(row.regulation), tag) if row.regulation else None
    return TicketSight(row, ahead, service)


def purpose_of(text: str) -> TicketPurpose:
    """The purpose that a form names; to hand in documents where it names none."""
    return TicketPurpose.RESULT if text == TicketPurpose.RESULT else TicketPurpose.INTAKE


def _describe_calls(rows: Sequence[TicketRow]) -> list[CalledLine]:
    return [CalledLine(row.number, row.window or "", place == 0) for place, row in enumerate(rows)]


def _given_at_centres(book: PassportBook) -> Iterable[Passport]:
    return (passport for passport in book.passports if "con" in passport.channels.accept)
