"""What a command does when a system refuses its operator's call, or does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.bus.errors import NotFound, Refused, Unavailable


@contextmanager
def operators_call(code: str, place: str) -> Iterator[None]:
    """Make errors of the command line of what happens to a call inside.

    NotFound or Refused with the system's own code; Unavailable ``code`` when nobody answers at ``place``.
    """
    import httpx  # a command that only prints its help waits for neither

    from shared.client import ApiError

    try:
        yield
    except ApiError as error:
        kind = NotFound if error.status == 404 else Refused
        raise kind(error.code, str(error.body.get("detail"))) from None
    except httpx.HTTPError as error:
        raise Unavailable(code, f"{place}: {error!r}") from None
