"""What a test expects of the gateway's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.tools.testing.waiting import PATIENCE_SECONDS, CallRunner, StillWaiting, wait_until
from shared.client import OperatorClient

MOST_NEAR = 20
FIELDS = ("event", "sender", "recipients", "service_id", "message_type", "step", "code")
"""The fields of an entry that matter most; every field that the journal's API gives can be expected."""


@dataclass(repr=False)
class SandboxJournal:
    """The journal of ШЭП: an entry for each message that passed, was refused or delivered."""

    operator: OperatorClient
    runner: CallRunner

    def find(self, *, case: str | None = None, **fields: Any) -> list[Any]:
        """The entries of a case, or of all, in which each of ``fields`` has this value; see `FIELDS`."""
        rows = self.runner.run(self.operator.list_all("/api/v1/journal", correlation_id=case))
        return [row for row in rows if all(row[name] == value for name, value in fields.items())]

    def expect(
        self,
        *,
        case: str | None = None,
        count: int | None = None,
        seconds: float = PATIENCE_SECONDS,
        **fields: Any,
    ) -> list[Any]:
        """The entries that match once there are ``count`` of them (without ``count``, at least one).

        StillWaiting, an AssertionError, where they do not come: it tells what the journal has of the case instead.
        """
        subject = f"journal entries of case {case} with {fields}"

        def find_entries() -> list[Any]:
            return self.find(case=case, **fields)

        try:
            return wait_until(find_entries, lambda rows: _suffices(rows, count), subject, seconds)
        except StillWaiting as fault:
            near = self.find(case=case)[-MOST_NEAR:]
            lines = "\n".join(map(_describe_entry, near)) or "nothing"
            raise StillWaiting(f"{fault}; the journal has instead:\n{lines}") from None

    def expect_none(self, *, case: str | None = None, **fields: Any) -> None:
        """AssertionError where an entry matches now."""
        rows = self.find(case=case, **fields)
        if rows:
            raise AssertionError(f"journal entries with {fields}: {[_describe_entry(row) for row in rows]}")


def _suffices(rows: list[Any], count: int | None) -> bool:
    return bool(rows) if count is None else len(rows) == count


def _describe_entry(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}={row[name]}" for name in FIELDS if row[name])
