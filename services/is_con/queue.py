"""The operations on tickets of the electronic queue, each in one transaction."""

from __future__ import annotations

from datetime import timedelta

from services.is_con import storage
from services.is_con.domain import TicketPurpose, TicketState, check_state, day_of, number_of
from services.is_con.storage import TicketRow
from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.regulations.model import DirectoryOffice, Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph
from shared.workplace.people.offices import service_centres
from shared.workplace.records.storage import EmployeeRow, next_number_of


def take_ticket(uow: UnitOfWork, centre: str, purpose: TicketPurpose, regulation: str | None) -> TicketRow:
    """Issue a ticket.

    ``centre-unknown``, ``regulation-unknown``, ``channel-not-given``, ``service-not-here``.
    """
    book, limit = uow.resource(PassportBook), None
    centre_of(book.passports, centre)
    if regulation is not None:
        passport = book.get_passport(regulation)
        check_service(passport, centre)
        limit = wait_limit(book.get_graph(regulation, "con", passport.variants[0]))
    day = day_of(uow.now)
    row = TicketRow(
        id=uow.new_id(),
        centre=centre,
        day=day,
        number=number_of(purpose, next_number_of(uow, f"{centre}-{day}-{purpose.value}")),
        purpose=purpose.value,
        regulation=regulation,
        state=TicketState.WAITING.value,
        issued_at=uow.now,
        due_at=uow.now + limit if limit is not None and purpose is TicketPurpose.INTAKE else None,
    )
    uow.notify(topic_of_hall(centre))
    return storage.add_ticket(uow.session, row)


def topic_of_hall(centre: str) -> str:
    """The topic of every change in the queue of a centre, for the screen in its hall."""
    return f"hall:{centre}"


def call_next(uow: UnitOfWork, me: EmployeeRow, window: str, purpose: TicketPurpose | None) -> TicketRow:
    """Call the ticket that waits longest to a window; Conflict ``window-busy``, NotFound ``queue-empty``."""
    day = day_of(uow.now)
    standing = storage.at_window(uow.session, me.authority, day, window)
    if standing is not None:
        raise Conflict("window-busy", "another ticket is at this window", ticket=standing.number)
    ticket = storage.next_waiting(uow.session, me.authority, day, purpose and purpose.value)
    if ticket is None:
        raise NotFound("queue-empty", "no ticket waits")
    ticket.state, ticket.window, ticket.employee = TicketState.CALLED.value, window, me.iin
    ticket.called_at = uow.now
    return _keep_change(uow, ticket)


def recall_ticket(uow: UnitOfWork, me: EmployeeRow, number: str) -> TicketRow:
    """Call a called ticket once more, which then stands first on the screen; raises as ``close_ticket`` does."""
    ticket = _find_own_call(uow, me, number)
    ticket.recalled_at = uow.now
    return _keep_change(uow, ticket)


def close_ticket(
    uow: UnitOfWork, me: EmployeeRow, number: str, state: TicketState, case_id: str | None = None
) -> TicketRow:
    """Close a called ticket as served or left.

    NotFound ``ticket-unknown``, Conflict ``ticket-not-called``, Refused ``other-window`` when another employee
    called the ticket.
    """
    ticket = _find_own_call(uow, me, number)
    ticket.state, ticket.case, ticket.closed_at = state.value, case_id, uow.now
    return _keep_change(uow, ticket)


def _find_own_call(uow: UnitOfWork, me: EmployeeRow, number: str) -> TicketRow:
    """The called ticket with this number, which this employee called."""
    ticket = storage.by_number(uow.session, me.authority, day_of(uow.now), number)
    if ticket is None:
        raise NotFound("ticket-unknown", "no such ticket at this centre today", ticket=number)
    check_state(ticket.state, TicketState.CALLED, number)
    if ticket.employee != me.iin:
        raise Refused("other-window", "another employee called this ticket", ticket=number, window=ticket.window)
    return ticket


def _keep_change(uow: UnitOfWork, ticket: TicketRow) -> TicketRow:
    """Store a changed ticket, and wake the screen in the hall."""
    uow.session.flush()
    uow.notify(topic_of_hall(ticket.centre))
    return ticket


def leave_queue(uow: UnitOfWork, ticket_id: str) -> TicketRow:
    """Close a ticket whose visitor leaves the queue; NotFound ``ticket-unknown``, Conflict ``ticket-closed``."""
    ticket = storage.get_ticket(uow.session, ticket_id)
    if ticket is None:
        raise NotFound("ticket-unknown", "no such ticket")
    if ticket.state in (TicketState.SERVED, TicketState.LEFT):
        raise Conflict("ticket-closed", "the ticket is closed", state=ticket.state)
    ticket.state, ticket.closed_at = TicketState.LEFT.value, uow.now
    return _keep_change(uow, ticket)


def centre_of(passports: tuple[Passport, ...], code: str) -> DirectoryOffice:
    """The centre with this code; NotFound ``centre-unknown``."""
    for passport in passports:
        if "con" in passport.channels.accept:
            for office in service_centres(passport):
                if office.code == code:
                    return office
    raise NotFound("centre-unknown", "no act lists this centre", centre=code)


def check_service(passport: Passport, code: str) -> None:
    """Refused ``channel-not-given`` or ``service-not-here`` for a service that this centre does not give."""
    if "con" not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give this channel", channel="con")
    if code not in {office.code for office in service_centres(passport)}:
        raise Refused("service-not-here", "the act does not list this centre", regulation=passport.id)


def wait_limit(graph: ProcessGraph) -> timedelta | None:
    """The longest wait for a window, where the act limits the intake by the electronic queue; else None."""
    first = graph.get_node(graph.start_nodes[0])
    return first.limit.duration if first.op == "present" and first.limit is not None else None


def serve_ticket(uow: UnitOfWork, me: EmployeeRow, number: str, case_id: str) -> None:
    """Close a called ticket as served with this case; raises as ``close_ticket`` does."""
    close_ticket(uow, me, number, TicketState.SERVED, case_id)
