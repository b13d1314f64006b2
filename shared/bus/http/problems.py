"""The errors of an endpoint, declared beside the endpoint and shown in the system's OpenAPI document.

An endpoint declares only its own errors. Errors that every request can meet, and those of dependencies, are added
when the document is first requested (``document``): declarations cost the start of a system nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

from shared.bus import errors
from shared.bus.errors import BusError

CODES = "x-codes"
"""The key under which a declared response keeps its codes until the document is made."""
ANY_CODE = "*"
"""Stands for any code, where an endpoint does whatever a message asks for."""
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
"""Each error class has an HTTP status of its own."""

ANY_ERROR = tuple(kind(ANY_CODE) for kind in ERROR_CLASSES.values() if kind is not errors.Throttled)
"""An error of any class."""

_DECLARED = "declared_errors"


def declare_errors(*groups: Iterable[BusError], is_page: bool = False, **codes: str) -> Responses:
    """The ``responses=`` of an endpoint: its own errors.

    ``groups`` are errors that several endpoints share; ``codes`` are further codes by class (``not_found``,
    ``malformed``…), separated by spaces. ``is_page``: the endpoint also shows the errors to people as HTML.
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
    """The ``responses=`` of an endpoint with pages: the statuses that come with a page."""
    return {status: {"content": PAGE} for status in statuses}


def answers_errors(*declared: BusError) -> Callable[[AnyFunction], AnyFunction]:
    """Declare the errors of a dependency: every endpoint with the dependency can answer with these errors."""

    def mark_function(function: AnyFunction) -> AnyFunction:
        setattr(function, _DECLARED, declared)
        return function

    return mark_function


def dependency_errors(dependant: Dependant) -> Iterator[BusError]:
    """The errors of all dependencies of an endpoint, also of nested ones."""
    yield from getattr(dependant.call, _DECLARED, ())
    for dependency in dependant.dependencies:
        yield from dependency_errors(dependency)


def read_declared(responses: Mapping[int | str, Mapping[str, Any]]) -> Iterator[BusError]:
    """The errors declared in a ``responses=`` by ``declare_errors``."""
    for status, response in responses.items():
        codes: Iterable[str] = response.get(CODES, ())
        for code in codes:
            yield ERROR_CLASSES[int(status)](code)
