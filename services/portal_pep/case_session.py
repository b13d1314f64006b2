"""One application at the portal inside one transaction: what the citizen is asked in it, and what is shown."""

from __future__ import annotations

from services.portal_pep.domain import PORTAL
from services.portal_pep.storage import APPLICATIONS, PortalCase
from shared.bus.errors import NotFound
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.casework.case_session import CaseReference, CaseSession
from shared.contracts import addresses
from shared.contracts.cases import DecisionOutcome
from shared.regulations.book import PassportBook
from shared.regulations.model import System
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import ProcessState

SYSTEMS: frozenset[System] = frozenset({"portal_pep"})
_OUTCOMES = {"granted": DecisionOutcome.POSITIVE, "refused": DecisionOutcome.NEGATIVE}


class PortalCaseSession(CaseSession[PortalCase]):
    """One application; ``save`` puts it back."""

    def __init__(self, uow: UnitOfWork, case: PortalCase) -> None:
        case_reference = CaseReference(
            case.id,
            case.regulation,
            uow.resource(PassportBook).get_passport(case.regulation).service_type,
            case.region,
            PORTAL,
            case.variant,
            addresses.GATEWAY,
            addresses.PORTAL,
        )
        super().__init__(uow, case, case_reference, SYSTEMS)

    def list_questions(self) -> list[ProcessNode]:
        """The steps in which the citizen's answer is awaited now."""
        return find_citizen_questions(self.process_state)

    def check_question(self, node_id: str) -> ProcessNode:
        """The step, when the citizen is asked in it now: NotFound ``step-not-found`` for a step that is not the
        citizen's, and what ``ProcessState.check_step`` raises but for the answer."""
        node = self.graph.get_node(node_id)
        if node.holder not in SYSTEMS or node.op != "answer":
            raise NotFound("step-not-found", "no citizen is asked in this step", step=node_id)
        return self.process_state.check_step(node_id, next(iter(node.chooses), None))

    def note_request(self) -> None:
        """The application is on its way: the id of its REQUEST is kept, to learn what becomes of the message."""
        self._change_case(message_id=self.request_ids[0])

    def settle_case(self, outcome: DecisionOutcome | None, reason: str | None) -> None:
        """The case is decided: as the message says, or else as its steps do."""
        decided = outcome or _OUTCOMES.get(self.process_state.outcome or "")
        if self.is_refused:
            decided = decided or DecisionOutcome.NEGATIVE
        decided = decided or DecisionOutcome.POSITIVE
        self._change_case(outcome=decided.value, reason=reason, open_key=None)

    def explain_refusal(self) -> None:
        """There is no document that says why it was refused: show what the act says, where it says anything."""
        refusal_texts = [
            node.action for node in map(self.graph.get_node, self.process_state.answers) if node.op == "refuse"
        ]
        kind = self.process_state.end_node.refusal if self.process_state.end_node is not None else None
        listed_texts = [
            refusal.text
            for refusal in self.passport.refusals
            if refusal.kind == kind and PORTAL in refusal.channels
        ]
        self._change_case(refusal=next(iter([*refusal_texts, *listed_texts]), None))

    @property
    def is_refused(self) -> bool:
        """Whether the steps that are known ended in a refusal, whatever messages are still to come."""
        end = self.process_state.end_node
        return end is not None and end.end == "refused"

    def save(self) -> PortalCase:
        """Put the application back; what is written."""
        return self._put_back(APPLICATIONS)


def find_citizen_questions(process_state: ProcessState) -> list[ProcessNode]:
    """The steps in which the citizen's answer is awaited now."""
    allowed = (process_state.graph.get_node(node_id) for node_id in process_state.allowed_nodes)
    return [node for node in allowed if node.holder in SYSTEMS and node.op == "answer"]
