"""The order of the rows of a step table: as printed, as bound, and with the empty rows looked through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from shared.regulations.model import TableStep

RowOrder = Mapping[int, tuple[int, ...]]
"""For each row the rows that it waits for."""


def printed_order(rows: Iterable[TableStep]) -> dict[int, tuple[int, ...]]:
    """What stands before each row by the act's own numbers: the reverse of ``next``."""
    table_rows = tuple(rows)
    return {
        row.n: tuple(predecessor.n for predecessor in table_rows if row.n in predecessor.next)
        for row in table_rows
    }


def bound_order(rows: Iterable[TableStep]) -> RowOrder:
    """What each row waits for by our reading: the printed order unless ``after`` says otherwise."""
    table_rows = tuple(rows)
    bound_rows = {row.n: row.performs.after for row in table_rows if row.performs.after is not None}
    return without_empty(table_rows, printed_order(table_rows) | bound_rows)


def without_empty(rows: Iterable[TableStep], order: Mapping[int, tuple[int, ...]]) -> RowOrder:
    """``order`` with each empty row replaced by what stands before it."""
    empty = {row.n for row in rows if row.performs.op == "nothing"}
    return {n: tuple(sorted(_look_through(before, order, empty))) for n, before in order.items()}


def _look_through(before: Sequence[int], order: Mapping[int, Sequence[int]], empty: Collection[int]) -> set[int]:
    row_numbers: set[int] = set()
    for n in before:
        row_numbers |= _look_through(order[n], order, empty) if n in empty else {n}
    return row_numbers
