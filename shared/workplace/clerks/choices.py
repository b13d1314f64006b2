"""The default answers of a clerk: a refusal for applicants whom the synthetic registers do not support, else a
grant.
"""

from __future__ import annotations

from shared.contracts.cases import DecisionOutcome
from shared.regulations.process.graph import ProcessNode
from shared.workplace.places import offers
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.steps.case_session import WorkplaceCaseSession

CHOICE = ("granted", "refused")
Choice = tuple[str | None, Decision | None]
"""The answer of a step, with the decision that belongs to it."""


def choose_answer(case_session: WorkplaceCaseSession, node: ProcessNode) -> Choice:
    """The default answer: a refusal only at the deciding step of the case."""
    if not node.chooses:
        return None, None
    if node.op == "enqueue":
        return offers.choose_entry(case_session.uow, case_session.case), None
    rules, application = case_session.profile.rules, case_session.documents.application
    decision = rules.propose_decision(application, case_session.passport, case_session.uow)
    is_refused = decision.outcome is DecisionOutcome.NEGATIVE and node.id == find_deciding_step(case_session)
    return choose_refusal(node, decision) if is_refused else choose_grant(node)


def choose_grant(node: ProcessNode) -> Choice:
    """The answer that continues the case."""
    if not node.chooses:
        return None, None
    return next((answer for answer in node.chooses if answer not in REFUSING), node.chooses[0]), None


def choose_refusal(node: ProcessNode, decision: Decision) -> Choice:
    """The answer that ends the case in a refusal, where the step has one."""
    answer = next((option for option in node.chooses if option in REFUSING), None)
    return (answer, decision) if answer else choose_grant(node)


def find_deciding_step(case_session: WorkplaceCaseSession) -> str | None:
    """The deciding step of a case: a decision between granted and refused, else a condition, else the opinion of a
    commission that may oppose.
    """
    nodes = [node for node in case_session.graph.nodes if node.op == "decide"]
    plain = [node for node in nodes if node.chooses == CHOICE]
    advised = [node for node in case_session.graph.nodes if node.op == "recommend" and node.chooses == CHOICE]
    return next((node.id for node in (*plain, *nodes, *advised)), None)
