"""The gateway's pages that need no login."""

from __future__ import annotations

from tests.pages.kit.rooms import PageRoom, RoomPage

ROOM = PageRoom(
    name="gateway",
    instance="shep_gateway",
    pages=(
        RoomPage("start", "/", typed=frozenset({"БЕЗДАТНАЯ АЙГУЛЬ"})),  # the name of an invented person
        RoomPage("employees", "/start/employees/is_mio"),
        RoomPage("front", "/", instance="enis"),
        RoomPage("coverage", "/coverage"),
        RoomPage("clauses", "/regulations/KZ-YUZ.3/clauses"),
        RoomPage(
            "diagram",
            "/regulations/KZ-AKM.1/diagram?channel=portal",
            ready="document.body.dataset.state === 'drawn'",
        ),
        RoomPage("explain", "/explain"),
        RoomPage("monitor", "/monitor", instance="is_mio"),
        RoomPage("quality", "/quality", instance="portal_pep"),
        RoomPage("check", "/check", instance="portal_pep"),
        RoomPage("not-found", "/no/such/page"),
    ),
)
