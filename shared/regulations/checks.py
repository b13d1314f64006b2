"""What must hold between the parts of a passport: names that refer to something, steps that can be reached.

The model checks each part by itself; this module checks the whole. A fault names its place by the keys of the
YAML file, so that the loader can tell the line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from shared.bus.errors import Conflict
from shared.regulations.model import CHANNELS, Channel, Passport, StepTable, Variant
from shared.regulations.process.compiler import compile_graph
from shared.regulations.process.order import printed_order

Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """Where in the file (keys and list positions) and what is wrong there."""

    path: Path
    message: str


def find_faults(passport: Passport) -> list[Fault]:
    """Every fault of ``passport`` as a whole; empty when it is sound."""
    parts = (_identity, _uniqueness, _channels, _names_of_systems, _entitled)
    checks = (*parts, _procedures, _tables, _statuses, _sources)
    faults = [fault for check in checks for fault in check(passport)]
    return faults or list(_graphs(passport))


def _graphs(passport: Passport) -> Iterator[Fault]:
    """Every channel and variant must compile, every node be reached, an end be reached from every node."""
    for channel in passport.channels.accept:
        for variant in passport.variants:
            yield from dict.fromkeys(_graph(passport, channel, variant))


def _graph(passport: Passport, channel: Channel, variant: str) -> Iterator[Fault]:
    try:
        graph = compile_graph(passport, channel, variant)
    except Conflict as conflict:
        yield Fault(_place(passport, channel, variant, str(conflict.details["step"])), conflict.message)
        return
    for node in sorted(graph.unreachable()):
        yield Fault(_place(passport, channel, variant, node), f"{channel}, {variant}: nothing leads to {node}")
    for node in sorted(graph.endless()):
        yield Fault(_place(passport, channel, variant, node), f"{channel}, {variant}: {node} never ends")


def _place(passport: Passport, channel: Channel, variant: str, node: str) -> Path:
    """Where in the file the node of a graph stands: a walk, a table, a procedure, or the channels as a whole."""
    like = passport.channels.like(channel)
    found = re.fullmatch(r"([wtpa])(\d+)(:.*)?", node.removeprefix("end:"))
    kind, n = (found[1], int(found[2])) if found else ("", 0)
    if kind == "w":
        return ("channel_steps", like, n - 1)
    if kind == "t":
        table = passport.step_tables.get(like)
        rows = [row.n for row in table.rows] if table else []
        return ("step_tables", like, "rows", rows.index(n))
    for index, one in enumerate(passport.procedures if kind else ()):
        if one.channel == (like if kind == "a" else None) and (kind == "a" or one.variant == variant):
            return ("procedures", index, "steps", [step.n for step in one.steps].index(n))
    return ("channels",)


def _identity(passport: Passport) -> Iterator[Fault]:
    if passport.id != f"{passport.region}.{passport.annex}":
        yield Fault(("id",), f"id {passport.id} is not region and annex, {passport.region}.{passport.annex}")


def _uniqueness(passport: Passport) -> Iterator[Fault]:
    offices = passport.directories
    yield from _repeated(("directories", "departments"), "code", [o.code for o in offices.departments])
    yield from _repeated(("directories", "con_offices"), "code", [o.code for o in offices.con_offices])
    yield from _repeated(("flk",), "key", [rule.key for rule in passport.flk])
    yield from _repeated(("contradictions",), "id", [item.id for item in passport.contradictions])
    yield from _repeated(("notifications",), "id", [item.id for item in passport.notifications])
    yield from _repeated(("systems",), "name", [system.name for system in passport.systems])
    for channel, steps in passport.channel_steps.items():
        yield from _repeated(("channel_steps", channel), "label", [step.label for step in steps])


def _repeated(path: Path, key: str, values: Sequence[str | int]) -> Iterator[Fault]:
    seen: set[str | int] = set()
    for index, value in enumerate(values):
        if value != "" and value in seen:
            yield Fault((*path, index, key), f"{key} {value} stands twice")
        seen.add(value)


def _channels(passport: Passport) -> Iterator[Fault]:
    accepted = passport.channels.accept
    for part, described in (
        ("channel_steps", dict(passport.channel_steps.items())),
        ("step_tables", dict(passport.step_tables.items())),
    ):
        for channel in CHANNELS:
            if channel in described and channel not in accepted:
                yield Fault((part, channel), f"channel {channel} does not accept applications")


def _names_of_systems(passport: Passport) -> Iterator[Fault]:
    known = {system.name for system in passport.systems}
    for channel, steps in passport.channel_steps.items():
        for index, step in enumerate(steps):
            for name in step.systems:
                if name not in known:
                    path = ("channel_steps", channel, index, "systems")
                    yield Fault(path, f"system {name} is not among the systems of the passport")


def _entitled(passport: Passport) -> Iterator[Fault]:
    """Where the act has ФЛК, the number is one of its fields."""
    known = {rule.key for rule in passport.flk}
    for index, one in enumerate(passport.entitled):
        if known and one.field not in known:
            yield Fault(("entitled", index, "field"), f"field {one.field} is not in the form")


def _procedures(passport: Passport) -> Iterator[Fault]:
    told = [f"{one.telling} {one.channel or ''} {one.variant}" for one in passport.procedures]
    yield from _repeated(("procedures",), "variant", told)
    for index, variant in enumerate(passport.procedures):
        path = ("procedures", index, "steps")
        yield from _graph_faults(path, [(step.n, step.next) for step in variant.steps])
        yield from _branches(path, variant)
        if variant.channel is not None and variant.channel not in passport.channels.accept:
            yield Fault(
                ("procedures", index, "channel"), f"channel {variant.channel} does not accept applications"
            )


def _branches(path: Path, variant: Variant) -> Iterator[Fault]:
    for index, step in enumerate(variant.steps):
        for place, branch in enumerate(step.branches):
            if branch.to is not None and branch.to not in step.next:
                yield Fault((*path, index, "branches", place, "to"), f"step {branch.to} is not among the next")


def _tables(passport: Passport) -> Iterator[Fault]:
    for channel, table in passport.step_tables.items():
        path = ("step_tables", channel, "rows")
        yield from _graph_faults(path, [(row.n, row.next) for row in table.rows])
        yield from _after_faults(path, table)
        yield from _unexplained_readings(path, passport, channel, table)


def _graph_faults(path: Path, steps: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[Fault]:
    yield from _repeated(path, "n", [n for n, _ in steps])
    following = dict(steps)
    reached = _reachable(steps[0][0], following) if steps else frozenset()
    for index, (n, targets) in enumerate(steps):
        yield from _dangling((*path, index, "next"), targets, following)
        if n != index + 1:
            yield Fault((*path, index, "n"), f"step {n} stands where step {index + 1} belongs")
        if n not in reached:
            yield Fault((*path, index, "n"), f"step {n} is not reached from the first step")


def _reachable(first: int, following: Mapping[int, tuple[int, ...]]) -> frozenset[int]:
    reached: set[int] = set()
    waiting = [first]
    while waiting:
        n = waiting.pop()
        if n not in reached:
            reached.add(n)
            waiting.extend(following.get(n, ()))
    return frozenset(reached)


def _dangling(path: Path, targets: Iterable[int], known: Collection[int]) -> Iterator[Fault]:
    for target in targets:
        if target not in known:
            yield Fault(path, f"step {target} does not exist")


def _after_faults(path: Path, table: StepTable) -> Iterator[Fault]:
    order = printed_order(table.rows)
    for index, row in enumerate(table.rows):
        if row.performs.after is not None:
            yield from _dangling((*path, index, "performs", "after"), row.performs.after, order)
            order[row.n] = row.performs.after
    stuck = _never_allowed(order)
    for index, row in enumerate(table.rows):
        if row.n in stuck:
            yield Fault(
                (*path, index, "performs"), f"step {row.n} can never be taken: it waits for {order[row.n]}"
            )


def _never_allowed(order: Mapping[int, tuple[int, ...]]) -> set[int]:
    waiting = set(order)
    while ready := {n for n in waiting if not waiting & set(order[n])}:
        waiting -= ready
    return waiting


def _unexplained_readings(path: Path, passport: Passport, channel: Channel, table: StepTable) -> Iterator[Fault]:
    explained = {n for note in passport.notes if note.table == channel for n in note.steps}
    order = printed_order(table.rows)
    for index, row in enumerate(table.rows):
        after = row.performs.after
        if after is not None and after != order[row.n] and row.n not in explained:
            path_of_after = (*path, index, "performs", "after")
            yield Fault(path_of_after, f"step {row.n} leaves the printed order and no note says why")


def _statuses(passport: Passport) -> Iterator[Fault]:
    rows = {(channel, row.n): row for channel, table in passport.step_tables.items() for row in table.rows}
    systems = {system.name: system.code for system in passport.systems}
    for index, status in enumerate(passport.statuses):
        row = rows.get((status.table, status.step))
        if row is None:
            yield Fault(("statuses", index, "step"), f"the {status.table} table has no step {status.step}")
        elif row.performs.status != status.status:
            yield Fault(("statuses", index, "status"), f"step {status.step} shows {row.performs.status}")
        elif systems.get(status.shown_in) != row.performs.system:
            yield Fault(("statuses", index, "shown_in"), f"step {status.step} is one of {row.performs.system}")
    listed = {(status.table, status.step) for status in passport.statuses}
    for (channel, n), row in rows.items():
        if row.performs.op == "show" and (channel, n) not in listed:
            yield Fault(("statuses",), f"step {n} of the {channel} table shows a status that is not listed")


def _sources(passport: Passport) -> Iterator[Fault]:
    """Notices and notes must name rows that exist."""
    rows = {channel: {row.n for row in table.rows} for channel, table in passport.step_tables.items()}
    for channel, steps in passport.channel_steps.items():
        for index, step in enumerate(steps):
            yield from _dangling(("channel_steps", channel, index, "rows"), step.rows, rows.get(channel, ()))
    for index, notice in enumerate(passport.notifications):
        yield from _dangling(("notifications", index, "steps"), notice.steps, rows.get(notice.channel, ()))
    for index, note in enumerate(passport.notes):
        yield from _dangling(("notes", index, "steps"), note.steps, rows.get(note.table, ()))
