"""egov-bus.sandbox, ours: what a test tells the user at the desk. Shapes are those of commonUtils."""

from __future__ import annotations

from typing import Any

from services.tools.ncalayer.protocol import mismatch, no_method
from services.tools.ncalayer.signing_device import Cancel
from services.tools.ncalayer.signing_request import Sitting


def call(sitting: Sitting, method: str, args: Any) -> str:
    """setCancel ["always" | "once" | "never"] and getCancel: the user's mind from now on."""
    user = sitting.desk.user
    if method == "setCancel":
        if not isinstance(args, list) or len(args) != 1 or args[0] not in list(Cancel):
            raise mismatch(method)
        user.tell(Cancel(args[0]))
    elif method != "getCancel":
        raise no_method(method)
    return user.cancel.value
