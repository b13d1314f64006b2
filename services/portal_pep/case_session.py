"""One application at the portal inside one transaction: the open questions, and what the cabinet shows."""

from __future__ import annotations

from services.portal_pep.domain import PORTAL
from services.portal_pep.storage import APPLICATIONS, PortalCase
from shared.bus.errors import NotFound
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.casework.case_reference import CaseReference
from shared.casework.case_session import CaseSession
from shared.casework.refusal_reason import RefusalReason, reason_fields
from shared.contracts import addresses
from shared.contracts.cases import DecisionOutcome
from shared.regulations.model import System
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessNode
from shared.regulations.process.process_state import ProcessState

SYSTEMS: frozenset[System] = frozenset({"portal_pep"})
_OUTCOMES = {"granted": DecisionOutcome.POSITIVE, "refused": DecisionOutcome.NEGATIVE}


class PortalCaseSession(CaseSession[PortalCase]):
    """One application; ``save`` writes it."""

    def __init__(self, uow: UnitOfWork, case: PortalCase) -> None:
        case_reference = CaseReference(
            case.case_id,
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
        """The steps that wait for the citizen's answer now."""
        return find_citizen_questions(self.process_state)

    def check_question(self, node_id: str) -> ProcessNode:
        """The step, when it waits for the citizen's answer now.

        NotFound ``step-not-found`` for a step that is not the citizen's, and the errors of
        ``ProcessState.check_step`` except those about the answer.
        """
        node = self.graph.get_node(node_id)
        if node.holder not in SYSTEMS or node.op != "answer":
            raise NotFound("step-not-found", "this step asks the citizen nothing", step=node_id)
        return self.process_state.check_step(node_id, next(iter(node.chooses), None))

    def note_request(self) -> None:
        """Record the id of the application's REQUEST, by which its delivery is followed."""
        self._change_case(message_id=self.request_ids[0])

    def settle_case(self, outcome: DecisionOutcome | None, reason: RefusalReason | None) -> None:
        """Record the decision: that of the message, else that of the steps."""
        decided = outcome or _OUTCOMES.get(self.process_state.outcome or "")
        if self.is_refused:
            decided = decided or DecisionOutcome.NEGATIVE
        decided = decided or DecisionOutcome.POSITIVE
        self._change_case(outcome=decided.value, open_key=None, **reason_fields(reason))

    def explain_refusal(self) -> None:
        """Record the act's words for a refusal without a document, where the act has any."""
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
        """Whether the known steps ended in a refusal, whatever messages are still to come."""
        end = self.process_state.end_node
        return end is not None and end.end == "refused"

    def save(self) -> PortalCase:
        """Write the application; returns what is written."""
        return self._put_back(APPLICATIONS)


def find_citizen_questions(process_state: ProcessState) -> list[ProcessNode]:
    """The steps that wait for the citizen's answer now."""
    allowed = (process_state.graph.get_node(node_id) for node_id in process_state.allowed_nodes)
    return [node for node in allowed if node.holder in SYSTEMS and node.op == "answer"]
