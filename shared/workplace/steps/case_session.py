"""What is done with a case where people work on it: each act is a step of the passport."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shared.bus.errors import NotFound, Refused
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.casework.runner import CaseReference, StepRunner
from shared.contracts.cases import (
    ApplicationMessage,
    CaseResult,
    DecisionOutcome,
    StatusChanged,
    StatusNotice,
    StepDone,
)
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.regulations.book import PassportBook
from shared.regulations.model import Passport, StepOperation, System
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.workplace.people.keys import SigningKeys
from shared.workplace.people.roles import EmployeeRole, roles_of
from shared.workplace.people.staff import StaffDirectory
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import deadlines, shelf
from shared.workplace.records.decisions import GRANTING, REFUSING, Decision
from shared.workplace.records.documents import (
    APPLICATION,
    DRAFT,
    FORM,
    OUTPUT,
    CaseDocuments,
    compose_output,
    seal_document,
)
from shared.workplace.records.shelf import HandOverProof, ShelfRow
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES, EmployeeRow, WorkplaceCase
from shared.workplace.registers.asking import RegisterQueries
from shared.workplace.registers.paying import is_payable, is_paying_service
from shared.workplace.steps import receipts


@dataclass(frozen=True)
class HandOver:
    """To whom a result is handed, and how he signs for it."""

    recipient: str
    proof: HandOverProof = HandOverProof.PAPER
    power_number: str | None = None
    signature: bytes | None = None


class WorkplaceCaseSession:
    """One case on the table, inside one transaction; ``save`` puts it back.

    It is the ``StepActions`` of the case's ``StepRunner``. ``employee`` is whoever acts now; None while the system
    acts by itself.
    """

    def __init__(self, uow: UnitOfWork, case: WorkplaceCase, documents: CaseDocuments) -> None:
        self.uow = uow
        self.case = case
        self.documents = documents
        self.profile = uow.resource(WorkplaceProfile)
        book = uow.resource(PassportBook)
        self.passport: Passport = book.get_passport(case.regulation)
        self.process_state = ProcessState.from_text(
            book.get_graph(case.regulation, case.channel, case.variant), case.steps
        )
        self.register_queries = RegisterQueries(uow, self._case_reference(), self.documents)
        systems: frozenset[Any] = frozenset(case.systems.split(","))
        self.runner = StepRunner(
            uow, self._case_reference(), self.process_state, systems, self.profile.address, self
        )
        self.employee: EmployeeRow | None = None
        self.hand_over: HandOver | None = None
        self._decision: Decision | None = None
        self._signed_document: bytes | None = None

    @property
    def graph(self) -> ProcessGraph:
        return self.process_state.graph

    def run_automatic(self) -> None:
        """Take the automatic steps as far as they go."""
        self.runner.run_automatic()

    def learn_steps(self, steps: tuple[StepDone, ...]) -> None:
        """Take over what another system did."""
        self.process_state.learn_steps(steps)

    def take_step(
        self,
        employee: EmployeeRow,
        node_id: str,
        answer: str | None = None,
        decision: Decision | None = None,
        signed_document: bytes | None = None,
    ) -> None:
        """An employee takes a step; what the system does by itself follows at once.

        Refused ``other-authority`` and ``role-refused``; what ``ProcessState.check_step`` raises; Malformed
        ``reason-missing`` for a refusal without its reason; what the system's rules refuse.
        ``signed`` is the employee's own CMS over the draft.
        """
        node = self.process_state.check_step(node_id, answer)
        self.check_person(employee, node)
        self.employee, self._decision, self._signed_document = employee, decision, signed_document
        self.runner.take_step(node_id, answer)
        self.runner.run_automatic()
        self.employee = None

    def check_person(self, employee: EmployeeRow, node: ProcessNode) -> None:
        """Refused ``other-authority``, ``not-here`` or ``role-refused``: whose step it is not."""
        if self.case.place != employee.authority:
            raise Refused("other-authority", "the case belongs to another authority")
        if node.holder not in self.runner.systems or node.is_automatic:
            raise Refused("not-here", "the step is not this workplace's", step=node.id, holder=node.holder)
        if employee.role not in roles_of(node):
            roles = sorted(roles_of(node))
            raise Refused("role-refused", "the regulation gives the step to others", step=node.id, roles=roles)

    def may_take(self, employee: EmployeeRow, node: ProcessNode) -> bool:
        """Whether the step is this employee's to take."""
        try:
            self.check_person(employee, node)
        except Refused:
            return False
        return True

    def waiting_steps(self) -> list[ProcessNode]:
        """The steps that wait here for people."""
        return [node for node in self.runner.available_steps() if not node.is_automatic]

    def is_next(self, op: StepOperation) -> bool:
        """Whether a step of this kind waits here now."""
        return any(node.op == op for node in self.waiting_steps())

    def find_step(self, op: StepOperation) -> str:
        """The step of this kind that waits here now, or the first of the act, whose turn it is not."""
        nodes = [node for node in self.graph.nodes if node.op == op and node.holder in self.runner.systems]
        nodes = [node for node in nodes if node.origin != "walk"] or nodes
        waiting = [node for node in self.waiting_steps() if node.op == op]
        if not (waiting or nodes):
            raise NotFound("step-not-found", f"no step of this channel is {op} here", op=op)
        return (waiting or nodes)[0].id

    @property
    def draft(self) -> bytes:
        """The output document that waits for a signature; NotFound ``no-draft`` before the decision."""
        draft = self.documents.get(DRAFT)
        if draft is None:
            raise NotFound("no-draft", "no output document has been composed yet")
        return draft

    @property
    def proposal(self) -> Decision:
        """What this system's rules decide."""
        return self.profile.rules.propose_decision(self.documents.application, self.passport, self.uow)

    def save(self) -> None:
        waiting = list(self.runner.available_steps())
        if self.profile.is_con and (node := shelf.find_awaited_step(self.graph, waiting)) is not None:
            self._lay_down(node)
        stage = self.case.stage if self.case.stage == CaseStage.WATCHED else self._current_stage()
        waits = deadlines.waits_of(self.process_state, waiting, self.case, self.uow.now)
        is_settled = stage == CaseStage.COMPLETED != self.case.stage
        self._change_case(
            changed_at=self.uow.now,
            steps=self.process_state.steps_text,
            todo=" ".join(node.id for node in waiting if not node.is_automatic),
            stage=str(stage),
            waits=deadlines.write_waits(waits),
            due_at=deadlines.first_due(waits),
        )
        if is_settled:
            self.profile.rules.record_grant(self.case, self.documents, self.uow)
        self.uow.hot_rows(CASES).put(self.case)
        self.uow.notify(f"case:{self.case.correlation_id}")

    # The hands of the runner

    def automatic_answer(self, node: ProcessNode) -> str | None:
        """What an automatic condition is answered: a login that is there, a signature, the registers' answers."""
        if node.op != "check":
            return None
        before = [self.graph.get_node(transition.source) for transition in self.graph.transitions_into(node.id)]
        if any(predecessor.op == "query" for predecessor in before):
            return self.register_queries.compose_verdict()
        if any(predecessor.op == "sign" for predecessor in before):
            return "met" if self._is_application_signed() else "unmet"
        return "met"

    def perform_step(self, node: ProcessNode, answer: str | None) -> None:
        """Do what the step says."""
        if node.op in ("decide", "recommend", "verify", "present"):
            self._note_decision(node, answer)
        if node.op == "compose":
            self._compose_output()
            if not self._is_anything_sealed():
                self._seal_output()
        elif self._is_sealed_by(node):
            self._seal_output()
        elif node.op == "sign":
            self._sign_application()
        if is_paying_service(self.passport, self.case.variant) and is_payable(self.process_state, node):
            self.query_register(node, "gcvp")
        if node.op == "refuse" and node.refusal is not None:
            self._turn_down(node)
        if node.op == "hand_over" and self.profile.is_con:
            self._hand_over(node)
        self._note_progress(node)
        receipts.hand_out(self, node, answer)

    def compose_payload(self, node: ProcessNode, kind: MessageType) -> MessageContract:
        """The message of a step."""
        case = self.case
        common: dict[str, Any] = {
            "regulation": case.regulation,
            "channel": case.channel,
            "variant": case.variant,
            "number": case.number,
            "steps": self.process_state.done_steps,
        }
        if kind is MessageType.REQUEST:
            del common["number"]
            return ApplicationMessage.model_construct(
                **common, authority=case.authority, document=self._signed_application()
            )
        if kind is MessageType.RESPONSE:
            return CaseResult.model_construct(
                **common,
                step=node.id,
                status=node.status,
                outcome=DecisionOutcome(case.outcome) if case.outcome else None,
                document=self.documents.get(OUTPUT),
                reason=case.reason,
            )
        status = node.status or node.announces
        contract = StatusChanged if kind is MessageType.UPDATE else StatusNotice
        return contract(**common, authority=case.authority, step=node.id, status=status)

    def query_register(self, node: ProcessNode, register: System) -> None:
        """Send a query to a register; an order to ГЦВП only for what was granted."""
        if register != "gcvp" or self.case.outcome == DecisionOutcome.POSITIVE:
            self.register_queries.ask_register(node, register)

    # What the steps do

    def _note_decision(self, node: ProcessNode, answer: str | None) -> None:
        decision = self._decision
        if answer in REFUSING:
            decision = decision or Decision(DecisionOutcome.NEGATIVE)
            self._change_case(outcome=DecisionOutcome.NEGATIVE.value, reason=decision.reason)
        elif node.op == "decide" and (answer is None or answer in GRANTING):
            self.profile.rules.check_grant(self.documents.application, self.passport, self.uow)
            decision = Decision(DecisionOutcome.POSITIVE)
            self._change_case(outcome=DecisionOutcome.POSITIVE.value, reason=None)
        else:
            return
        if not self._has_compose_step():
            self._compose_output(decision)
        if decision.outcome is DecisionOutcome.NEGATIVE and self.documents.get(OUTPUT) is not None:
            self._seal_output()

    def _compose_output(self, decision: Decision | None = None) -> None:
        """Put the output document as it was decided on the table; unsigned yet."""
        decision = decision or self._decision or self._settled_decision()
        if self.case.outcome is None:
            self._change_case(outcome=decision.outcome.value)
        rules, is_granted = self.profile.rules, decision.outcome is DecisionOutcome.POSITIVE
        document = compose_output(
            self.documents.application,
            self.passport,
            number=self.case.number or "",
            decision=decision,
            now=self.uow.now,
            particulars=rules.describe_grant(self.case, self.documents, self.uow) if is_granted else None,
        )
        self.documents.put(DRAFT, document.model_dump_json().encode())

    def _settled_decision(self) -> Decision:
        if self.case.outcome == DecisionOutcome.NEGATIVE:
            return Decision(DecisionOutcome.NEGATIVE, self.case.reason)
        return Decision(DecisionOutcome.POSITIVE)

    def _seal_output(self) -> None:
        """Sign the output document: with the employee's own CMS, or the key that his workplace keeps."""
        if self.documents.get(DRAFT) is None:
            self._compose_output()
        if self._signed_document is not None:
            self._check_signed(self._signed_document)
        signed_document = self._signed_document or self._sign_content(self.draft)
        self.documents.put(OUTPUT, signed_document)

    def _check_signed(self, signed_document: bytes) -> None:
        iin = self.employee.iin if self.employee else None
        checked = self.uow.resource(CertificationCentre).check_document(
            signed_document, at=self.uow.now, expected_iin=iin, purpose=self.profile.purpose
        )
        if checked.content != self.draft:
            raise Refused("other-document", "the signature is over another document than the draft")

    def _sign_content(self, content: bytes) -> bytes:
        employee = self.employee or self._answerable_employee()
        return seal_document(content, self.uow.resource(SigningKeys).find_signer(employee), self.uow.now)

    def _answerable_employee(self) -> EmployeeRow:
        """Whose key signs what a system composes by itself where no step of the act signs it (ours).

        Refused ``signer-missing`` everywhere else: a document is signed by a person.
        """
        if self._is_anything_sealed():
            raise Refused("signer-missing", "a document is signed by a person")
        return self.uow.resource(StaffDirectory).find_employee(
            self.uow.session, self.case.place, frozenset(EmployeeRole)
        )

    def _sign_application(self) -> None:
        form = self.documents.get(FORM)
        if form is not None and self.documents.get(APPLICATION) is None:
            self.documents.put(APPLICATION, self._sign_content(form))

    def _signed_application(self) -> bytes:
        """The signed application; where the act prints no signature, whoever sends it on signs it (ours)."""
        self._sign_application()
        return self.documents.get(APPLICATION) or b""

    def _is_application_signed(self) -> bool:
        signed_document = self.documents.get(APPLICATION)
        if signed_document is None:
            return False
        at = max(self.uow.now, signed_data.open_signed(signed_document).certificate.not_valid_before_utc)
        self.uow.resource(CertificationCentre).check_document(
            signed_document, at=at, expected_iin=None, purpose=self.profile.purpose
        )
        return True

    def _turn_down(self, node: ProcessNode) -> None:
        """The act's own refusal on the way: its words are the reason, with the registers that know nothing."""
        wordings = [refusal.text for refusal in self.passport.refusals if refusal.kind == node.refusal]
        reason = self.case.reason or next(iter(wordings), node.action)
        names = (
            [REGISTERS[register] for register in self.register_queries.unknown_registers()]
            if node.refusal == "no_data"
            else []
        )
        reason += f" ({', '.join(names)})" if names else ""
        self._change_case(outcome=DecisionOutcome.NEGATIVE.value, reason=reason)

    def _lay_down(self, node: ProcessNode) -> ShelfRow:
        """The result waits for whoever applied; a case may come to this more than once."""
        case, now = self.case, self.uow.now
        row = ShelfRow(
            case=case.correlation_id,
            place=case.place,
            regulation=case.regulation,
            ready_at=now,
            keep_until=shelf.keep_until(node, now),
        )
        return shelf.lay_down(self.uow.session, row)

    def _hand_over(self, node: ProcessNode) -> None:
        """Note who took the result; whoever acts without saying so hands it to the applicant, on paper."""
        row, hand_over = self._lay_down(node), self.hand_over or HandOver(self.case.applicant)
        row.handed_at, row.recipient, row.proof = self.uow.now, hand_over.recipient, hand_over.proof.value
        row.power_number, row.signature = hand_over.power_number, hand_over.signature
        row.employee = self.employee.iin if self.employee else None
        self.uow.session.flush()

    def _has_compose_step(self) -> bool:
        """Whether the act has a step of its own in which the system composes the document."""
        return any(node.op == "compose" for node in self.graph.nodes)

    def _is_anything_sealed(self) -> bool:
        """Whether the act has a step in which a person signs the result."""
        return any(map(self._is_sealed_by, self.graph.nodes))

    def _is_sealed_by(self, node: ProcessNode) -> bool:
        return node.op == "approve" or (node.op == "sign" and node.origin == "table")

    def _note_progress(self, node: ProcessNode) -> None:
        if self.employee is not None and self.case.employee is None and node.op in _TAKES_IN:
            self._change_case(employee=self.employee.iin)
        if node.status:
            self._change_case(status=node.status)

    def _current_stage(self) -> CaseStage:
        if not self._is_anything_ahead():
            return CaseStage.COMPLETED
        if self.case.outcome is not None:
            return CaseStage.DECIDED
        took_in = any(self.graph.get_node(step.step).op in _WORKS for step in self.process_state.done_steps)
        return CaseStage.IN_WORK if took_in else CaseStage.RECEIVED

    def _is_anything_ahead(self) -> bool:
        """Whether a step of this system may still come."""
        ahead = self.graph.nodes_ahead(self.process_state.allowed_nodes)
        done_steps = self.process_state.answers
        return any(
            node.holder in self.runner.systems and node.end is None and (node.id not in done_steps)
            for node in map(self.graph.get_node, ahead)
        )

    def _case_reference(self) -> CaseReference:
        case = self.case
        return CaseReference(
            case.correlation_id,
            case.regulation,
            case.service_type,
            case.region,
            case.channel,
            case.variant,
            self.profile.next_hop(case.region),
        )

    def _change_case(self, **values: Any) -> None:
        self.case = replace(self.case, **values)


REGISTERS = {"nr_iin": "НР ИИН", "enis": "ЕНИС"}
_WORKS = frozenset({"accept", "resolve", "review", "survey", "recommend", "prepare", "approve"})
_TAKES_IN = frozenset({"accept", "review", "decide"})
