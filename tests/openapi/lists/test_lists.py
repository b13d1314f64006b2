"""No list is without a bound: each has pages, or is small by nature and tells its bound."""

from __future__ import annotations

import pytest

from tests.openapi.documents import DISTINCT, Json, document_of
from tests.openapi.lists.list_orders import (
    FALLING,
    PARTS,
    RISING,
    WHOLE,
    answered_schemas,
    paged_operations,
    resolve,
)

NEWEST_FIRST = ("newest", "latest change first")


def _parameters(operation: Json) -> dict[str, Json]:
    return {parameter["name"]: parameter["schema"] for parameter in operation.get("parameters", ())}


@pytest.mark.parametrize("name", DISTINCT)
def test_list_has_pages_or_tells_its_bound(name: str) -> None:
    for operation, answer, schema in answered_schemas(document_of(name)):
        if schema.get("type") == "array":
            is_paged = {"limit", "cursor"} <= _parameters(operation).keys() and "Link" in answer["headers"]
            bound = schema.get("maxItems", 0)
            assert is_paged or bound, f"{operation['operationId']}: a list without pages and without a bound"
            assert is_paged or bound <= WHOLE[operation["operationId"]], operation["operationId"]
            assert is_paged or schema["description"].startswith(f"Whole, {bound} at most: ")


@pytest.mark.parametrize("name", DISTINCT)
def test_array_inside_an_answer_is_bounded_by_nature(name: str) -> None:
    document = document_of(name)
    for operation, _, schema in answered_schemas(document):
        known = PARTS.get(operation["operationId"], {})
        for field, part in schema.get("properties", {}).items():
            kinds = [resolve(document, one) for one in (part, *part.get("anyOf", ()))]
            is_known = "" in known or field in known
            assert is_known or all(kind.get("type") != "array" for kind in kinds), (
                f"{operation['operationId']}.{field}: what bounds it?"
            )


@pytest.mark.parametrize("name", DISTINCT)
def test_list_with_pages_tells_its_limit_and_order(name: str) -> None:
    for operation in paged_operations(document_of(name)):
        identity, schema = operation["operationId"], _parameters(operation)
        is_export = "text/csv" in operation["responses"]["200"]["content"]
        assert schema["limit"]["maximum"] == (10_000 if is_export else 1000), identity
        assert schema["limit"]["minimum"] == 1
        assert 100 <= schema["limit"]["default"] <= schema["limit"]["maximum"]
        assert "`cursor-malformed`" in operation["responses"]["422"]["description"]
        assert is_export or identity in FALLING | RISING, f"{identity}: in which order?"
        is_newest_first = any(words in operation["description"] for words in NEWEST_FIRST)
        is_by_key = any(words in operation["description"] for words in ("order", "by department", "by deadline"))
        assert is_newest_first or (identity in RISING and is_by_key), identity
