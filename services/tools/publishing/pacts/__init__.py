"""Pact files: what each system expects of the system that it hears from, one file a pair of systems."""
