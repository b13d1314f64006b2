"""One error tree, by what the caller should do next.

    BusError
    ├── Malformed     correct the request: its form is wrong
    ├── Untrusted     prove the identity: a signature, certificate, password or token is not valid
    ├── Refused       do not ask again: the rules forbid it
    ├── NotFound      ask for something that exists
    ├── Conflict      look at the present state first: it does not allow the request now
    ├── Unavailable   repeat the request later: nothing was done
    │   └── Throttled  … and less often
    └── Internal      report the fault: it is the system's own

Every error carries a stable ``code`` (kebab-case, part of the public contract), an English ``message`` for
developers and ``details`` as JSON values. Texts for people are looked up by code at the edges.
"""

from __future__ import annotations

from typing import Any, ClassVar


class BusError(Exception):
    """An expected failure: ``code`` never changes once published, ``details`` are JSON values."""

    http_status: ClassVar[int] = 500

    def __init__(self, code: str, message: str = "", **details: Any) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_error, (type(self), self.code, self.message, self.details)


def _rebuild_error(kind: type[BusError], code: str, message: str, details: dict[str, Any]) -> BusError:
    return kind(code, message, **details)


class Malformed(BusError):
    """The form of the request is wrong: correct it."""

    http_status = 422


class Untrusted(BusError):
    """A signature, certificate, password or token is not valid."""

    http_status = 401


class Refused(BusError):
    """The rules forbid the request: do not repeat it."""

    http_status = 403


class NotFound(BusError):
    """The object of the request does not exist."""

    http_status = 404


class Conflict(BusError):
    """The present state does not allow the request."""

    http_status = 409


class Unavailable(BusError):
    """Nothing was done: repeat the request later."""

    http_status = 503


class Throttled(Unavailable):
    """Unavailable to this caller only: too many attempts; ``retry_after`` is the wait in seconds."""

    http_status = 429


class Internal(BusError):
    """A fault of the system itself."""

    http_status = 500
