"""The sandbox over HTTP, for the operator; in production there are no such doors."""
