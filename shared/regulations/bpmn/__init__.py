"""BPMN 2.0 of a process graph, with its diagram, for people to read and for BPMN tools to open.

``to_bpmn(graph, passport, tag)`` gives the bytes of one file: one pool, a lane for each system, one executable
process.
``chart`` turns the graph into flow nodes and sequence flows; ``layout``, ``routes`` and ``picture`` compute where
the chart is drawn; ``document`` and ``diagram`` write the XML. One graph always gives the same bytes.
"""

from shared.regulations.bpmn.choice import chosen_graph
from shared.regulations.bpmn.document import to_bpmn
from shared.regulations.bpmn.words import DiagramLanguage

__all__ = ["DiagramLanguage", "chosen_graph", "to_bpmn"]
