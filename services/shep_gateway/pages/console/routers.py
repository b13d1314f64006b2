"""The routers of the console."""

from __future__ import annotations

from services.shep_gateway.pages.console import (
    cases,
    entry,
    figures,
    journal,
    live_map,
    register_pages,
    stuck,
)
from services.shep_gateway.pages.console.boards import fault_rules, reset_board, sandbox_board

ROUTERS = (
    entry.router,
    live_map.router,
    journal.router,
    cases.router,
    stuck.router,
    figures.router,
    register_pages.router,
    sandbox_board.router,
    reset_board.router,
    fault_rules.router,
)
