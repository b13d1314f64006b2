"""egov-bus.sandbox, a module of ours: a test decides what the simulated user does. The answers have commonUtils'
shape.
"""

from __future__ import annotations

from typing import Any

from services.tools.ncalayer.protocol import argument_mismatch, missing_method
from services.tools.ncalayer.signing_device import CancelMode
from services.tools.ncalayer.signing_request import SigningSession


def call_method(session: SigningSession, method: str, args: Any) -> str:
    """The cancel mode, after setCancel ["always" | "once" | "never"] or getCancel."""
    user = session.device.user
    if method == "setCancel":
        if not isinstance(args, list) or len(args) != 1 or args[0] not in list(CancelMode):
            raise argument_mismatch(method)
        user.set_cancel_mode(CancelMode(args[0]))
    elif method != "getCancel":
        raise missing_method(method)
    return user.cancel_mode.value
