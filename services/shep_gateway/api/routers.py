"""The HTTP routes of ШЭП beside those of its register."""

from __future__ import annotations

from services.shep_gateway.api import (
    again,
    bus_description,
    cases,
    coverage,
    explanations,
    journal,
    provenance,
    regulations,
    service_routes,
)
from services.shep_gateway.api.sandbox import countries, faults, followers, resets, triggers
from services.shep_gateway.archive import endpoints as archive

ROUTERS = (
    service_routes.router,
    journal.router,
    archive.router,
    again.router,
    cases.router,
    explanations.router,
    regulations.router,
    coverage.router,
    bus_description.router,
    provenance.router,
    faults.router,
    followers.router,
    triggers.router,
    resets.router,
    countries.router,
)
