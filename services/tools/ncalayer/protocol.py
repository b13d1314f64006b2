"""Requests and answers of NCALayer's protocol: JSON texts, one answer for each request.

Answers have three shapes, as in the real signer:

    commonUtils   {"code": "200", "responseObject": …}      {"code": "500", "message": …}
    basics        {"status": true, "body": {"result": …}}   {"status": false, "code", "message", "details"}
    no module     {"success": false, "errorCode": "MODULE_NOT_FOUND"}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Never

from shared.bus.errors import BusError, Malformed

COMMON_UTILS = "kz.gov.pki.knca.commonUtils"
BASICS = "kz.gov.pki.knca.basics"
SANDBOX = "egov-bus.sandbox"

GREETING = {"result": {"version": "1.4"}}
HEARTBEAT = "--heartbeat--"
CANCELLED_MESSAGE = "action.canceled"
ARGUMENTS_CODE = "ncalayer-arguments"

AnswerBody = dict[str, Any]


@dataclass(frozen=True)
class NcalayerRequest:
    """A request of a page; the answer repeats `uuid`."""

    module: str
    method: str
    args: Any = None
    uuid: str | int | None = None


def read_request(frame: bytes) -> NcalayerRequest:
    """The request in a frame; Malformed ncalayer-request."""
    try:
        message = json.loads(frame, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Malformed("ncalayer-request", "not JSON") from None
    if not isinstance(message, dict):
        raise Malformed("ncalayer-request", "not a JSON object")
    module, method, uuid = message.get("module"), message.get("method"), message.get("uuid")
    if not isinstance(module, str) or not isinstance(method, str):
        raise Malformed("ncalayer-request", "a request names its module and its method")
    return NcalayerRequest(module, method, message.get("args"), uuid if isinstance(uuid, str | int) else None)


def write_answer(answer: AnswerBody) -> str:
    """The JSON text of an answer, in ASCII, so that no received text can break it."""
    return json.dumps(answer)


def common_answer(value: Any) -> AnswerBody:
    """A success of commonUtils; a method without a result has no responseObject."""
    return {"code": "200"} if value is None else {"code": "200", "responseObject": value}


def common_cancelled() -> AnswerBody:
    """The answer of commonUtils when the user cancels."""
    return {"code": "500", "message": CANCELLED_MESSAGE}


def common_refusal(error: BusError) -> AnswerBody:
    """A refusal of commonUtils; the message begins with the stable code, except where the real signer's words are
    known.
    """
    message = error.message if error.code == ARGUMENTS_CODE else f"{error.code}: {error.message}"
    return {"code": "500", "message": message}


def basics_answer(result: Any) -> AnswerBody:
    """A success of basics."""
    return {"status": True, "body": {"result": result}}


def basics_cancelled() -> AnswerBody:
    """The answer of basics when the user cancels: an empty body."""
    return {"status": True, "body": {}}


def basics_refusal(error: BusError) -> AnswerBody:
    """A refusal of basics: INVOCATION_ERROR for wrong arguments, as in the real signer, else SIGNING_FAILURE."""
    is_invocation = error.code == ARGUMENTS_CODE
    return {
        "status": False,
        "code": "INVOCATION_ERROR" if is_invocation else "SIGNING_FAILURE",
        "message": "An invoked method threw an exception." if is_invocation else f"{error.code}: {error.message}",
        "details": error.message,
    }


def missing_module(name: str) -> AnswerBody:
    """The real signer's answer to an unknown module, with a code and a message added."""
    return {
        "success": False,
        "errorCode": "MODULE_NOT_FOUND",
        "code": "500",
        "message": f"ncalayer-module: no module {name[:100]!r}",
    }


def missing_method(method: str) -> BusError:
    """The refusal of an unknown method."""
    return Malformed("ncalayer-method", f"no method {method[:100]!r}")


def argument_mismatch(method: str) -> BusError:
    """The refusal of arguments of another number or type, in the real signer's words."""
    return Malformed(
        ARGUMENTS_CODE, f"java.lang.IllegalArgumentException: argument type mismatch. Method: {method}"
    )


def _refuse_constant(text: str) -> Never:
    raise ValueError(text)
