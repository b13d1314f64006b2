"""A step table during compilation: its rows, in the order of our reading."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from shared.regulations.model import DECISIONS, Channel, StepTable, TableStep
from shared.regulations.process.graph import NodeKind, ProcessNode, Transition
from shared.regulations.process.order import RowOrder, bound_order


@dataclass(frozen=True)
class TablePart:
    """The rows that are not empty, and the rows for which each row waits."""

    rows: dict[int, TableStep]
    order: RowOrder

    @classmethod
    def from_table(cls, table: StepTable | None) -> TablePart:
        """The part of ``table``; empty for a channel without a table."""
        if table is None:
            return cls({}, {})
        rows = {row.n: row for row in table.rows if row.performs.op != "nothing"}
        return cls(rows, {n: before for n, before in bound_order(table.rows).items() if n in rows})

    def entry_nodes(self, rows: Collection[int], placed: Collection[str]) -> tuple[str, ...]:
        """The nodes among ``rows`` that wait for no other of these rows and for placed rows only."""
        return tuple(f"t{n}" for n in rows if all(m not in rows and f"t{m}" in placed for m in self.order[n]))

    def sink_nodes(self, rows: Collection[int]) -> tuple[str, ...]:
        """The nodes among ``rows`` for which no other of these rows waits."""
        followed = {before for n in rows for before in self.order[n]}
        return tuple(f"t{n}" for n in rows if n not in followed)

    def checked_rows(self) -> tuple[str, ...]:
        """The rows in which the form is submitted and may be refused at once."""
        return tuple(f"t{n}" for n, row in self.rows.items() if _is_checked(row))

    def row_transitions(self) -> Iterator[Transition]:
        """The transitions between all rows; a row after a checked form follows the answer ``met``."""
        for n, before in self.order.items():
            for m in before:
                yield Transition(f"t{m}", f"t{n}", "met" if _is_checked(self.rows[m]) else None)

    def build_node(self, n: int, channel: Channel, variant: str) -> ProcessNode:
        row = self.rows[n]
        binding = row.performs
        kind: NodeKind = "media" if row.media else ("system" if binding.is_automatic else "human")
        return ProcessNode(
            f"t{n}",
            kind,
            "table",
            row.unit,
            row.action,
            binding.system,
            op=binding.op,
            n=n,
            clause=row.clause,
            deadline=row.deadline,
            limit=row.deadline.limit_for(channel, variant),
            status=binding.status,
            sends=binding.sends,
            media=row.media,
            wait=row.waits,
            chooses=_row_answers(row),
            is_automatic=binding.is_automatic,
            roles=frozenset(binding.roles),
            join="any" if binding.after == () else "all",
        )


def _is_checked(row: TableStep) -> bool:
    return row.refusal and row.performs.op == "submit"


def _row_answers(row: TableStep) -> tuple[str, ...]:
    if _is_checked(row):
        return ("met", "unmet")
    return ("granted", "refused") if row.performs.op in DECISIONS and row.refusal else ()
