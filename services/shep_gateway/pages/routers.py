"""The routers of ШЭП's pages."""

from __future__ import annotations

from services.shep_gateway.pages import clauses, diagram, explain
from services.shep_gateway.pages.console import routers as console
from services.shep_gateway.pages.start import start

ROUTERS = (clauses.router, diagram.router, explain.router, start.router, *console.ROUTERS)
