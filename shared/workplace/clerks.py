"""Who does the human steps when nobody sits at the workplace: an instant clerk works a case off at once."""

from __future__ import annotations

from shared.contracts.cases import Outcome
from shared.regulations.graph import Node
from shared.workplace.decisions import REFUSING, Decision
from shared.workplace.desk import Desk
from shared.workplace.roles import roles_of
from shared.workplace.staff import Staff

MOST_STEPS = 100


def work_off(desk: Desk) -> None:
    """Take every step that waits here for people, until the case waits for somebody else."""
    staff = desk.work.use(Staff)
    for _ in range(MOST_STEPS):
        waiting = desk.waiting()
        if not waiting:
            return
        node = waiting[0]
        answer, decision = choose(desk, node)
        employee = staff.of(desk.work.session, desk.case.place, roles_of(node))
        desk.take(employee, node.id, answer, decision)


def choose(desk: Desk, node: Node) -> tuple[str | None, Decision | None]:
    """What a clerk answers: he refuses whom the registers do not speak for, at the one step that decides."""
    if not node.chooses:
        return None, None
    decision = desk.proposal
    refusing = next((answer for answer in node.chooses if answer in REFUSING), None)
    granting = next((answer for answer in node.chooses if answer not in REFUSING), node.chooses[0])
    is_refused = decision.outcome is Outcome.NEGATIVE and node.id == deciding(desk)
    return (refusing, decision) if refusing and is_refused else (granting, None)


def deciding(desk: Desk) -> str | None:
    """The step at which the case is decided: a decision between granted and refused, else a condition."""
    nodes = [node for node in desk.graph.nodes if node.op == "decide"]
    plain = [node for node in nodes if node.chooses == ("granted", "refused")]
    return next((node.id for node in (*plain, *nodes)), None)
