"""The order of the rows of a step table: as printed, as bound, and with empty rows skipped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from shared.regulations.model import TableStep

RowOrder = Mapping[int, tuple[int, ...]]
"""For each row, the rows for which it waits."""


def printed_order(rows: Iterable[TableStep]) -> dict[int, tuple[int, ...]]:
    """For each row, the rows printed before it: the reverse of the act's ``next``."""
    table_rows = tuple(rows)
    return {
        row.n: tuple(predecessor.n for predecessor in table_rows if row.n in predecessor.next)
        for row in table_rows
    }


def bound_order(rows: Iterable[TableStep]) -> RowOrder:
    """For each row, the rows for which it waits by our reading: the printed order unless the binding has
    ``after``.
    """
    table_rows = tuple(rows)
    bound_rows = {row.n: row.performs.after for row in table_rows if row.performs.after is not None}
    return without_empty(table_rows, printed_order(table_rows) | bound_rows)


def without_empty(rows: Iterable[TableStep], order: Mapping[int, tuple[int, ...]]) -> RowOrder:
    """``order`` with each empty row replaced by the rows before the empty row."""
    empty = {row.n for row in rows if row.performs.op == "nothing"}
    return {n: tuple(sorted(_look_through(before, order, empty))) for n, before in order.items()}


def _look_through(before: Sequence[int], order: Mapping[int, Sequence[int]], empty: Collection[int]) -> set[int]:
    row_numbers: set[int] = set()
    for n in before:
        row_numbers |= _look_through(order[n], order, empty) if n in empty else {n}
    return row_numbers
