"""The portal's part in one case: each act is a step of the passport."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.portal_pep.domain import PORTAL
from services.portal_pep.storage import APPLICATIONS, PortalCase
from shared.bus.errors import Internal, Malformed, NotFound
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.casework.runner import CaseReference, StepRunner
from shared.contracts import addresses
from shared.contracts.cases import ApplicationMessage, DecisionOutcome, StatusChanged, StatusNotice, StepDone
from shared.regulations.book import PassportBook
from shared.regulations.model import StepOperation, System
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import GATEWAYS, ProcessState

SYSTEMS: frozenset[System] = frozenset({"portal_pep"})
CONDITION_MET = "met"
_OUTCOMES = {"granted": DecisionOutcome.POSITIVE, "refused": DecisionOutcome.NEGATIVE}


@dataclass(frozen=True)
class CitizenReply:
    """What a citizen answers: one of those to choose from, his words, the papers that he signed (CMS)."""

    answer: str | None = None
    text: str | None = None
    signed_document: bytes | None = None


def find_citizen_questions(process_state: ProcessState) -> list[ProcessNode]:
    """The steps in which the citizen's answer is awaited now."""
    allowed = (process_state.graph.get_node(node_id) for node_id in process_state.allowed_nodes)
    return [node for node in allowed if node.holder in SYSTEMS and node.op == "answer"]


class PortalCaseSession:
    """One application inside one transaction; ``save`` puts it back. It is the ``StepActions`` of its
    ``StepRunner``.
    """

    def __init__(self, uow: UnitOfWork, case: PortalCase, signed_document: bytes = b"") -> None:
        self.work = uow
        self.case = case
        book = uow.resource(PassportBook)
        self.process_state = ProcessState.from_text(
            book.get_graph(case.regulation, PORTAL, case.variant), case.steps
        )
        case_reference = CaseReference(
            case.id,
            case.regulation,
            book.get_passport(case.regulation).service_type,
            case.region,
            PORTAL,
            case.variant,
            addresses.GATEWAY,
        )
        self.runner = StepRunner(uow, case_reference, self.process_state, SYSTEMS, addresses.PORTAL, self)
        self._signed = signed_document
        self._given = CitizenReply()

    @property
    def graph(self) -> ProcessGraph:
        return self.process_state.graph

    def file_application(self, moments: Mapping[StepOperation, datetime]) -> None:
        """Take the portal's steps up to the one that sends the REQUEST: every check was met when this is called.

        What a step sends leaves now. A step that sends nothing was done at its operation's moment of ``moments``,
        where that is neither before the step before it nor in the future, else as near to it as can be. A check
        was made with the login before it, or now once the form was filled in.
        """
        last, now = min(moments["enrol"], self.work.now), self.work.now
        while not self.runner.request_ids:
            node = next(self.runner.available_steps(), None)
            if node is None:
                raise Internal("walk-broken", f"{self.case.regulation} has no way to its REQUEST")
            answer = CONDITION_MET if node.chooses else None
            if self.graph.message_rules(node.id):
                self.runner.take_step(node.id, answer)
            else:
                is_filled = any(
                    self.graph.get_node(node_id).op == "fill" for node_id in self.process_state.answers
                )
                at = moments.get(node.op or "nothing", now if is_filled else last)
                last = max(last, min(at, now))
                self.process_state.take_step(node.id, last, addresses.PORTAL, answer)
        self._change_case(message_id=self.runner.request_ids[0])

    def learn_steps(self, steps: Iterable[StepDone], sent_at: str, at: datetime) -> None:
        """Take over what a message tells, and that the gateways carried it at this moment."""
        self.process_state.learn_steps(steps)
        self.process_state.learn_route(sent_at, at, addresses.GATEWAY)

    def show_status(self, status: str | None, number: str | None) -> None:
        """Show what a message tells, as far as it tells anything."""
        self._change_case(status=status or self.case.status, number=number or self.case.number)

    def take_automatic_steps(self, *, has_result: bool) -> None:
        """Take the automatic steps; without the provider's Result none of those that show or deliver it."""
        while (node := self._find_next_step(has_result=has_result)) is not None:
            self.runner.take_step(node.id)

    def list_questions(self) -> list[ProcessNode]:
        """The steps in which the citizen's answer is awaited now."""
        return find_citizen_questions(self.process_state)

    def check_question(self, node_id: str) -> ProcessNode:
        """The step, when the citizen is asked in it now: NotFound ``step-not-found`` for a step that is not his,
        and what ``ProcessState.check_step`` raises but for the answer."""
        node = self.graph.get_node(node_id)
        if node.holder not in SYSTEMS or node.op != "answer":
            raise NotFound("step-not-found", "no citizen is asked in this step", step=node_id)
        return self.process_state.check_step(node_id, next(iter(node.chooses), None))

    def answer_question(self, node_id: str, reply: CitizenReply) -> None:
        """The citizen's answer: what ``check_question`` and ``ProcessState.check_step`` raise, Malformed
        ``words-missing`` where the act wants it in writing, ``papers-needed`` where it waits for papers."""
        node = self.check_question(node_id)
        self.process_state.check_step(node_id, reply.answer)
        if not node.chooses and not reply.text:
            raise Malformed("words-missing", "the act asks for this in writing", step=node_id)
        if (node.wait is not None) != (reply.signed_document is not None):
            raise Malformed("papers-needed", "signed papers come where the act waits for them", step=node_id)
        self._given = reply
        self.runner.take_step(node_id, reply.answer)
        self._given = CitizenReply()

    def settle_case(self, outcome: DecisionOutcome | None, reason: str | None) -> None:
        """The case is decided: as the message says, or else as its steps do."""
        decided = outcome or _OUTCOMES.get(self.process_state.outcome or "")
        end = self.process_state.end_node
        if end is not None and end.end == "refused":
            decided = decided or DecisionOutcome.NEGATIVE
        decided = decided or DecisionOutcome.POSITIVE
        self._change_case(outcome=decided.value, reason=reason, open_key=None)

    def explain_refusal(self) -> None:
        """There is no document that says why it was refused: show what the act says, where it says anything."""
        refusal_texts = [
            node.action for node in map(self.graph.get_node, self.process_state.answers) if node.op == "refuse"
        ]
        kind = self.process_state.end_node.refusal if self.process_state.end_node is not None else None
        listed = self.work.resource(PassportBook).get_passport(self.case.regulation).refusals
        listed_texts = [refusal.text for refusal in listed if refusal.kind == kind and PORTAL in refusal.channels]
        self._change_case(refusal=next(iter([*refusal_texts, *listed_texts]), None))

    @property
    def is_refused(self) -> bool:
        """Whether the steps that are known ended in a refusal, whatever messages are still to come."""
        end = self.process_state.end_node
        return end is not None and end.end == "refused"

    def save(self) -> PortalCase:
        self._change_case(steps=self.process_state.steps_text, changed_at=self.work.now)
        self.work.hot_rows(APPLICATIONS).put(self.case)
        return self.case

    # The hands of the runner

    def automatic_answer(self, node: ProcessNode) -> str | None:
        """No check is left to the portal once an application is filed."""
        return None

    def perform_step(self, node: ProcessNode, answer: str | None) -> None:
        """Show what the step names."""
        if node.status:
            self._change_case(status=node.status)

    def compose_payload(self, node: ProcessNode, kind: MessageType) -> MessageContract:
        """The message of a step."""
        case = self.case
        common: dict[str, Any] = {
            "regulation": case.regulation,
            "channel": PORTAL,
            "variant": case.variant,
            "authority": case.authority,
            "steps": self.process_state.done_steps,
        }
        if kind is MessageType.REQUEST:
            return ApplicationMessage.model_construct(**common, document=self._signed)
        if kind is MessageType.UPDATE:
            reply = self._given
            return StatusChanged.model_construct(
                **common, step=node.id, number=case.number, text=reply.text, document=reply.signed_document
            )
        return StatusNotice(
            **common, step=node.id, number=case.number, status=find_shown_status(self.graph, node.id)
        )

    def query_register(self, node: ProcessNode, register: System) -> None:
        """The portal asks registers outside of cases only."""
        raise Internal("register-not-asked", f"step {node.id} asks {register} from the portal")

    def _find_next_step(self, *, has_result: bool) -> ProcessNode | None:
        ready = (node for node in self.runner.available_steps() if node.is_automatic and not node.chooses)
        candidates = (node for node in ready if has_result or not needs_result(self.graph, node.id))
        return next(candidates, None)

    def _change_case(self, **values: Any) -> None:
        self.case = replace(self.case, **values)


def needs_result(graph: ProcessGraph, node_id: str) -> bool:
    """Whether a step follows only on the provider's RESPONSE, be it carried in a step of the gateways or not."""
    return any(
        "RESPONSE" in {message_rule.kind for message_rule in graph.message_rules(transition.source)}
        or (graph.get_node(transition.source).holder == GATEWAYS and needs_result(graph, transition.source))
        for transition in graph.transitions_into(node_id)
    )


def find_shown_status(graph: ProcessGraph, node_id: str) -> str | None:
    """The status in which another system shows what this step tells it, where the act names one."""
    for transition in graph.transitions_from(node_id):
        node = graph.get_node(transition.target)
        status = (
            find_shown_status(graph, node.id) if node.holder == GATEWAYS else node.op == "show" and node.status
        )
        if status:
            return status
    return None
