"""The picture of the country as the map's template shows it: the drawing, the rows of the table, the faults."""

from __future__ import annotations

from typing import Any

from services.shep_gateway.console.country_board import BoardPicture, ForcedFault, ObservedSystem
from services.shep_gateway.pages.console.drawings.country_map import draw_country
from services.shep_gateway.pages.console.site import FOLDER
from services.shep_gateway.pages.console.views.titles import map_title, short_title
from shared.web.page_sites import Page


def describe_picture(page: Page, picture: BoardPicture) -> dict[str, Any]:
    """What the template of the map shows: the drawing, the rows of the table, the faults."""
    drawing = draw_country(
        picture,
        lambda state: map_title(page, state.address, state.title),
        lambda state: _describe_node(page, state),
    )
    return {
        "drawing": drawing,
        "rows": [_describe_row(page, state) for state in picture.systems],
        "faults": [describe_fault(page, fault) for fault in picture.faults],
        "seconds": round(picture.seconds),
        "at": picture.at,
    }


def state_of(state: ObservedSystem) -> tuple[str, str]:
    """The tone of a system's state, and the code of its word."""
    if not state.is_active:
        return "bad", "state-stopped"
    if state.is_at_door:
        return "plain", "state-door"
    if state.is_ready is False or not state.has_consumer:
        return "bad", "state-down"
    if state.is_ready is None:
        return "doubtful", "state-silent"
    return "good", "state-ready"


def _describe_node(page: Page, state: ObservedSystem) -> tuple[str, str, str]:
    tone, word = state_of(state)
    flow = f"↑{state.sent_count} ↓{state.received_count}" + (f" ◷{state.waiting}" if state.waiting else "")
    mark = {"good": "●", "bad": "✕", "doubtful": "◌", "plain": "○"}[tone]
    return (flow if tone in ("good", "plain") else page.say(word)), tone, mark


def _describe_row(page: Page, state: ObservedSystem) -> dict[str, Any]:
    tone, word = state_of(state)
    return {
        "title": short_title(page, state.address, state.title),
        "address": state.address,
        "tone": tone,
        "state": page.say(word),
        "sent": state.sent_count,
        "received": state.received_count,
        "refused": state.refused_count,
        "latency": state.latency,
        "waiting": state.waiting,
    }


def describe_fault(page: Page, fault: ForcedFault) -> dict[str, Any]:
    """A fault in force: whose it is, what it does, and to whom."""
    details = dict(fault.details)
    name = details.pop("name", "") or details.pop("mode", "")
    code = f"fault-{name or fault.kind}".lower().replace("_", "-")
    words = FOLDER.words.get(f"rule-{name}" if fault.kind == "rule" else code)
    scope = [f"{details[key]}" for key in ("whom", "iin", "serial", "service", "region") if details.get(key)]
    if details.get("percent", "100") != "100":
        scope.append(f"{details['percent']} %")
    return {
        "system": short_title(page, fault.system),
        "title": words[page.tag] if words else name,
        "scope": ", ".join(page.say("everybody") if value == "everybody" else value for value in scope),
        "name": name,
        "kind": fault.kind,
    }
