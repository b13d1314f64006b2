"""What a clerk answers when nobody told him: he refuses whom the registers do not speak for."""

from __future__ import annotations

from shared.contracts.cases import Outcome
from shared.regulations.process.graph import Node
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.steps.case_session import Desk

CHOICE = ("granted", "refused")
Choice = tuple[str | None, Decision | None]
"""The answer of a step, and the decision that goes with it."""


def choose(desk: Desk, node: Node) -> Choice:
    """He refuses at the one step that decides, and nowhere else."""
    if not node.chooses:
        return None, None
    decision = desk.proposal
    is_refused = decision.outcome is Outcome.NEGATIVE and node.id == deciding(desk)
    return refuse(node, decision) if is_refused else grant(node)


def grant(node: Node) -> Choice:
    """The answer that lets the case go on."""
    if not node.chooses:
        return None, None
    return next((answer for answer in node.chooses if answer not in REFUSING), node.chooses[0]), None


def refuse(node: Node, decision: Decision) -> Choice:
    """The answer that ends the case badly, where the step has one."""
    answer = next((one for one in node.chooses if one in REFUSING), None)
    return (answer, decision) if answer else grant(node)


def deciding(desk: Desk) -> str | None:
    """The step at which the case is decided: a decision between granted and refused, else a condition, else the
    opinion of a commission that may be against it."""
    nodes = [node for node in desk.graph.nodes if node.op == "decide"]
    plain = [node for node in nodes if node.chooses == CHOICE]
    advised = [node for node in desk.graph.nodes if node.op == "recommend" and node.chooses == CHOICE]
    return next((node.id for node in (*plain, *nodes, *advised)), None)
