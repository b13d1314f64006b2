"""The portal's part in one case: each act is a step of the passport."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.portal_pep.domain import PORTAL
from services.portal_pep.storage import APPLICATIONS, Case
from shared.bus.errors import Internal, Malformed, NotFound
from shared.bus.messages.message import Contract, MessageType
from shared.bus.runtime.unit_of_work import Work
from shared.casework.runner import Matter, Runner
from shared.contracts import addresses
from shared.contracts.cases import Application, Notice, Outcome, StatusChanged, StepDone
from shared.regulations.book import PassportBook
from shared.regulations.model import Op, System
from shared.regulations.process.graph import Graph, Node
from shared.regulations.process.process_state import GATEWAYS, Course

SYSTEMS: frozenset[System] = frozenset({"portal_pep"})
MET = "met"
_OUTCOMES = {"granted": Outcome.POSITIVE, "refused": Outcome.NEGATIVE}


@dataclass(frozen=True)
class Given:
    """What a citizen answers: one of those to choose from, his words, the papers that he signed (CMS)."""

    answer: str | None = None
    text: str | None = None
    signed: bytes | None = None


def asked_of_citizen(course: Course) -> list[Node]:
    """The steps in which the citizen's answer is awaited now."""
    allowed = (course.graph.node(node_id) for node_id in course.allowed)
    return [node for node in allowed if node.holder in SYSTEMS and node.op == "answer"]


class Desk:
    """One application inside one transaction; ``save`` puts it back. It is the ``Hands`` of its ``Runner``."""

    def __init__(self, work: Work, case: Case, signed: bytes = b"") -> None:
        self.work = work
        self.case = case
        book = work.use(PassportBook)
        self.course = Course.read(book.graph(case.regulation, PORTAL, case.variant), case.steps)
        matter = Matter(
            case.id,
            case.regulation,
            book.get(case.regulation).service_type,
            case.region,
            PORTAL,
            case.variant,
            addresses.GATEWAY,
        )
        self.runner = Runner(work, matter, self.course, SYSTEMS, addresses.PORTAL, self)
        self._signed = signed
        self._given = Given()

    @property
    def graph(self) -> Graph:
        return self.course.graph

    def file(self, moments: Mapping[Op, datetime]) -> None:
        """Take the portal's steps up to the one that sends the REQUEST: every check was met when this is called.

        What a step sends leaves now. A step that sends nothing was done at its operation's moment of ``moments``,
        where that is neither before the step before it nor in the future, else as near to it as can be. A check
        was made with the login before it, or now once the form was filled in.
        """
        last, now = min(moments["enrol"], self.work.now), self.work.now
        while not self.runner.requests:
            node = next(self.runner.mine(), None)
            if node is None:
                raise Internal("walk-broken", f"{self.case.regulation} has no way to its REQUEST")
            answer = MET if node.chooses else None
            if self.graph.postings(node.id):
                self.runner.take(node.id, answer)
            else:
                is_filled = any(self.graph.node(one).op == "fill" for one in self.course.given)
                at = moments.get(node.op or "nothing", now if is_filled else last)
                last = max(last, min(at, now))
                self.course.take(node.id, last, addresses.PORTAL, answer)
        self._change(message_id=self.runner.requests[0])

    def learn(self, steps: Iterable[StepDone], sent_at: str, at: datetime) -> None:
        """Take over what a message tells, and that the gateways carried it at this moment."""
        self.course.learn(steps)
        self.course.learn_route(sent_at, at, addresses.GATEWAY)

    def show(self, status: str | None, number: str | None) -> None:
        """Show what a message tells, as far as it tells anything."""
        self._change(status=status or self.case.status, number=number or self.case.number)

    def go_on(self, *, has_result: bool) -> None:
        """Take the automatic steps; without the provider's Result none of those that show or deliver it."""
        while (node := self._next(has_result=has_result)) is not None:
            self.runner.take(node.id)

    def asked(self) -> list[Node]:
        """The steps in which the citizen's answer is awaited now."""
        return asked_of_citizen(self.course)

    def check_asked(self, node_id: str) -> Node:
        """The step, when the citizen is asked in it now: NotFound ``step-not-found`` for a step that is not his,
        and what ``Course.check`` raises but for the answer."""
        node = self.graph.node(node_id)
        if node.holder not in SYSTEMS or node.op != "answer":
            raise NotFound("step-not-found", "no citizen is asked in this step", step=node_id)
        return self.course.check(node_id, next(iter(node.chooses), None))

    def answer_asked(self, node_id: str, given: Given) -> None:
        """The citizen's answer: what ``check_asked`` and ``Course.check`` raise, Malformed ``words-missing`` where
        the act wants it in writing, ``papers-needed`` where it waits for papers."""
        node = self.check_asked(node_id)
        self.course.check(node_id, given.answer)
        if not node.chooses and not given.text:
            raise Malformed("words-missing", "the act asks for this in writing", step=node_id)
        if (node.wait is not None) != (given.signed is not None):
            raise Malformed("papers-needed", "signed papers come where the act waits for them", step=node_id)
        self._given = given
        self.runner.take(node_id, given.answer)
        self._given = Given()

    def settle(self, outcome: Outcome | None, reason: str | None) -> None:
        """The case is decided: as the message says, or else as its steps do."""
        decided = outcome or _OUTCOMES.get(self.course.outcome or "")
        end = self.course.end
        if end is not None and end.end == "refused":
            decided = decided or Outcome.NEGATIVE
        decided = decided or Outcome.POSITIVE
        self._change(outcome=decided.value, reason=reason, open_key=None)

    def explain(self) -> None:
        """There is no document that says why it was refused: show what the act says, where it says anything."""
        refused = [node.action for node in map(self.graph.node, self.course.given) if node.op == "refuse"]
        kind = self.course.end.refusal if self.course.end is not None else None
        listed = self.work.use(PassportBook).get(self.case.regulation).refusals
        told = [one.text for one in listed if one.kind == kind and PORTAL in one.channels]
        self._change(refusal=next(iter([*refused, *told]), None))

    @property
    def is_refused(self) -> bool:
        """Whether the steps that are known ended in a refusal, whatever messages are still to come."""
        end = self.course.end
        return end is not None and end.end == "refused"

    def save(self) -> Case:
        self._change(steps=self.course.text, changed_at=self.work.now)
        self.work.rows(APPLICATIONS).put(self.case)
        return self.case

    # The hands of the runner

    def answer(self, node: Node) -> str | None:
        """No check is left to the portal once an application is filed."""
        return None

    def perform(self, node: Node, answer: str | None) -> None:
        """Show what the step names."""
        if node.status:
            self._change(status=node.status)

    def payload(self, node: Node, kind: MessageType) -> Contract:
        """The message of a step."""
        case = self.case
        common: dict[str, Any] = {
            "regulation": case.regulation,
            "channel": PORTAL,
            "variant": case.variant,
            "authority": case.authority,
            "steps": self.course.steps,
        }
        if kind is MessageType.REQUEST:
            return Application.model_construct(**common, document=self._signed)
        if kind is MessageType.UPDATE:
            given = self._given
            return StatusChanged.model_construct(
                **common, step=node.id, number=case.number, text=given.text, document=given.signed
            )
        return Notice(**common, step=node.id, number=case.number, status=status_told(self.graph, node.id))

    def ask(self, node: Node, register: System) -> None:
        """The portal asks registers outside of cases only."""
        raise Internal("register-not-asked", f"step {node.id} asks {register} from the portal")

    def _next(self, *, has_result: bool) -> Node | None:
        ready = (node for node in self.runner.mine() if node.is_automatic and not node.chooses)
        may = (node for node in ready if has_result or not needs_result(self.graph, node.id))
        return next(may, None)

    def _change(self, **values: Any) -> None:
        self.case = replace(self.case, **values)


def needs_result(graph: Graph, node_id: str) -> bool:
    """Whether a step follows only on the provider's RESPONSE, be it carried in a step of the gateways or not."""
    return any(
        "RESPONSE" in {posting.kind for posting in graph.postings(edge.source)}
        or (graph.node(edge.source).holder == GATEWAYS and needs_result(graph, edge.source))
        for edge in graph.into(node_id)
    )


def status_told(graph: Graph, node_id: str) -> str | None:
    """The status in which another system shows what this step tells it, where the act names one."""
    for edge in graph.out(node_id):
        node = graph.node(edge.target)
        found = status_told(graph, node.id) if node.holder == GATEWAYS else node.op == "show" and node.status
        if found:
            return found
    return None
