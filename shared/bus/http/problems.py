"""Which errors an endpoint can answer with: said beside the endpoint, shown in the system's OpenAPI document.

An endpoint names only its own. What every request can meet, and what a dependency answers with, is added when the
document is asked for (``document``): declaring costs the start of a system nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

from shared.bus import errors
from shared.bus.errors import BusError

CODES = "x-codes"
"""Where a declared response keeps its codes, from the declaration to the document."""
ANY_CODE = "*"
"""Instead of a code where nobody can tell which: an endpoint that does whatever a message asks for."""
PAGE = {"text/html": {"schema": {"type": "string"}}}

Responses = dict[int | str, dict[str, Any]]
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., object])
_CLASSES: Mapping[str, type[BusError]] = {
    "malformed": errors.Malformed,
    "untrusted": errors.Untrusted,
    "refused": errors.Refused,
    "not_found": errors.NotFound,
    "conflict": errors.Conflict,
    "unavailable": errors.Unavailable,
    "throttled": errors.Throttled,
    "internal": errors.Internal,
}
ERROR_CLASSES: Mapping[int, type[BusError]] = {kind.http_status: kind for kind in _CLASSES.values()}
"""Status to class: each has a status of its own."""

ANY_ERROR = tuple(kind(ANY_CODE) for kind in ERROR_CLASSES.values() if kind is not errors.Throttled)
"""Any error of any class."""

_DECLARED = "declared_errors"


def declare_errors(*groups: Iterable[BusError], is_page: bool = False, **codes: str) -> Responses:
    """For ``responses=`` of an endpoint: the errors that are its own.

    ``groups`` are errors that several endpoints share; ``codes`` the others by their class (``not_found``,
    ``malformed``…), with spaces between them. An endpoint that ``is_page`` tells them to people in HTML as well.
    """
    own = [_CLASSES[name](code) for name, together in codes.items() for code in together.split()]
    responses: Responses = {}
    for error in (*(error for group in groups for error in group), *own):
        response = responses.setdefault(error.http_status, {CODES: []})
        response[CODES].append(error.code)
        if is_page:
            response["content"] = PAGE
    return responses


def declare_pages(*statuses: int) -> Responses:
    """For ``responses=`` of an endpoint that answers people: the statuses that come with a page."""
    return {status: {"content": PAGE} for status in statuses}


def answers_errors(*declared: BusError) -> Callable[[AnyFunction], AnyFunction]:
    """For a dependency of endpoints: every endpoint that has it can answer with these errors."""

    def mark_function(function: AnyFunction) -> AnyFunction:
        setattr(function, _DECLARED, declared)
        return function

    return mark_function


def dependency_errors(dependant: Dependant) -> Iterator[BusError]:
    """What the dependencies of an endpoint answer with, at whatever depth."""
    yield from getattr(dependant.call, _DECLARED, ())
    for dependency in dependant.dependencies:
        yield from dependency_errors(dependency)


def read_declared(responses: Mapping[int | str, Mapping[str, Any]]) -> Iterator[BusError]:
    """The errors of a ``responses=`` that ``declare_errors`` made."""
    for status, response in responses.items():
        codes: Iterable[str] = response.get(CODES, ())
        for code in codes:
            yield ERROR_CLASSES[int(status)](code)
