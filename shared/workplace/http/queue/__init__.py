"""The queue for places over HTTP."""
