"""A process graph with its words in the language of a diagram."""

from __future__ import annotations

from dataclasses import replace

from shared.regulations.bpmn.words import DiagramLanguage
from shared.regulations.process.graph import ProcessGraph, ProcessNode, Transition
from shared.regulations.translations import text_in


def graph_in(tag: DiagramLanguage, graph: ProcessGraph) -> ProcessGraph:
    """The graph with steps, labels, actors, statuses and conditions in a language; ``graph`` itself for ``ru``.

    Ids, answers and deadlines stay as they are: a deadline is quoted from the act.
    """
    if tag == "ru":
        return graph
    nodes = tuple(_node_in(tag, node) for node in graph.nodes)
    return replace(graph, nodes=nodes, transitions=tuple(_transition_in(tag, one) for one in graph.transitions))


def _node_in(tag: DiagramLanguage, node: ProcessNode) -> ProcessNode:
    return replace(
        node,
        action=text_in(tag, node.action),
        actor=text_in(tag, node.actor),
        label=text_in(tag, node.label),
        status=text_in(tag, node.status) if node.status else node.status,
    )


def _transition_in(tag: DiagramLanguage, transition: Transition) -> Transition:
    return replace(transition, when=text_in(tag, transition.when)) if transition.when else transition
