"""The process of a regulation: the graph, its compiler, the process state of a case, conformance."""
