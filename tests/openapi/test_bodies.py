"""The documents describe the body of every request that has a body, and of every answer, bytes included."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request

from tests.openapi.documents import DISTINCT, document_of, operations_of, routes_of

READERS = {"body", "form", "json", "stream"}
"""The methods of a request that read the body."""
RAW_BODIES = {
    ("is_nuc", "POST /ocsp"): "application/ocsp-request",
    ("is_nuc", "POST /tsp"): "application/timestamp-query",
    ("portal_pep", "POST /api/v1/documents/{code}/comparison"): "application/pdf",
    ("portal_pep", "POST /check/{code}"): "multipart/form-data",
    ("is_mio", "POST /monitor"): "application/x-www-form-urlencoded",
}
"""The media types of requests by RFC 6960 (A.1), RFC 3161 (3.4) and HTML."""
RAW_ANSWERS = {
    ("is_nuc", "GET /crl"): "application/pkix-crl",
    ("is_nuc", "GET /root.crt"): "application/pkix-cert",
    ("is_nuc", "POST /ocsp"): "application/ocsp-response",
    ("is_nuc", "POST /tsp"): "application/timestamp-reply",
    ("portal_pep", "GET /api/v1/applications/{case_id}/output.pdf"): "application/pdf",
    ("portal_pep", "GET /api/v1/applications/{case_id}/{kind}.cms"): "application/pkcs7-mime",
    ("arm_shep", "GET /api/v1/export"): "text/csv",
}
"""The media types of answers by RFC 5280 (4.2.2.1), RFC 6960, RFC 3161, RFC 8118, RFC 8551 and RFC 4180."""


@pytest.mark.parametrize("name", DISTINCT)
def test_operation_that_reads_a_body_has_a_request_body(name: str) -> None:
    silent = [
        operation.name
        for operation, route in routes_of(name)
        if _reads_body(route) and not operation.content.get("requestBody", {}).get("content")
    ]
    assert silent == [], "declare it with shared/bus/http/media.py"


def test_search_for_readers_sees_reading_by_a_helper_and_by_a_method() -> None:
    reading = {
        operation.content["operationId"] for operation, route in routes_of("portal_pep") if _reads_body(route)
    }
    assert {"compare_printed_document", "show_comparison_page", "log_in"} <= reading
    assert "get_application" not in reading


@pytest.mark.parametrize(("place", "media_type"), RAW_BODIES.items())
def test_raw_body_has_the_media_type_of_its_standard(place: tuple[str, str], media_type: str) -> None:
    system, name = place
    body = next(one for one in operations_of(document_of(system)) if one.name == name).content["requestBody"]
    assert list(body["content"]) == [media_type]
    schema = body["content"][media_type]["schema"]
    assert schema == {"type": "string", "format": "binary"} or schema["properties"]


@pytest.mark.parametrize("name", DISTINCT)
def test_successful_answer_tells_its_media_type_and_schema(name: str) -> None:
    silent = [
        f"{operation.name} {status}"
        for operation in operations_of(document_of(name))
        for status, response in operation.content["responses"].items()
        if status.startswith("2") and status != "204"
        if not response.get("content") or not all(told.get("schema") for told in response["content"].values())
    ]
    assert silent == [], "declare it with shared/bus/http/media.py"


@pytest.mark.parametrize(("place", "media_type"), RAW_ANSWERS.items())
def test_raw_answer_has_the_media_type_of_its_standard(place: tuple[str, str], media_type: str) -> None:
    system, name = place
    operation = next(one for one in operations_of(document_of(system)) if one.name == name)
    assert list(operation.content["responses"]["200"]["content"]) == [media_type]


def _reads_body(route: APIRoute) -> bool:
    return route.body_field is not None or any(_reads(call, set()) for call in _calls(route.dependant))


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for dependency in dependant.dependencies:
        yield from _calls(dependency)


def _reads(function: Any, seen: set[Any]) -> bool:
    """Whether a function with the request among its arguments reads the body, itself or through ours."""
    code = getattr(function, "__code__", None)
    if code is None or function in seen or not _is_ours(function):
        return False
    seen.add(function)
    if _takes_request(function) and READERS & set(code.co_names):
        return True
    return any(_reads(function.__globals__.get(name), seen) for name in code.co_names)


def _is_ours(function: Any) -> bool:
    return str(function.__module__).startswith(("services.", "shared."))


def _takes_request(function: Any) -> bool:
    annotations = inspect.get_annotations(function)
    return any(told in (Request, "Request") for told in annotations.values())
