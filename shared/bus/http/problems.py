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
PAGE = {"text/html": {"schema": {"type": "string"}}}

Responses = dict[int | str, dict[str, Any]]
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., object])
ERROR_CLASSES: Mapping[int, type[BusError]] = {
    kind.http_status: kind
    for kind in (
        errors.Malformed,
        errors.Untrusted,
        errors.Refused,
        errors.NotFound,
        errors.Conflict,
        errors.Unavailable,
        errors.Throttled,
        errors.Internal,
    )
}
"""Status to class: each has a status of its own."""

_DECLARED = "declared_errors"


def declare_errors(*declared: BusError, is_page: bool = False) -> Responses:
    """For ``responses=`` of an endpoint: the errors that are its own, by status.

    An endpoint that ``is_page`` tells them to people in HTML as well.
    """
    responses: Responses = {}
    for error in declared:
        response = responses.setdefault(error.http_status, {CODES: []})
        response[CODES].append(error.code)
        if is_page:
            response["content"] = PAGE
    return responses


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
