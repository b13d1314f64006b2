"""One case at a workplace inside one transaction: its record, documents and waiting steps, and who may take
them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.casework.case_reference import CaseReference
from shared.casework.case_session import CaseSession
from shared.casework.refusal_reason import RefusalReason, reason_fields
from shared.contracts.cases import DecisionOutcome
from shared.regulations.model import EmployeeRole, StepOperation
from shared.regulations.process.graph import ProcessNode
from shared.workplace.assignments.turns import roles_of_turn, spell_name, turn_of
from shared.workplace.people.offices import next_office
from shared.workplace.places import offers
from shared.workplace.places.queue_steps import find_queue_steps
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import deadlines, monitor, refusals, shelf
from shared.workplace.records.case_record import (
    FREE,
    NOBODY,
    WITHOUT_DEADLINE,
    DeadlineExtension,
    WorkplaceCase,
)
from shared.workplace.records.documents import CaseDocuments
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES, EmployeeRow, get_employee
from shared.workplace.registers.register_queries import RegisterQueries

_WORKS = frozenset({"accept", "resolve", "review", "survey", "recommend", "prepare", "approve"})
"""Operations after which a case is in work."""


class WorkplaceCaseSession(CaseSession[WorkplaceCase]):
    """One case; ``save`` writes it."""

    def __init__(self, uow: UnitOfWork, case: WorkplaceCase, documents: CaseDocuments | None = None) -> None:
        self.profile = uow.resource(WorkplaceProfile)
        case_reference = CaseReference(
            case.case_id,
            case.regulation,
            case.service_type,
            case.region,
            case.channel,
            case.variant,
            self.profile.next_hop(case.region),
            self.profile.address,
        )
        systems: frozenset[Any] = case.systems
        super().__init__(uow, case, case_reference, systems)
        self.documents = documents or CaseDocuments(uow, case.case_id)
        self.applicant_words: str | None = None
        """What the applicant wrote in the present step."""
        self.register_queries = RegisterQueries(uow, case_reference, self.documents)
        self._loaded = case

    @classmethod
    def load(cls, uow: UnitOfWork, case_id: str) -> Self:
        """The case with this id; NotFound ``case-unknown``."""
        case = uow.hot_rows(CASES).get(case_id)
        if case is None:
            raise NotFound("case-unknown", "this system has no such case")
        return cls(uow, case)

    # The steps and the employees who may take them

    def check_place(self, employee: EmployeeRow) -> None:
        """Refused ``other-authority`` for an employee of another authority or centre."""
        if self.case.place != employee.authority:
            raise Refused("other-authority", "the case belongs to another authority")

    def check_person(self, employee: EmployeeRow, node: ProcessNode) -> None:
        """Refused ``other-authority``, ``not-here`` or ``role-refused`` for a step that this employee may not
        take, Conflict ``case-taken`` while another employee has taken the case.
        """
        self.check_place(employee)
        if node.holder not in self.systems or node.is_automatic:
            raise Refused("not-here", "another system takes this step", step=node.id, holder=node.holder)
        if employee.role not in node.roles:
            roles = sorted(node.roles)
            raise Refused(
                "role-refused", "the regulation gives the step to another role", step=node.id, roles=roles
            )
        self._check_assignee(employee)

    def is_taken_for(self, node: ProcessNode) -> bool:
        """Whether an employee whose role takes this step has taken the case."""
        assignee = self._find_assignee()
        return assignee is not None and assignee.role in node.roles

    def _find_assignee(self) -> EmployeeRow | None:
        return None if self.case.assignee == FREE else get_employee(self.uow.session, self.case.assignee)

    def _check_assignee(self, employee: EmployeeRow) -> None:
        """Conflict ``case-taken`` while another employee of the same role has taken the case."""
        assignee = None if self.case.assignee == employee.iin else self._find_assignee()
        if assignee is not None and assignee.role == employee.role:
            raise Conflict("case-taken", "another employee has taken the case")

    def may_take(self, employee: EmployeeRow, node: ProcessNode) -> bool:
        """Whether the employee may take the step."""
        try:
            self.check_person(employee, node)
        except (Conflict, Refused):
            return False
        return True

    def waiting_steps(self) -> list[ProcessNode]:
        """The steps that wait here for people."""
        return [node for node in self.available_steps() if not node.is_automatic]

    def is_next(self, op: StepOperation) -> bool:
        """Whether a step of this operation waits here now."""
        return any(node.op == op for node in self.waiting_steps())

    def find_step(self, op: StepOperation) -> str:
        """The step of this operation that waits here now, else the first one of the act; NotFound
        ``step-not-found``.
        """
        nodes = [node for node in self.graph.nodes if node.op == op and node.holder in self.systems]
        nodes = [node for node in nodes if node.origin != "walk"] or nodes
        waiting = [node for node in self.waiting_steps() if node.op == op]
        if not (waiting or nodes):
            raise NotFound("step-not-found", f"no step of this channel is {op} here", op=op)
        return (waiting or nodes)[0].id

    # The messages of the case

    def send_message(
        self, node: ProcessNode, kind: MessageType, payload: MessageContract, attempt: int = 1
    ) -> str:
        """Send a message in the name of a step, and record whose message it is; returns the message's id."""
        message_id = super().send_message(node, kind, payload)
        row = {
            "message_id": message_id,
            "case_id": self.case.case_id,
            "step": node.id,
            "message_type": kind.value,
            "attempt": attempt,
        }
        self.uow.write_later(refusals.write_sent, row)
        return message_id

    # The state of the case

    @property
    def reason(self) -> RefusalReason | None:
        """Why the case is refused, in the languages in which it is known."""
        return RefusalReason.of_record(self.case)

    def note_outcome(self, outcome: DecisionOutcome, reason: RefusalReason | None = None) -> None:
        """Record that the case is granted or refused; a refusal has a reason."""
        self._change_case(outcome=outcome.value, **reason_fields(reason))

    def take_result(
        self, outcome: DecisionOutcome | None, reason: RefusalReason | None, number: str | None
    ) -> None:
        """Take over the provider's result, as far as the message reports it; the first number stays."""
        case = self.case
        self._change_case(
            outcome=outcome.value if outcome else case.outcome,
            number=case.number or number,
            **reason_fields(reason or self.reason),
        )

    def note_worker(self, employee: EmployeeRow) -> None:
        """Record the first employee who takes the case into work."""
        if self.case.employee is None:
            self._change_case(employee=employee.iin)

    def assign(self, iin: str) -> None:
        """Record that the employee with this ИИН has taken the case; ``FREE`` for nobody."""
        self._change_case(assignee=iin)

    def note_applicant_name(self, name: str) -> None:
        """Record the applicant's name, unless one is known."""
        if name and not self.case.applicant_name:
            self._change_case(applicant_name=spell_name(name))

    def add_extension(self, extension: DeadlineExtension) -> None:
        """Record an extended deadline."""
        self._change_case(extensions=(*self.case.extensions, extension))

    def follow_hand_over(self, receiver: str | None = None) -> None:
        """Move the case to the office at which its next step waits, or to ``receiver`` among these; a department
        that gets the case decides it.
        """
        if self.profile.is_at_centres or self.case.stage == CaseStage.WATCHED:
            return
        case, kinds = self.case, {node.office for node in self.waiting_steps()}
        origin = self.documents.application.authority if self.case.channel == "akim" else case.place
        place = next_office(self.passport, kinds, case.place, origin)
        if place != case.place:
            place = receiver or place
            self._change_case(place=place, authority=case.authority if place == origin else place)

    def plan_clerk(self, at: datetime | None) -> None:
        """Make a clerk examine the case at this moment; None for no clerk."""
        self._change_case(next_due=at)

    def follow_queue(self) -> None:
        """Bring the applicant's place in the queue to what the steps say, where the process has a queue."""
        steps = find_queue_steps(self.graph)
        if steps is not None:
            offers.follow_steps(
                self.uow, self.case.case_id, steps, self.process_state.answers, self.applicant_words
            )

    def save(self) -> None:
        """Write the case with its stage and deadlines; a result that has arrived is put on the shelf."""
        self.follow_queue()
        waiting = list(self.available_steps())
        if self.profile.has_shelf and (node := shelf.find_awaited_step(self.graph, waiting)) is not None:
            shelf.lay_down_result(self.uow.session, self.case, node, self.uow.now)
        stage = self.case.stage if self.case.stage == CaseStage.WATCHED else self._current_stage()
        waits = deadlines.waits_of(self.process_state, waiting, self.case, self.uow.now)
        is_settled = stage == CaseStage.COMPLETED != self.case.stage
        due = deadlines.first_due(waits)
        turn = turn_of(stage, waiting)
        self._put_back(
            CASES,
            todo=tuple(node.id for node in waiting if not node.is_automatic),
            stage=str(stage),
            waits=waits,
            due_at=due,
            turn=turn,
            turn_at=self._turn_moment(turn, due),
            assignee=self._next_assignee(turn),
        )
        if monitor.list_rows(self._loaded) != monitor.list_rows(self.case):
            self.uow.write_later(monitor.write_waits, self.case)
        self._loaded = self.case
        if is_settled:
            self.profile.rules.record_grant(self.case, self.documents, self.uow)
        self.uow.notify(f"case:{self.case.case_id}")

    def _turn_moment(self, turn: str, due: datetime | None) -> datetime:
        if turn != NOBODY:
            return due or WITHOUT_DEADLINE
        return self.case.turn_at if self.case.turn == NOBODY else self.uow.now

    def _next_assignee(self, turn: str) -> str:
        """The employee who goes on with the case; ``FREE`` once it is the turn of another role or office."""
        assignee = self._find_assignee()
        is_their_turn = (
            assignee is not None
            and assignee.authority == self.case.place
            and EmployeeRole(assignee.role) in roles_of_turn(turn)
        )
        return self.case.assignee if is_their_turn else FREE

    def _current_stage(self) -> CaseStage:
        if not self._is_anything_ahead():
            return CaseStage.COMPLETED
        if self.case.outcome is not None:
            return CaseStage.DECIDED
        took_in = any(self.graph.get_node(step.step).op in _WORKS for step in self.process_state.done_steps)
        return CaseStage.IN_WORK if took_in else CaseStage.RECEIVED

    def _is_anything_ahead(self) -> bool:
        """Whether a step of this system may still follow; at an end of the process nothing does, even where a
        gateway's step is not known here.
        """
        if self.process_state.end_node is not None:
            return False
        ahead = self.graph.nodes_ahead(self.process_state.allowed_nodes)
        done_steps = self.process_state.answers
        return any(
            node.holder in self.systems and node.end is None and (node.id not in done_steps)
            for node in map(self.graph.get_node, ahead)
        )
