"""The process of a regulation: graph, compiler from the passport, state of a case, conformance."""
