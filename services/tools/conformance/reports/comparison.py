"""Two runs side by side: which requirements were broken, mended, or are new."""

from __future__ import annotations

from typing import Any

GOOD, BAD = ("pass", "omit"), ("fail", "error")
Json = dict[str, Any]


def compare_reports(earlier: Json, later: Json) -> list[Json]:
    """A row for each requirement whose outcome differs; "" stands for a run that did not have it.

    ``change`` is broken (it fails now and did not), mended (it failed and does not any more), or other.
    """
    before, after = ({row["id"]: row["outcome"] for row in report["requirements"]} for report in (earlier, later))
    rows = []
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            rows.append({"id": name, "before": old, "after": new, "change": _name_change(old, new)})
    return rows


def _name_change(old: str, new: str) -> str:
    if new in BAD and old not in BAD:
        return "broken"
    if old in BAD and new in GOOD:
        return "mended"
    return "other"
