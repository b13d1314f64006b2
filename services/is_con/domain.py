"""Which step of the act a notice sets going at a service centre."""

from __future__ import annotations

from shared.bus.errors import Conflict
from shared.regulations.interpreter import Procedure


def shown_by(procedure: Procedure, sent_at: int) -> int:
    """The step in which ИС ЦОН shows what was sent at step ``sent_at``; Conflict ``nothing-to-show``."""
    carried = procedure.route_after(sent_at)
    for n in procedure.following(sent_at if carried is None else carried, "is_con"):
        if procedure.step(n).performs.op == "show":
            return n
    raise Conflict("nothing-to-show", "the act has no step here in which ИС ЦОН shows this", step=sent_at)
