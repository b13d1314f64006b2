"""What is done with the tickets of the electronic queue, each in one transaction."""

from __future__ import annotations

from datetime import timedelta

from services.is_con import storage
from services.is_con.domain import Purpose, State, check_state, day_of, number_of
from services.is_con.storage import TicketRow
from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.runtime.unit_of_work import Work
from shared.regulations.book import PassportBook
from shared.regulations.model import Office, Passport
from shared.regulations.process.graph import Graph
from shared.workplace.people.staff import centres
from shared.workplace.records.storage import EmployeeRow, next_of


def take_ticket(work: Work, centre: str, purpose: Purpose, regulation: str | None) -> TicketRow:
    """A ticket for somebody who comes into the hall; ``centre-unknown``, ``regulation-unknown``,
    ``channel-not-given``, ``service-not-here``."""
    book, limit = work.use(PassportBook), None
    centre_of(book.all, centre)
    if regulation is not None:
        passport = book.get(regulation)
        check_service(passport, centre)
        limit = wait_limit(book.graph(regulation, "con", passport.variants[0]))
    day = day_of(work.now)
    row = TicketRow(
        id=work.new_id(),
        centre=centre,
        day=day,
        number=number_of(purpose, next_of(work, f"{centre}-{day}-{purpose.value}")),
        purpose=purpose.value,
        regulation=regulation,
        state=State.WAITING.value,
        issued_at=work.now,
        due_at=work.now + limit if limit is not None and purpose is Purpose.INTAKE else None,
    )
    return storage.add(work.session, row)


def call_next(work: Work, me: EmployeeRow, window: str, purpose: Purpose | None) -> TicketRow:
    """Call who waits longest to a window; Conflict ``window-busy``, NotFound ``queue-empty``."""
    day = day_of(work.now)
    standing = storage.at_window(work.session, me.authority, day, window)
    if standing is not None:
        raise Conflict("window-busy", "somebody stands at this window", ticket=standing.number)
    found = storage.next_waiting(work.session, me.authority, day, purpose and purpose.value)
    if found is None:
        raise NotFound("queue-empty", "nobody waits")
    found.state, found.window, found.employee = State.CALLED.value, window, me.iin
    found.called_at = work.now
    work.session.flush()
    return found


def close(work: Work, me: EmployeeRow, number: str, state: State, case: str | None = None) -> TicketRow:
    """Who was called is served, or has left; NotFound ``ticket-unknown``, Conflict ``ticket-not-called``, Refused
    ``other-window`` when another called him."""
    found = storage.by_number(work.session, me.authority, day_of(work.now), number)
    if found is None:
        raise NotFound("ticket-unknown", "no such ticket at this centre today", ticket=number)
    check_state(found.state, State.CALLED, number)
    if found.employee != me.iin:
        raise Refused("other-window", "somebody else called this ticket", ticket=number, window=found.window)
    found.state, found.case, found.closed_at = state.value, case, work.now
    work.session.flush()
    return found


def leave(work: Work, ticket_id: str) -> TicketRow:
    """Somebody gives his place up; NotFound ``ticket-unknown``, Conflict ``ticket-closed``."""
    found = storage.ticket(work.session, ticket_id)
    if found is None:
        raise NotFound("ticket-unknown", "no such ticket")
    if found.state in (State.SERVED, State.LEFT):
        raise Conflict("ticket-closed", "the ticket is closed", state=found.state)
    found.state, found.closed_at = State.LEFT.value, work.now
    work.session.flush()
    return found


def centre_of(passports: tuple[Passport, ...], code: str) -> Office:
    """The centre; NotFound ``centre-unknown``."""
    for passport in passports:
        if "con" in passport.channels.accept:
            for office in centres(passport):
                if office.code == code:
                    return office
    raise NotFound("centre-unknown", "no act knows this centre", centre=code)


def check_service(passport: Passport, code: str) -> None:
    """Refused ``channel-not-given`` or ``service-not-here``: what nobody can apply for at this centre."""
    if "con" not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give this channel", channel="con")
    if code not in {office.code for office in centres(passport)}:
        raise Refused("service-not-here", "this centre does not give the service", regulation=passport.id)


def wait_limit(graph: Graph) -> timedelta | None:
    """How long it may take to come to a window, where the act times the handing in by the electronic queue."""
    first = graph.node(graph.start[0])
    return first.limit.duration if first.op == "present" and first.limit is not None else None


def serve(work: Work, me: EmployeeRow, number: str, case: str) -> None:
    """Whoever was called is served now with this case."""
    close(work, me, number, State.SERVED, case)
