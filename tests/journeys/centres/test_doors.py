"""The HTTP APIs of every system: closed by default, described, and healthy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.routing import APIRoute

from services.catalog import INSTANCES
from shared import contracts
from shared.regulations.loader import load_passports
from shared.web.page_routes import PageRoute
from tests.journeys.kit import SERVICE, RunningCountry, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROVENANCE = Path(contracts.__file__).parent / "published" / "provenance.yaml"
NAMES = [instance.name for instance in INSTANCES]
AT_A_WORKPLACE = {
    "POST /api/v1/login",
    "POST /api/v1/challenges",
    "POST /api/v1/password/recovery",
    "GET /api/v1/receipts/{number}",
    "GET /api/v1/receipts/{number}/page",
    "GET /monitor",
    "GET /api/v1/quality",
}
"""The number of a receipt cannot be guessed; the pages ask for token or password themselves."""
OPEN_TO_ALL: dict[str, set[str]] = {
    "portal_pep": {
        "POST /api/v1/registration",
        "POST /api/v1/challenges",
        "POST /api/v1/password/recovery",
        "POST /api/v1/login",
        "GET /api/v1/services",
        "GET /api/v1/services/{service_id}",
        "GET /api/v1/services/{service_id}/form",
        "GET /api/v1/services/{service_id}/authorities",
        "GET /api/v1/services/{service_id}/questionnaire",
        "GET /api/v1/services/{service_id}/appeal",
        "GET /api/v1/services/{service_id}/copies",
        "GET /api/v1/phone/{link_id}",  # the link is the secret: the contract has no other for API 1
        "GET /api/v1/phone/{link_id}/documents",
        "PUT /api/v1/phone/{link_id}/documents",
        "GET /api/v1/quality",
        "GET /quality",
        "GET /api/v1/documents/{code}",
        "POST /api/v1/documents/{code}/comparison",
        "GET /check",
        "GET /check/{code}",
        "POST /check/{code}",
    },
    "shep_gateway": {
        "POST /api/v1/sandbox/following",  # signed by a system of the country, as is the next
        "POST /api/v1/sandbox/reports",
        "GET /api/v1/regulations",
        "GET /api/v1/regulations/{passport_id}",
        "GET /api/v1/regulations/{passport_id}/bpmn",
        "GET /api/v1/provenance",
        "GET /api/v1/statuses",
        "GET /explain",
        "GET /api/v1/acts",
        "GET /api/v1/coverage",
        "GET /api/v1/regulations/{passport_id}/clauses",
        "GET /coverage",
        "GET /regulations/{passport_id}/clauses",
        "GET /regulations/{passport_id}/diagram",
        "GET /api/v1/services",
    },
    **dict.fromkeys(("is_mio", "is_esobes", "arm_shep", "arm_rshep"), AT_A_WORKPLACE),
    "is_rynok_truda": AT_A_WORKPLACE | {"GET /api/v1/vacancies"},
    "gbd_elicense": AT_A_WORKPLACE | {"GET /api/v1/permits/{number}/check"},
    "is_con": AT_A_WORKPLACE
    | {
        "GET /api/v1/queue/screens/{centre}",
        "GET /api/v1/queue/tickets/{ticket}",
        "POST /api/v1/queue/tickets",
        "POST /api/v1/queue/tickets/{ticket}/leave",
    },
    "is_nuc": {
        "GET /api/v1/clock",
        "GET /api/v1/authorities",
        "POST /api/v1/systems",
        "POST /api/v1/people",
        "POST /api/v1/employees",
        "GET /api/v1/certificates/{thumbprint}",
        "GET /api/v1/certificates/{thumbprint}/status",
        "GET /api/v1/serial-numbers/{serial}",
        "GET /api/v1/sha1-thumbprints/{sha1}",
        "POST /api/v1/containers/people",
        "POST /api/v1/local-tls",
        "POST /api/v1/renewals",
        "POST /api/v1/revocations/own",
        "GET /api/v1/magic-subjects",
        "GET /issuing.crt",
        "GET /root.crt",
        "GET /root.crl",
        "GET /crl",
        "GET /crl/delta",
        "GET /crl/invented",
        "POST /ocsp",
        "GET /ocsp/{request}",
        "POST /tsp",
        "GET /actuator/health",
        *("POST /api/egovQr", "POST /api/egovQr/{procedure_id}", "GET /api/egovQr/{procedure_id}"),
        "GET /api/egovQr/{procedure_id}/mgovSign",  # the procedure is the secret
        *(f"{method} /api/egovQr/{{procedure_id}}/documents" for method in ("GET", "PUT")),
        *("POST /cms/sign", "POST /cms/sign/add", "POST /cms/verify", "POST /cms/extract"),
        *("POST /xml/sign", "POST /xml/verify", "POST /wsse/sign", "POST /wsse/verify"),
        *("POST /pkcs12/info", "POST /pkcs12/aliases", "POST /tsp/create"),
        *("POST /x509/info", "POST /x509/sign", "POST /x509/verify"),
    },
}
SYNC_PATHS = ("/bip-sync-wss-gost/", "/SmartBridgeService/")
OUTSIDE_THE_DOCUMENT: dict[str, set[str]] = {
    "shep_gateway": {
        *(f"{method} {path}" for method in ("GET", "POST") for path in SYNC_PATHS),
        "GET /bip-async-wss-gost/",
        "POST /bip-async-wss-gost/",
        "GET /bip-async-wss-gost/client/",
    },
}
"""Paths of SOAP, described by a WSDL: the signature in the envelope says who is there."""
HEALTH = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /api/v1/time"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


async def openapi(country: RunningCountry, name: str) -> dict[str, Any]:
    return dict((await country.answer(name, "GET", "/openapi.json")).json())


@pytest.mark.parametrize("name", NAMES)
async def test_endpoint_not_meant_for_everybody_asks_who_is_there(country: RunningCountry, name: str) -> None:
    passed = set()
    for method, path, _ in operations(await openapi(country, name)):
        answer = await country.answer(name, method, re.sub(r"\{\w+\}", "1", path))
        if answer.status_code == 401 and answer.headers["content-type"].startswith("text/html"):
            assert 'type="password"' in answer.text  # the page asks for the token itself
        elif answer.status_code == 401:
            assert answer.json()["code"] in ("operator-only", "login-needed", "participant-token")
            assert set(answer.json()["texts"]) == {"ru", "kk", "en"}
        else:
            passed.add(f"{method} {path}")
    assert passed == OPEN_TO_ALL.get(name, set()) | HEALTH


DOCUMENTS = {"GET /docs", "GET /asyncapi.json", "GET /llms.txt"}


@pytest.mark.parametrize("name", NAMES)
async def test_path_outside_the_document_is_one_of_soap(country: RunningCountry, name: str) -> None:
    """The document hides nothing else but the page of the documents, the document of the bus over AMQP, the text
    for agents, and the pages of sites, which people see (tests/pages).
    """
    routes = [route for route in country.deployment.nodes[name].app.routes if isinstance(route, APIRoute)]
    routes = [route for route in routes if not isinstance(route, PageRoute)]
    hidden = {
        f"{method} {route.path}"
        for route in routes
        if not route.include_in_schema
        for method in route.methods or ()
    }
    assert hidden - DOCUMENTS == OUTSIDE_THE_DOCUMENT.get(name, set())
    for door in sorted(hidden - DOCUMENTS):
        method, path = door.split(" ")
        is_described = method == "GET"
        answer = await country.answer(name, method, path + "?wsdl" * is_described, content=b"<Envelope/>")
        expected = (200 if is_described else 500, "text/xml; charset=utf-8")
        assert (answer.status_code, answer.headers["content-type"]) == expected


async def test_operator_token_that_is_wrong_opens_nothing(country: RunningCountry) -> None:
    other = (country.folder / "enis" / "operator.token").read_text()
    for token in (f"Bearer {other}", "Bearer", "Basic b3BlcmF0b3I6", other):
        headers = {"Authorization": token}
        for name, path in (("shep_gateway", "members"), ("nr_iin", "persons"), ("is_mio", "employees")):
            answer = await country.answer(name, "GET", f"/api/v1/{path}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "operator-only")


@pytest.mark.parametrize("name", NAMES)
async def test_openapi_describes_every_operation_in_a_sound_document(country: RunningCountry, name: str) -> None:
    document = await openapi(country, name)
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"]
    assert document["info"]["description"]
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(document):
        assert operation["summary"], f"{method} {path}"
        assert operation["description"], f"{method} {path} has no docstring"
        assert operation["responses"], f"{method} {path}"
        declared = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}"
    known = document.get("components", {}).get("schemas", {})
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= known.keys()


@pytest.mark.parametrize("name", NAMES)
async def test_health_of_every_system_says_that_it_lives_and_works(country: RunningCountry, name: str) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await country.answer(name, "GET", path)
        told = answer.json()
        told.pop("certificate_seconds_left", None)
        assert (answer.status_code, told) == (200, {"status": "UP"})


async def test_gateway_publishes_the_regulations_it_executes(country: RunningCountry) -> None:
    published = await country.operator("shep_gateway").get("/api/v1/regulations")
    (passport,) = (one for one in published if one["id"] == SERVICE)
    assert passport == await country.portal().get(f"/api/v1/services/{SERVICE}")
    assert passport["step_tables"]["portal"][4]["deadline"]["amount"] == 10


async def test_gateway_tells_everybody_where_the_doors_behaviour_comes_from(country: RunningCountry) -> None:
    answer = await country.answer("shep_gateway", "GET", "/api/v1/provenance")
    published = yaml.safe_load(PROVENANCE.read_text(encoding="utf-8"))["behaviours"]
    assert {one.pop("id"): one for one in answer.json()} == published
    assert published["soap.operation.SendMessage"]["certainty"] == "official"


async def test_portal_lists_what_the_acts_give_by_portal_and_nothing_else(country: RunningCountry) -> None:
    listed = await country.portal().get("/api/v1/services")
    by_portal = {one.id for one in load_passports() if "portal" in one.channels.accept}
    assert {one["id"] for one in listed} == by_portal
    assert len(by_portal) > 15
    published = await country.operator("shep_gateway").get("/api/v1/regulations")
    assert {one["id"] for one in published} == {one.id for one in load_passports()}


async def test_regional_gateway_can_be_told_of_another_local_system(country: RunningCountry) -> None:
    region = country.operator("rshep_akm")
    seeded = await region.get("/api/v1/routes")
    assert seeded[0] == {"service_id": "*", "channel": "*", "system": "is_mio", "is_changed": False}
    path = "/api/v1/routes/unemployment-certificate"
    put = (await region.call("PUT", path, json={"system": "arm_rshep"})).json()
    assert [(one["channel"], one["system"], one["is_changed"]) for one in put] == [("*", "arm_rshep", True)]
    await region.call("DELETE", path)
    assert await region.get("/api/v1/routes") == seeded
    error = await refused(region.call("PUT", "/api/v1/routes/x", json={"system": ""}))
    assert (error.status, error.code) == (422, "request-malformed")
