"""The steps of a queue for places, and the notice of a place in it."""
