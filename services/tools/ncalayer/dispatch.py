"""From a frame to its answer, whatever the frame holds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.tools.ncalayer import basics, common_utils, protocol, sandbox
from services.tools.ncalayer.protocol import Answer, Request
from services.tools.ncalayer.signing_device import Cancelled, Desk
from services.tools.ncalayer.signing_request import Sitting
from shared.bus.errors import BusError, Internal, Malformed
from shared.bus.logs import log


@dataclass(frozen=True)
class Module:
    """One module: what does its methods, and the shapes of its answers."""

    call: Callable[[Sitting, str, Any], Any]
    answer: Callable[[Any], Answer]
    cancelled: Callable[[], Answer]
    refusal: Callable[[BusError], Answer]


_COMMON_SHAPES = (protocol.common_answer, protocol.common_cancelled, protocol.common_refusal)

MODULES: Mapping[str, Module] = {
    protocol.COMMON_UTILS: Module(common_utils.call, *_COMMON_SHAPES),
    protocol.SANDBOX: Module(sandbox.call, *_COMMON_SHAPES),
    protocol.BASICS: Module(
        basics.call, protocol.basics_answer, protocol.basics_cancelled, protocol.basics_refusal
    ),
}


@dataclass(frozen=True)
class Handled:
    """What became of a frame. `outcome` is done, cancelled, or the code of a refusal."""

    answer: Answer
    sitting: Sitting
    request: Request | None
    outcome: str = "done"


def handle(frame: bytes, desk: Desk) -> Handled:
    """The answer to a frame. It raises nothing: a fault of ours is answered too, and logged."""
    sitting = Sitting(desk)
    try:
        request = protocol.read(frame)
    except BusError as error:
        return refused(desk, error)
    module = MODULES.get(request.module)
    if module is None:
        return Handled(protocol.no_module(request.module), sitting, request, "ncalayer-module")
    outcome = "done"
    try:
        answer = module.answer(module.call(sitting, request.method, request.args))
    except Cancelled:
        answer, outcome = module.cancelled(), "cancelled"
    except BusError as error:
        answer, outcome = module.refusal(error), error.code
    except Exception:
        log("ncalayer.failed", level=logging.ERROR, module=request.module, method=request.method)
        logging.getLogger("egov").debug("ncalayer.failed", exc_info=True)
        answer, outcome = module.refusal(Internal("internal", "an unexpected fault")), "internal"
    if request.uuid is not None:
        answer = {**answer, "uuid": request.uuid}
    return Handled(answer, sitting, request, outcome)


def refused(desk: Desk, error: BusError) -> Handled:
    """The answer to what is no request at all."""
    return Handled(protocol.common_refusal(error), Sitting(desk), None, error.code)


def too_long(desk: Desk, limit: int) -> Handled:
    """The answer to a request of more than `limit` bytes."""
    return refused(desk, Malformed("ncalayer-too-long", f"a request has {limit} bytes at most"))
