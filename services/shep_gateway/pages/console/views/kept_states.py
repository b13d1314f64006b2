"""The states to which the country can go back, as choices of a page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared.sandbox.country.country_reset import SEEDED, CountryReset, KeptState
from shared.web.formats import format_moment
from shared.web.page_sites import Page


def describe_resets(page: Page, resets: CountryReset) -> dict[str, Any]:
    """Whether the country can go back, and the snapshots of this version as choices, the first state first."""
    states = [state for state in resets.list_states() if state.fits]
    states.sort(key=lambda state: (state.name != SEEDED, state.name))
    return {"is_offered": resets.is_offered, "snapshots": [(state.name, _title(page, state)) for state in states]}


def _title(page: Page, state: KeptState) -> str:
    if state.name == SEEDED:
        return page.say("reset-seeded")
    return f"{state.name}, {format_moment(datetime.fromisoformat(state.made_at), page.tag)}"
