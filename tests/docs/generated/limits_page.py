"""The table of docs/reference/limits.md, made from the budgets of the endpoints, for ``make docs``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastapi.routing import APIRoute

from services.catalog import INSTANCES
from shared.bus.http.request_budgets import SMALL_BODY, BodyBudget, budget_of
from shared.bus.service import ServiceApp
from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "reference" / "limits.md"
HEAD = "| path | bytes | commas and brackets | read after |\n|---|---|---|---|\n"
TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")


def read_budgets() -> Iterator[tuple[str, BodyBudget]]:
    """The endpoints that take more than a small body: method and path, budget; each once."""
    known = set()
    for instance in INSTANCES:
        for route in ServiceApp(instance.load_service()).routes:
            if not isinstance(route, APIRoute) or budget_of(route).most_bytes == SMALL_BODY:
                continue
            name = f"{min(route.methods or ())} {route.path}"
            if name not in known:
                known.add(name)
                yield name, budget_of(route)


def make_page() -> str:
    """The page with a table as the endpoints say now."""
    rows = "".join(sorted(map(_make_row, *zip(*read_budgets(), strict=True))))
    return TABLE.sub(lambda _: HEAD + rows, PAGE.read_text(encoding="utf-8"))


def _make_row(name: str, budget: BodyBudget) -> str:
    size = f"{budget.most_bytes:,}" if budget.most_bytes else "a message's"
    check = "a login" if budget.sender_check else "–"
    return f"| `{name}` | {size} | {budget.most_values:,} | {check} |\n"


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
