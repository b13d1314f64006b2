"""Every process must end with what the act promises: the signed result of a grant, the reasons of a refusal.

A path is followed with what is known on it: a document is composed and sealed, some systems hold the sealed
document, reasons are given. Where several paths meet in a step that any one of them reaches, only what all of them
know counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shared.regulations.checks.fault import PassportFault, find_node_path
from shared.regulations.model import DECISIONS, Passport, RefusalKind
from shared.regulations.process.graph import ProcessGraph, ProcessNode, Transition

Facts = frozenset[str]
"""What is known at a step: ``composed``, ``sealed``, ``reasoned``, and ``at <system>`` for each system that holds
the sealed document.
"""

UNDOCUMENTED: frozenset[RefusalKind] = frozenset(
    {"authorization", "eds_not_confirmed", "invalid_data", "declined"}
)
"""The refusals that need no document: no application is taken, or the applicant declines."""


def find_missing_results(passport: Passport, graphs: Sequence[ProcessGraph]) -> Iterator[PassportFault]:
    """The grants without a signed result, the hand-outs of a result that is elsewhere, and the refusals without
    reasons.
    """
    for graph in graphs:
        way = f"{graph.channel}, {graph.variant}"
        for node, message in (*_grant_faults(graph), *_refusal_faults(passport, graph)):
            path = find_node_path(passport, graph.channel, graph.variant, node.id)
            yield PassportFault(path, f"{way}: {message}")


def _grant_faults(graph: ProcessGraph) -> Iterator[tuple[ProcessNode, str]]:
    for node, facts in _facts_before(graph, cut="refused"):
        if node.end is not None and node.end != "refused" and not facts >= {"composed", "sealed"}:
            wanting = "composes the result" if "composed" not in facts else "signs the result"
            yield node, f"the service is granted and no step before {node.id} {wanting}"
        elif node.op in ("hand_over", "deliver") and f"at {node.holder}" not in facts:
            yield node, f"{node.id} hands out a result that {node.holder} does not have"


def _refusal_faults(passport: Passport, graph: ProcessGraph) -> Iterator[tuple[ProcessNode, str]]:
    has_receipt = any(
        receipt.channel == graph.channel and receipt.kind in ("missing", "refused")
        for receipt in passport.receipts
    )
    for node, facts in _facts_before(graph, cut="granted"):
        is_told = node.refusal in UNDOCUMENTED or (node.refusal == "incomplete" and has_receipt)
        if node.end == "refused" and not is_told and not facts & {"sealed", "reasoned"}:
            yield node, f"the service is refused and no step before {node.id} gives the reasons"


def _facts_before(graph: ProcessGraph, *, cut: str) -> Iterator[tuple[ProcessNode, Facts]]:
    """Each node that is reached without the answer ``cut``, with what all paths to it know.

    What is known can only become less from one round to the next, so the rounds end.
    """
    before: dict[str, Facts] = {}
    after: dict[str, Facts] = {}
    is_changing = True
    while is_changing:
        is_changing = False
        for node in graph.nodes:
            facts = _join_facts(graph, node, after, cut)
            if facts is not None and before.get(node.id) != facts:
                before[node.id], after[node.id] = facts, _pass_step(graph, node, facts)
                is_changing = True
    return ((node, before[node.id]) for node in graph.nodes if node.id in before)


def _join_facts(graph: ProcessGraph, node: ProcessNode, after: Mapping[str, Facts], cut: str) -> Facts | None:
    """What is known before ``node``; None as long as no path reaches the node."""
    if node.id in graph.start_nodes:
        return frozenset()
    transitions = graph.transitions_into(node.id)
    taken = [one for one in transitions if one.answer != cut and one.source in after]
    if not taken or (node.join == "all" and len(taken) < len(transitions)):
        return None
    known = [_take_transition(graph, one, after[one.source]) for one in taken]
    return frozenset.union(*known) if node.join == "all" else frozenset.intersection(*known)


def _pass_step(graph: ProcessGraph, node: ProcessNode, facts: Facts) -> Facts:
    """What is known after ``node``; a document that a system composes and no person signs is sealed at once."""
    is_composed_apart = any(one.op == "compose" for one in graph.nodes)
    is_sealed = node.is_sealing or (node.op == "compose" and not any(one.is_sealing for one in graph.nodes))
    if is_sealed or node.op == "compose" or (node.op == "decide" and not is_composed_apart):
        facts |= {"composed"}
    if is_sealed:
        facts |= {"sealed", f"at {node.holder}"}
    if node.op == "refuse" or node.op in DECISIONS:  # nobody refuses without words
        facts |= {"reasoned"}
    return _send_results(graph, node, facts)


def _take_transition(graph: ProcessGraph, transition: Transition, facts: Facts) -> Facts:
    return _send_results(graph, graph.get_node(transition.source), facts, transition)


def _send_results(
    graph: ProcessGraph, node: ProcessNode, facts: Facts, transition: Transition | None = None
) -> Facts:
    """``facts`` with the systems to which ``node`` sends the sealed document: with the step itself, or with this
    transition only.
    """
    if f"at {node.holder}" not in facts:
        return facts
    rules = [
        rule
        for rule in graph.message_rules(node.id)
        if rule.kind == "RESPONSE" and (transition in rule.transitions if transition else not rule.transitions)
    ]
    return facts | {f"at {system}" for rule in rules for system in rule.to}
