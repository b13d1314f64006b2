"""A fault of a passport, with its place in the file."""

from __future__ import annotations

import re
from typing import NamedTuple

from shared.regulations.model import Channel, Passport

KeyPath = tuple[str | int, ...]


class PassportFault(NamedTuple):
    """A fault: the place in the file (keys and list positions) and a message."""

    path: KeyPath
    message: str


def find_node_path(passport: Passport, channel: Channel, variant: str, node: str) -> KeyPath:
    """The place in the file of a node of the graph: in a walk, a table or a procedure, else the channels as a
    whole.
    """
    steps_channel = passport.channels.steps_channel(channel)
    match = re.fullmatch(r"([wtpaq])(\d+)(:.*)?", node.removeprefix("end:"))
    kind, n = (match[1], int(match[2])) if match else ("", 0)
    if kind in ("w", "q"):
        return ("channel_steps", steps_channel, n - 1)
    if kind == "t":
        table = passport.step_tables.get_value(steps_channel)
        rows = [row.n for row in table.rows] if table else []
        return ("step_tables", steps_channel, "rows", rows.index(n))
    for index, procedure in enumerate(passport.procedures if kind else ()):
        if procedure.channel == (steps_channel if kind == "a" else None) and (
            kind == "a" or procedure.variant == variant
        ):
            return ("procedures", index, "steps", [step.n for step in procedure.steps].index(n))
    return ("channels",)
