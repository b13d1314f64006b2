"""BPMN 2.0 of a process graph, with its diagram: for people to look at, and for the tools they have.

``to_bpmn(graph, passport)`` gives the bytes of one file: one pool, a lane per system, one executable process.
Parts: ``chart`` (which flow nodes and sequence flows a graph becomes), ``layout``, ``routes`` and ``picture``
(where they are drawn), ``document`` and ``diagram`` (the XML). The same graph gives the same bytes.
"""

from shared.regulations.bpmn.choice import chosen_graph
from shared.regulations.bpmn.document import to_bpmn

__all__ = ["chosen_graph", "to_bpmn"]
