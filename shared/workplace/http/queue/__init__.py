"""The queue for places over HTTP, and its page."""
