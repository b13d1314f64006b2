"""What is done with a case where people work on it: each act is a step of the passport."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shared.bus.errors import NotFound, Refused
from shared.bus.messages.message import Contract, MessageType
from shared.bus.runtime.unit_of_work import Work
from shared.casework.runner import Matter, Runner
from shared.contracts.cases import Application, Notice, Outcome, Result, StatusChanged, StepDone
from shared.pki.client.nuc import Centre
from shared.pki.cms import signed_data
from shared.regulations.book import PassportBook
from shared.regulations.model import Op, Passport, System
from shared.regulations.process.graph import Graph, Node
from shared.regulations.process.process_state import Course
from shared.workplace.people.keys import SigningKeys
from shared.workplace.people.roles import Role, roles_of
from shared.workplace.people.staff import Staff
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import deadlines, shelf
from shared.workplace.records.decisions import GRANTING, REFUSING, Decision
from shared.workplace.records.documents import APPLICATION, DRAFT, FORM, OUTPUT, Documents, output, seal
from shared.workplace.records.shelf import Proof, ShelfRow
from shared.workplace.records.stages import Stage
from shared.workplace.records.storage import CASES, Case, EmployeeRow
from shared.workplace.registers.asking import Asking
from shared.workplace.registers.paying import is_payable, pays
from shared.workplace.steps import receipts


@dataclass(frozen=True)
class Handed:
    """To whom a result is handed, and how he signs for it."""

    recipient: str
    proof: Proof = Proof.PAPER
    power_number: str | None = None
    signature: bytes | None = None


class Desk:
    """One case on the table, inside one transaction; ``save`` puts it back.

    It is the ``Hands`` of the case's ``Runner``. ``employee`` is whoever acts now; None while the system acts by
    itself.
    """

    def __init__(self, work: Work, case: Case, documents: Documents) -> None:
        self.work = work
        self.case = case
        self.documents = documents
        self.profile = work.use(WorkplaceProfile)
        book = work.use(PassportBook)
        self.passport: Passport = book.get(case.regulation)
        self.course = Course.read(book.graph(case.regulation, case.channel, case.variant), case.steps)
        self.asking = Asking(work, self._matter(), self.documents)
        systems: frozenset[Any] = frozenset(case.systems.split(","))
        self.runner = Runner(work, self._matter(), self.course, systems, self.profile.address, self)
        self.employee: EmployeeRow | None = None
        self.handed: Handed | None = None
        self._decision: Decision | None = None
        self._signed: bytes | None = None

    @property
    def graph(self) -> Graph:
        return self.course.graph

    def run(self) -> None:
        """Take the automatic steps as far as they go."""
        self.runner.run()

    def learn(self, steps: tuple[StepDone, ...]) -> None:
        """Take over what another system did."""
        self.course.learn(steps)

    def take(
        self,
        employee: EmployeeRow,
        node_id: str,
        answer: str | None = None,
        decision: Decision | None = None,
        signed: bytes | None = None,
    ) -> None:
        """An employee takes a step; what the system does by itself follows at once.

        Refused ``other-authority`` and ``role-refused``; what ``Course.check`` raises; Malformed
        ``reason-missing`` for a refusal without its reason; what the system's rules refuse.
        ``signed`` is the employee's own CMS over the draft.
        """
        node = self.course.check(node_id, answer)
        self.check_person(employee, node)
        self.employee, self._decision, self._signed = employee, decision, signed
        self.runner.take(node_id, answer)
        self.runner.run()
        self.employee = None

    def check_person(self, employee: EmployeeRow, node: Node) -> None:
        """Refused ``other-authority``, ``not-here`` or ``role-refused``: whose step it is not."""
        if self.case.place != employee.authority:
            raise Refused("other-authority", "the case belongs to another authority")
        if node.holder not in self.runner.systems or node.is_automatic:
            raise Refused("not-here", "the step is not this workplace's", step=node.id, holder=node.holder)
        if employee.role not in roles_of(node):
            roles = sorted(roles_of(node))
            raise Refused("role-refused", "the regulation gives the step to others", step=node.id, roles=roles)

    def may(self, employee: EmployeeRow, node: Node) -> bool:
        """Whether the step is this employee's to take."""
        try:
            self.check_person(employee, node)
        except Refused:
            return False
        return True

    def waiting(self) -> list[Node]:
        """The steps that wait here for people."""
        return [node for node in self.runner.mine() if not node.is_automatic]

    def is_next(self, op: Op) -> bool:
        """Whether a step of this kind waits here now."""
        return any(node.op == op for node in self.waiting())

    def find(self, op: Op) -> str:
        """The step of this kind that waits here now, or the first of the act, whose turn it is not."""
        nodes = [node for node in self.graph.nodes if node.op == op and node.holder in self.runner.systems]
        nodes = [node for node in nodes if node.told != "walk"] or nodes
        waiting = [node for node in self.waiting() if node.op == op]
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
        return self.profile.rules.decide(self.documents.application, self.passport, self.work)

    def save(self) -> None:
        waiting = list(self.runner.mine())
        if self.profile.is_con and (node := shelf.awaited(self.graph, waiting)) is not None:
            self._lay_down(node)
        stage = self.case.stage if self.case.stage == Stage.WATCHED else self._stage()
        waits = deadlines.waits_of(self.course, waiting, self.case, self.work.now)
        is_settled = stage == Stage.COMPLETED != self.case.stage
        self._change(
            changed_at=self.work.now,
            steps=self.course.text,
            todo=" ".join(node.id for node in waiting if not node.is_automatic),
            stage=str(stage),
            waits=deadlines.write_waits(waits),
            due_at=deadlines.first_due(waits),
        )
        if is_settled:
            self.profile.rules.settled(self.case, self.documents, self.work)
        self.work.rows(CASES).put(self.case)
        self.work.changed(f"case:{self.case.correlation_id}")

    # The hands of the runner

    def answer(self, node: Node) -> str | None:
        """What an automatic condition is answered: a login that is there, a signature, the registers' answers."""
        if node.op != "check":
            return None
        before = [self.graph.node(edge.source) for edge in self.graph.into(node.id)]
        if any(one.op == "query" for one in before):
            return self.asking.verdict()
        if any(one.op == "sign" for one in before):
            return "met" if self._is_application_signed() else "unmet"
        return "met"

    def perform(self, node: Node, answer: str | None) -> None:
        """Do what the step says."""
        if node.op in ("decide", "recommend", "verify", "present"):
            self._decide(node, answer)
        if node.op == "compose":
            self._compose()
            if not self._is_anything_sealed():
                self._seal()
        elif self._is_sealed_by(node):
            self._seal()
        elif node.op == "sign":
            self._sign_application()
        if pays(self.passport, self.case.variant) and is_payable(self.course, node):
            self.ask(node, "gcvp")
        if node.op == "refuse" and node.refusal is not None:
            self._turn_down(node)
        if node.op == "hand_over" and self.profile.is_con:
            self._hand_over(node)
        self._note(node)
        receipts.hand_out(self, node, answer)

    def payload(self, node: Node, kind: MessageType) -> Contract:
        """The message of a step."""
        case = self.case
        common: dict[str, Any] = {
            "regulation": case.regulation,
            "channel": case.channel,
            "variant": case.variant,
            "number": case.number,
            "steps": self.course.steps,
        }
        if kind is MessageType.REQUEST:
            del common["number"]
            return Application.model_construct(**common, authority=case.authority, document=self._application())
        if kind is MessageType.RESPONSE:
            return Result.model_construct(
                **common,
                step=node.id,
                status=node.status,
                outcome=Outcome(case.outcome) if case.outcome else None,
                document=self.documents.get(OUTPUT),
                reason=case.reason,
            )
        status = node.status or node.announces
        made = StatusChanged if kind is MessageType.UPDATE else Notice
        return made(**common, authority=case.authority, step=node.id, status=status)

    def ask(self, node: Node, register: System) -> None:
        """Send a query to a register; an order to ГЦВП only for what was granted."""
        if register != "gcvp" or self.case.outcome == Outcome.POSITIVE:
            self.asking.ask(node, register)

    # What the steps do

    def _decide(self, node: Node, answer: str | None) -> None:
        decision = self._decision
        if answer in REFUSING:
            decision = decision or Decision(Outcome.NEGATIVE)
            self._change(outcome=Outcome.NEGATIVE.value, reason=decision.reason)
        elif node.op == "decide" and (answer is None or answer in GRANTING):
            self.profile.rules.check(self.documents.application, self.passport, self.work)
            decision = Decision(Outcome.POSITIVE)
            self._change(outcome=Outcome.POSITIVE.value, reason=None)
        else:
            return
        if not self._composes():
            self._compose(decision)
        if decision.outcome is Outcome.NEGATIVE and self.documents.get(OUTPUT) is not None:
            self._seal()

    def _compose(self, decision: Decision | None = None) -> None:
        """Put the output document as it was decided on the table; unsigned yet."""
        decision = decision or self._decision or self._settled()
        if self.case.outcome is None:
            self._change(outcome=decision.outcome.value)
        rules, is_granted = self.profile.rules, decision.outcome is Outcome.POSITIVE
        made = output(
            self.documents.application,
            self.passport,
            number=self.case.number or "",
            decision=decision,
            now=self.work.now,
            particulars=rules.particulars(self.case, self.documents, self.work) if is_granted else None,
        )
        self.documents.put(DRAFT, made.model_dump_json().encode())

    def _settled(self) -> Decision:
        if self.case.outcome == Outcome.NEGATIVE:
            return Decision(Outcome.NEGATIVE, self.case.reason)
        return Decision(Outcome.POSITIVE)

    def _seal(self) -> None:
        """Sign the output document: with the employee's own CMS, or the key that his workplace keeps."""
        if self.documents.get(DRAFT) is None:
            self._compose()
        if self._signed is not None:
            self._check_signed(self._signed)
        signed = self._signed or self._sealed(self.draft)
        self.documents.put(OUTPUT, signed)

    def _check_signed(self, signed: bytes) -> None:
        iin = self.employee.iin if self.employee else None
        checked = self.work.use(Centre).check(
            signed, at=self.work.now, expected_iin=iin, purpose=self.profile.purpose
        )
        if checked.content != self.draft:
            raise Refused("other-document", "the signature is over another document than the draft")

    def _sealed(self, content: bytes) -> bytes:
        employee = self.employee or self._answerable()
        return seal(content, self.work.use(SigningKeys).of(employee), self.work.now)

    def _answerable(self) -> EmployeeRow:
        """Whose key signs what a system composes by itself where no step of the act signs it (ours).

        Refused ``signer-missing`` everywhere else: a document is signed by a person.
        """
        if self._is_anything_sealed():
            raise Refused("signer-missing", "a document is signed by a person")
        return self.work.use(Staff).of(self.work.session, self.case.place, frozenset(Role))

    def _sign_application(self) -> None:
        form = self.documents.get(FORM)
        if form is not None and self.documents.get(APPLICATION) is None:
            self.documents.put(APPLICATION, self._sealed(form))

    def _application(self) -> bytes:
        """The signed application; where the act prints no signature, whoever sends it on signs it (ours)."""
        self._sign_application()
        return self.documents.get(APPLICATION) or b""

    def _is_application_signed(self) -> bool:
        signed = self.documents.get(APPLICATION)
        if signed is None:
            return False
        at = max(self.work.now, signed_data.open_signed(signed).certificate.not_valid_before_utc)
        self.work.use(Centre).check(signed, at=at, expected_iin=None, purpose=self.profile.purpose)
        return True

    def _turn_down(self, node: Node) -> None:
        """The act's own refusal on the way: its words are the reason, with the registers that know nothing."""
        found = [one.text for one in self.passport.refusals if one.kind == node.refusal]
        reason = self.case.reason or next(iter(found), node.action)
        names = [REGISTERS[one] for one in self.asking.unknown()] if node.refusal == "no_data" else []
        reason += f" ({', '.join(names)})" if names else ""
        self._change(outcome=Outcome.NEGATIVE.value, reason=reason)

    def _lay_down(self, node: Node) -> ShelfRow:
        """The result waits for whoever applied; a case may come to this more than once."""
        case, now = self.case, self.work.now
        row = ShelfRow(
            case=case.correlation_id,
            place=case.place,
            regulation=case.regulation,
            ready_at=now,
            keep_until=shelf.keep_until(node, now),
        )
        return shelf.put(self.work.session, row)

    def _hand_over(self, node: Node) -> None:
        """Note who took the result; whoever acts without saying so hands it to the applicant, on paper."""
        row, taken = self._lay_down(node), self.handed or Handed(self.case.applicant)
        row.handed_at, row.recipient, row.proof = self.work.now, taken.recipient, taken.proof.value
        row.power_number, row.signature = taken.power_number, taken.signature
        row.employee = self.employee.iin if self.employee else None
        self.work.session.flush()

    def _composes(self) -> bool:
        """Whether the act has a step of its own in which the system composes the document."""
        return any(node.op == "compose" for node in self.graph.nodes)

    def _is_anything_sealed(self) -> bool:
        """Whether the act has a step in which a person signs the result."""
        return any(map(self._is_sealed_by, self.graph.nodes))

    def _is_sealed_by(self, node: Node) -> bool:
        return node.op == "approve" or (node.op == "sign" and node.told == "table")

    def _note(self, node: Node) -> None:
        if self.employee is not None and self.case.employee is None and node.op in _TAKES_IN:
            self._change(employee=self.employee.iin)
        if node.status:
            self._change(status=node.status)

    def _stage(self) -> Stage:
        if not self._is_anything_ahead():
            return Stage.COMPLETED
        if self.case.outcome is not None:
            return Stage.DECIDED
        took_in = any(self.graph.node(one.step).op in _WORKS for one in self.course.steps)
        return Stage.IN_WORK if took_in else Stage.RECEIVED

    def _is_anything_ahead(self) -> bool:
        """Whether a step of this system may still come."""
        ahead = self.graph.ahead(self.course.allowed)
        given = self.course.given
        return any(
            node.holder in self.runner.systems and node.end is None and (node.id not in given)
            for node in map(self.graph.node, ahead)
        )

    def _matter(self) -> Matter:
        case = self.case
        return Matter(
            case.correlation_id,
            case.regulation,
            case.service_type,
            case.region,
            case.channel,
            case.variant,
            self.profile.way(case.region),
        )

    def _change(self, **values: Any) -> None:
        self.case = replace(self.case, **values)


REGISTERS = {"nr_iin": "НР ИИН", "enis": "ЕНИС"}
_WORKS = frozenset({"accept", "resolve", "review", "survey", "recommend", "prepare", "approve"})
_TAKES_IN = frozenset({"accept", "review", "decide"})
