"""Whose turn it is in a case, the lists of an employee's work, and the load of an office."""
