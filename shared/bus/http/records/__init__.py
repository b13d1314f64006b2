"""The kernel's records over HTTP, for the operator: what waits, what is dead, and where a message lies."""
