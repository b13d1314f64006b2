"""Every record that people make in a case that goes over the bus belongs to the evidence of the case."""

from __future__ import annotations

from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.workplace.steps.records.record_kinds import find_form


def is_carried(graph: ProcessGraph, node: ProcessNode) -> bool:
    """Whether the system sends a message of the case with this step or after it."""
    ahead = map(graph.get_node, {node.id, *graph.nodes_ahead([node.id])})
    return any(later.holder == node.holder and list(graph.message_rules(later.id)) for later in ahead)


def test_record_of_a_case_that_goes_over_the_bus_is_carried_by_a_message() -> None:
    records = [
        (f"{passport.id} {graph.channel} {graph.variant} {node.id}", graph, node)
        for passport, graph in PassportBook.load().all_graphs()
        for node in graph.nodes
        if find_form(graph, node) is not None and list(graph.message_routes())
    ]
    assert len(records) > 20
    assert [name for name, graph, node in records if not is_carried(graph, node)] == []
