"""The parts that the kit plays: each against one role of a participant."""
