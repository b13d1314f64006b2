"""Every behaviour of the doors has a line in provenance.yaml, and no line is left over."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from fastapi.routing import APIRoute

from services.shep_gateway.api.provenance import read_provenance
from services.shep_gateway.doors.routers import ROUTERS
from services.shep_gateway.doors.soap.asynchronous import async_reader
from services.shep_gateway.register import REGISTER_QUERIES
from shared.pki.xml.wsse import KeyInfoForm

ROOT = Path(__file__).resolve().parents[3]
SOAP = ROOT / "services" / "shep_gateway" / "doors" / "soap"
DOCUMENTS = ROOT / "shared" / "contracts" / "published" / "openapi"
STATUS_SOURCES = (
    SOAP / "channel_data.py",
    ROOT / "shared" / "contracts" / "soap_data.py",
    ROOT / "services" / "gbd_ul" / "domain.py",
)
OWN_PATHS = ("gbd_ul", "kdp", "temp_files")
CODE = re.compile(r"SCS?[SE]\d{3}")


def test_every_behaviour_of_a_door_has_a_line_and_no_line_is_left_over() -> None:
    behaviours = sorted({*_soap_behaviours(), *_gateway_paths(), *_own_paths(), *_signing_paths()})
    lines = [behaviour.id for behaviour in read_provenance()]
    assert sorted(lines) == behaviours, "say in shared/contracts/published/provenance.yaml where it comes from"


def test_behaviour_without_a_public_source_is_ours() -> None:
    """The catalogue of faults and the path of the asynchronous channel are known to be unknown."""
    certainties = {behaviour.id: behaviour.certainty for behaviour in read_provenance()}
    assert certainties["shep_gateway POST /bip-async-wss-gost/"] == "ours"
    assert certainties["shep_gateway POST /bip-sync-wss-gost/"] == "several-clients"
    assert {certainty for name, certainty in certainties.items() if " /api/v1/" in name} == {"ours"}


def _soap_behaviours() -> Iterator[str]:
    operations = {"SendMessage", *async_reader._OPERATIONS}
    integrators_services = {service for service, _, askers in REGISTER_QUERIES if not askers}
    groups = {
        "operation": operations,
        "endpoint": set(_first_literals(SOAP.parent / "push" / "pushed_calls.py", "PushedCall")),
        "signature": {form.value for form in KeyInfoForm},
        "deviation": set(_noted_deviations()),
        "fault": set(_codes_in(SOAP / "fault_codes.py")),
        "status": {code for path in STATUS_SOURCES for code in _codes_in(path)},
        "service": integrators_services,
    }
    for group, names in groups.items():
        assert names, f"no {group} is found any more: mend this test"
        yield from (f"soap.{group}.{name}" for name in names)


def _noted_deviations() -> Iterator[str]:
    """The codes that the readers note, and those that the door appends to an exchange itself."""
    for path in SOAP.rglob("*.py"):
        yield from _first_literals(path, "note")
    for node in ast.walk(_parse(SOAP / "strictness.py")):
        if isinstance(node, ast.Call) and _called_name(node) == "append":
            (pair,) = node.args
            assert isinstance(pair, ast.Tuple)
            yield _text_of(pair.elts[0])


def _first_literals(path: Path, name: str) -> Iterator[str]:
    """The first argument of each call of ``name``, which must be written out."""
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Call) and _called_name(node) == name:
            yield _text_of(node.args[0])


def _codes_in(path: Path) -> Iterator[str]:
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            yield node.value


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _called_name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _text_of(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), "write the name of a behaviour out"
    assert isinstance(node.value, str)
    return node.value


def _gateway_paths() -> Iterator[str]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield from (f"shep_gateway {method} {route.path}" for method in route.methods or ())


def _own_paths() -> Iterator[str]:
    """The paths of the systems behind the gateway, without those that every system has."""
    paths = {system: set(_documented_paths(system)) for system in OWN_PATHS}
    of_every_system = set.intersection(*paths.values())
    assert "GET /healthz" in of_every_system
    for system in OWN_PATHS:
        yield from (f"{system} {path}" for path in paths[system] - of_every_system)


def _signing_paths() -> Iterator[str]:
    for tag in ("ncanode", "sigex"):
        yield from (f"is_nuc {path}" for path in _documented_paths("is_nuc", tag=tag))


def _documented_paths(system: str, tag: str | None = None) -> Iterator[str]:
    document = json.loads((DOCUMENTS / f"{system}.json").read_text(encoding="utf-8"))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if tag is None or tag in operation["tags"]:
                yield f"{method.upper()} {path}"
