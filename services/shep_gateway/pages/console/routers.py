"""The routers of the console."""

from __future__ import annotations

from services.shep_gateway.pages.console import (
    cases,
    entry,
    fault_rules,
    figures,
    journal,
    live_map,
    register_pages,
    sandbox_board,
    stuck,
)

ROUTERS = (
    entry.router,
    live_map.router,
    journal.router,
    cases.router,
    stuck.router,
    figures.router,
    register_pages.router,
    sandbox_board.router,
    fault_rules.router,
)
