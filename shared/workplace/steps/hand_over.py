"""Handing the result over to the applicant, or to a person with the applicant's power of attorney."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.errors import Conflict, Malformed, Refused
from shared.bus.http.requests.plain_input import RequestModel
from shared.contracts.documents import Representative
from shared.contracts.identifiers import check_iin
from shared.contracts.local_time import local_day
from shared.contracts.registers import PowerAnswer
from shared.pki.cms.armour import SignedBytes64
from shared.regulations.process.graph import ProcessNode
from shared.workplace.people.offices import receiving_offices
from shared.workplace.records import shelf, storage
from shared.workplace.records.shelf import HandOverProof
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.operations import take_step
from shared.workplace.steps.records.recipient_signatures import check_statement
from shared.workplace.steps.step_context import HandOver, WorkplaceContext


class HandOverRequest(RequestModel):
    """The person who collects the result. ``power_number`` is that person's power of attorney, unless the person
    is the applicant; ``cms`` is the person's signature (base64 of DER) over the statement; without it the person
    signs on paper.
    """

    iin: Annotated[str, Field(max_length=12)]
    power_number: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    cms: SignedBytes64 | None = None
    ticket: Annotated[str, Field(max_length=10)] | None = None


def hand_over(case_session: WorkplaceCaseSession, employee: EmployeeRow, request: HandOverRequest) -> None:
    """Check the recipient and hand the result over; the endpoint declares the errors."""
    node = _find_awaited_step(case_session)
    _check_recipient(case_session, request)
    if request.cms is not None:
        check_statement(case_session, request.iin, request.cms)
    proof = HandOverProof.PAPER if request.cms is None else HandOverProof.CMS
    handed = HandOver(request.iin, proof, request.power_number, request.cms)
    coming = f"{node.id}:wait"
    if coming in case_session.process_state.allowed_nodes:
        take_step(case_session, coming, WorkplaceContext("received", employee, hand_over=handed))
    take_step(case_session, node.id, WorkplaceContext(employee=employee, hand_over=handed))


def ask_power(case_session: WorkplaceCaseSession, agent: Representative) -> str:
    """Ask ЕНИС about the power of attorney of a person who collects the result; returns the query's id."""
    check_iin(agent.iin)
    node = _find_awaited_step(case_session)
    return case_session.register_queries.ask_power(node, agent)


def check_plain(case_session: WorkplaceCaseSession, step: str) -> None:
    """Malformed ``recipient-needed``: a centre hands a result over to a named recipient only."""
    if case_session.profile.has_shelf and case_session.graph.get_node(step).op == "hand_over":
        raise Malformed("recipient-needed", "the request must name the recipient", step=step)


def check_receiver(case_session: WorkplaceCaseSession, step: str, receiver: str | None) -> None:
    """Refused ``wrong-office`` unless the step hands the case over to the office ``receiver``, where one is
    named.
    """
    if receiver is None:
        return
    origin = case_session.documents.application.authority
    node = case_session.graph.get_node(step)
    offices = receiving_offices(case_session.passport, case_session.graph, node, origin)
    if receiver not in offices:
        raise Refused("wrong-office", "the act does not hand the case over to this office", offices=offices)


def _find_awaited_step(case_session: WorkplaceCaseSession) -> ProcessNode:
    node = shelf.find_awaited_step(case_session.graph, case_session.waiting_steps())
    if node is None:
        raise Conflict("nothing-to-hand-over", "no result of this case waits here")
    return node


def _check_recipient(case_session: WorkplaceCaseSession, request: HandOverRequest) -> None:
    check_iin(request.iin)
    if request.power_number is None:
        if request.iin != case_session.case.applicant:
            raise Refused(
                "wrong-recipient", "the recipient is neither the applicant nor a holder of a power of attorney"
            )
        return
    today = local_day(case_session.uow.now)
    answers = _power_answers(case_session, request)
    if not answers:
        raise Refused("power-unconfirmed", "ЕНИС has not confirmed this power of attorney: ask ЕНИС first")
    power = answers[-1].power
    if not answers[-1].is_in_force or power is None or power.valid_to < today:
        raise Refused("power-not-in-force", "ЕНИС knows no such power of attorney in force")


def _power_answers(case_session: WorkplaceCaseSession, request: HandOverRequest) -> list[PowerAnswer]:
    """ЕНИС's answers about this power of attorney for these two people."""
    subject = f"{request.power_number} {request.iin}"
    rows = storage.queries_of(case_session.uow.session, case_session.case.case_id)
    matching_rows = [row for row in rows if row.register_ == "enis" and row.answer and row.about in ("", subject)]
    return [
        PowerAnswer.model_validate_json(row.answer or "")
        for row in matching_rows
        if _is_about(row, case_session, request)
    ]


def _is_about(row: storage.QueryRow, case_session: WorkplaceCaseSession, request: HandOverRequest) -> bool:
    """Whether the query was about this power: by its own note, or by the application's representative."""
    if row.about:
        return True
    agent = case_session.documents.application.representative
    return agent is not None and (agent.iin, agent.power_number) == (request.iin, request.power_number)
