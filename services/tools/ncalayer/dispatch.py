"""Answers every frame of a page, valid or not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.tools.ncalayer import basics, common_utils, protocol, sandbox
from services.tools.ncalayer.protocol import AnswerBody, NcalayerRequest
from services.tools.ncalayer.signing_device import SigningDevice, UserCancelled
from services.tools.ncalayer.signing_request import SigningSession
from shared.bus.errors import BusError, Internal, Malformed
from shared.bus.logs import log


@dataclass(frozen=True)
class SignerModule:
    """A module: the function that runs its methods, and the shapes of its answers."""

    call: Callable[[SigningSession, str, Any], Any]
    answer: Callable[[Any], AnswerBody]
    cancelled: Callable[[], AnswerBody]
    refusal: Callable[[BusError], AnswerBody]


_COMMON_SHAPES = (protocol.common_answer, protocol.common_cancelled, protocol.common_refusal)

MODULES: Mapping[str, SignerModule] = {
    protocol.COMMON_UTILS: SignerModule(common_utils.call_method, *_COMMON_SHAPES),
    protocol.SANDBOX: SignerModule(sandbox.call_method, *_COMMON_SHAPES),
    protocol.BASICS: SignerModule(
        basics.call_method, protocol.basics_answer, protocol.basics_cancelled, protocol.basics_refusal
    ),
}


@dataclass(frozen=True)
class HandledFrame:
    """A handled frame; `outcome` is done, cancelled, or the code of a refusal."""

    answer: AnswerBody
    session: SigningSession
    request: NcalayerRequest | None
    outcome: str = "done"


def handle_frame(frame: bytes, device: SigningDevice) -> HandledFrame:
    """The answer to a frame. Nothing is raised: an unexpected fault is logged and answered too."""
    session = SigningSession(device)
    try:
        request = protocol.read_request(frame)
    except BusError as error:
        return refuse_frame(device, error)
    module = MODULES.get(request.module)
    if module is None:
        return HandledFrame(protocol.missing_module(request.module), session, request, "ncalayer-module")
    outcome = "done"
    try:
        answer = module.answer(module.call(session, request.method, request.args))
    except UserCancelled:
        answer, outcome = module.cancelled(), "cancelled"
    except BusError as error:
        answer, outcome = module.refusal(error), error.code
    except Exception:
        log("ncalayer.failed", level=logging.ERROR, module=request.module, method=request.method)
        logging.getLogger("egov").debug("ncalayer.failed", exc_info=True)
        answer, outcome = module.refusal(Internal("internal", "an unexpected fault")), "internal"
    if request.uuid is not None:
        answer = {**answer, "uuid": request.uuid}
    return HandledFrame(answer, session, request, outcome)


def refuse_frame(device: SigningDevice, error: BusError) -> HandledFrame:
    """The answer to a frame that is not a request."""
    return HandledFrame(protocol.common_refusal(error), SigningSession(device), None, error.code)


def refuse_long_frame(device: SigningDevice, limit: int) -> HandledFrame:
    """The answer to a request of more than `limit` bytes."""
    return refuse_frame(device, Malformed("ncalayer-too-long", f"a request has {limit} bytes at most"))
