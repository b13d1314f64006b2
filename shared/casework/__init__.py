"""A system's part in cases: the system takes the steps it holds and sends their messages."""
