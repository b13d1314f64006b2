"""Checks across the parts of a passport: references must name existing things, every step must be reachable.

The model validates each part alone; this module validates the whole passport. A fault names its place by the keys
of the YAML file, from which the loader finds the line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from shared.bus.errors import Conflict
from shared.regulations.checks.fault import KeyPath, PassportFault, find_node_path
from shared.regulations.checks.limits import find_unread_limits
from shared.regulations.checks.results import find_missing_results
from shared.regulations.model import CHANNELS, Channel, Passport, ProcedureVariant, StepTable
from shared.regulations.process.compiler import compile_graph
from shared.regulations.process.graph import ProcessGraph
from shared.regulations.process.order import printed_order


def find_faults(passport: Passport) -> list[PassportFault]:
    """Every fault of ``passport`` as a whole; an empty list for a sound passport."""
    parts = (_identity_faults, _uniqueness_faults, _channel_faults, _system_name_faults, _entitlement_faults)
    checks = (*parts, _procedure_faults, _table_faults, _status_faults, _reference_faults)
    faults = [fault for check in checks for fault in check(passport)]
    return faults or list(_compilation_faults(passport))


def _compilation_faults(passport: Passport) -> Iterator[PassportFault]:
    """Every channel and variant must compile; every node must be reachable, an end must be reachable from every
    node, some process must count each limit, and every process must end with what the act promises.
    """
    graphs: list[ProcessGraph] = []
    faults: list[PassportFault] = []
    for channel in passport.channels.accept:
        for variant in passport.variants:
            try:
                graphs.append(compile_graph(passport, channel, variant))
            except Conflict as conflict:
                path = find_node_path(passport, channel, variant, str(conflict.details["step"]))
                faults.append(PassportFault(path, conflict.message))
    faults += [fault for graph in graphs for fault in _graph_faults(passport, graph)]
    yield from dict.fromkeys(
        faults or (*find_unread_limits(passport, graphs), *find_missing_results(passport, graphs))
    )


def _graph_faults(passport: Passport, graph: ProcessGraph) -> Iterator[PassportFault]:
    way = f"{graph.channel}, {graph.variant}"
    for node in sorted(graph.unreachable_nodes()):
        path = find_node_path(passport, graph.channel, graph.variant, node)
        yield PassportFault(path, f"{way}: nothing leads to {node}")
    for node in sorted(graph.endless_nodes()):
        path = find_node_path(passport, graph.channel, graph.variant, node)
        yield PassportFault(path, f"{way}: {node} never ends")


def _identity_faults(passport: Passport) -> Iterator[PassportFault]:
    if passport.id != f"{passport.region}.{passport.annex}":
        yield PassportFault(
            ("id",), f"id {passport.id} is not region and annex, {passport.region}.{passport.annex}"
        )


def _uniqueness_faults(passport: Passport) -> Iterator[PassportFault]:
    offices = passport.directories
    yield from _repeated_values(("directories", "departments"), "code", [o.code for o in offices.departments])
    yield from _repeated_values(("directories", "con_offices"), "code", [o.code for o in offices.con_offices])
    yield from _repeated_values(("flk",), "key", [rule.key for rule in passport.flk])
    yield from _repeated_values(("contradictions",), "id", [item.id for item in passport.contradictions])
    yield from _repeated_values(("notifications",), "id", [item.id for item in passport.notifications])
    yield from _repeated_values(("systems",), "name", [system.name for system in passport.systems])
    for channel, steps in passport.channel_steps.channel_values():
        yield from _repeated_values(("channel_steps", channel), "label", [step.label for step in steps])


def _repeated_values(path: KeyPath, key: str, values: Sequence[str | int]) -> Iterator[PassportFault]:
    earlier_values: set[str | int] = set()
    for index, value in enumerate(values):
        if value != "" and value in earlier_values:
            yield PassportFault((*path, index, key), f"{key} {value} stands twice")
        earlier_values.add(value)


def _channel_faults(passport: Passport) -> Iterator[PassportFault]:
    accepted = passport.channels.accept
    for part, described in (
        ("channel_steps", dict(passport.channel_steps.channel_values())),
        ("step_tables", dict(passport.step_tables.channel_values())),
    ):
        for channel in CHANNELS:
            if channel in described and channel not in accepted:
                yield PassportFault((part, channel), f"channel {channel} does not accept applications")


def _system_name_faults(passport: Passport) -> Iterator[PassportFault]:
    system_names = {system.name for system in passport.systems}
    for channel, steps in passport.channel_steps.channel_values():
        for index, step in enumerate(steps):
            for name in step.systems:
                if name not in system_names:
                    path = ("channel_steps", channel, index, "systems")
                    yield PassportFault(path, f"system {name} is not among the systems of the passport")


def _entitlement_faults(passport: Passport) -> Iterator[PassportFault]:
    """Where the act has format-logic control (ФЛК), the field of an entitlement rule must be a field of the
    form.
    """
    field_keys = {rule.key for rule in passport.flk}
    for index, entitlement in enumerate(passport.entitled):
        if field_keys and entitlement.field not in field_keys:
            yield PassportFault(("entitled", index, "field"), f"field {entitlement.field} is not in the form")


def _procedure_faults(passport: Passport) -> Iterator[PassportFault]:
    procedure_names = [
        f"{procedure.telling} {procedure.channel or ''} {procedure.variant}" for procedure in passport.procedures
    ]
    yield from _repeated_values(("procedures",), "variant", procedure_names)
    for index, variant in enumerate(passport.procedures):
        path = ("procedures", index, "steps")
        yield from _step_graph_faults(path, [(step.n, step.next) for step in variant.steps])
        yield from _branch_faults(path, variant)
        if variant.channel is not None and variant.channel not in passport.channels.accept:
            yield PassportFault(
                ("procedures", index, "channel"), f"channel {variant.channel} does not accept applications"
            )


def _branch_faults(path: KeyPath, variant: ProcedureVariant) -> Iterator[PassportFault]:
    for index, step in enumerate(variant.steps):
        for place, branch in enumerate(step.branches):
            if branch.to is not None and branch.to not in step.next:
                yield PassportFault(
                    (*path, index, "branches", place, "to"), f"step {branch.to} is not among the next"
                )


def _table_faults(passport: Passport) -> Iterator[PassportFault]:
    for channel, table in passport.step_tables.channel_values():
        path = ("step_tables", channel, "rows")
        yield from _step_graph_faults(path, [(row.n, row.next) for row in table.rows])
        yield from _after_faults(path, table)
        yield from _unexplained_readings(path, passport, channel, table)


def _step_graph_faults(path: KeyPath, steps: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[PassportFault]:
    yield from _repeated_values(path, "n", [n for n, _ in steps])
    next_steps = dict(steps)
    reached = _reachable_steps(steps[0][0], next_steps) if steps else frozenset()
    for index, (n, targets) in enumerate(steps):
        yield from _dangling_references((*path, index, "next"), targets, next_steps)
        if n != index + 1:
            yield PassportFault((*path, index, "n"), f"step {n} stands where step {index + 1} belongs")
        if n not in reached:
            yield PassportFault((*path, index, "n"), f"step {n} is not reached from the first step")


def _reachable_steps(first: int, next_steps: Mapping[int, tuple[int, ...]]) -> frozenset[int]:
    reached: set[int] = set()
    waiting = [first]
    while waiting:
        n = waiting.pop()
        if n not in reached:
            reached.add(n)
            waiting.extend(next_steps.get(n, ()))
    return frozenset(reached)


def _dangling_references(
    path: KeyPath, targets: Iterable[int], step_numbers: Collection[int]
) -> Iterator[PassportFault]:
    for target in targets:
        if target not in step_numbers:
            yield PassportFault(path, f"step {target} does not exist")


def _after_faults(path: KeyPath, table: StepTable) -> Iterator[PassportFault]:
    order = printed_order(table.rows)
    for index, row in enumerate(table.rows):
        if row.performs.after is not None:
            yield from _dangling_references((*path, index, "performs", "after"), row.performs.after, order)
            order[row.n] = row.performs.after
    stuck = _never_allowed(order)
    for index, row in enumerate(table.rows):
        if row.n in stuck:
            yield PassportFault(
                (*path, index, "performs"), f"step {row.n} can never be taken: it waits for {order[row.n]}"
            )


def _never_allowed(order: Mapping[int, tuple[int, ...]]) -> set[int]:
    waiting = set(order)
    while ready := {n for n in waiting if not waiting & set(order[n])}:
        waiting -= ready
    return waiting


def _unexplained_readings(
    path: KeyPath, passport: Passport, channel: Channel, table: StepTable
) -> Iterator[PassportFault]:
    explained = {n for note in passport.notes if note.table == channel for n in note.steps}
    order = printed_order(table.rows)
    for index, row in enumerate(table.rows):
        after = row.performs.after
        if after is not None and after != order[row.n] and row.n not in explained:
            path_of_after = (*path, index, "performs", "after")
            yield PassportFault(path_of_after, f"step {row.n} leaves the printed order and no note says why")


def _status_faults(passport: Passport) -> Iterator[PassportFault]:
    rows = {
        (channel, row.n): row for channel, table in passport.step_tables.channel_values() for row in table.rows
    }
    systems = {system.name: system.code for system in passport.systems}
    for index, status in enumerate(passport.statuses):
        row = rows.get((status.table, status.step))
        if row is None:
            yield PassportFault(("statuses", index, "step"), f"the {status.table} table has no step {status.step}")
        elif row.performs.status != status.status:
            yield PassportFault(("statuses", index, "status"), f"step {status.step} shows {row.performs.status}")
        elif systems.get(status.shown_in) != row.performs.system:
            yield PassportFault(
                ("statuses", index, "shown_in"), f"step {status.step} is one of {row.performs.system}"
            )
    listed = {(status.table, status.step) for status in passport.statuses}
    for (channel, n), row in rows.items():
        if row.performs.op == "show" and (channel, n) not in listed:
            yield PassportFault(
                ("statuses",), f"step {n} of the {channel} table shows a status that is not listed"
            )


def _reference_faults(passport: Passport) -> Iterator[PassportFault]:
    """Walk steps, notices and notes may name existing rows only, and a queue a result of the act."""
    rows = {channel: {row.n for row in table.rows} for channel, table in passport.step_tables.channel_values()}
    for channel, steps in passport.channel_steps.channel_values():
        for index, step in enumerate(steps):
            yield from _dangling_references(
                ("channel_steps", channel, index, "rows"), step.rows, rows.get(channel, ())
            )
            queue = step.waits.queue if step.waits is not None else None
            if queue is not None and queue.notice not in {result.code for result in passport.results}:
                path = ("channel_steps", channel, index, "waits", "queue", "notice")
                yield PassportFault(path, f"the act has no result {queue.notice}")
    for index, notice in enumerate(passport.notifications):
        yield from _dangling_references(
            ("notifications", index, "steps"), notice.steps, rows.get(notice.channel, ())
        )
    for index, note in enumerate(passport.notes):
        yield from _dangling_references(("notes", index, "steps"), note.steps, rows.get(note.table, ()))
