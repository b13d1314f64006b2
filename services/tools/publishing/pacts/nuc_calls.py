"""What every system calls at НУЦ over HTTP, as interactions of Pact."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from shared.pki.cms import tsp
from shared.pki.verification.revocation_inquiry import CRL_PATH, OCSP_PATH, OCSP_REQUEST

Json = dict[str, Any]
REGISTERED = "the system's certificate is in the register"
INVITED = "the system is invited and has made a request for its key"
"""The states of the provider that interactions need, each with its values."""
PEM = r"^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$"
_SOME_PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
_UNKNOWN = b64encode(hashlib.sha256(b"").digest(), altchars=b"-_").decode().rstrip("=")
STAMP_REQUEST, STAMP_ANSWER, OCSP_ANSWER = (
    "application/timestamp-query",
    "application/timestamp-reply",
    "application/ocsp-response",
)


def make_nuc_interactions() -> list[Json]:
    """The interactions of one system with НУЦ, in the order of its life."""
    return [
        _enrol(),
        _download("the root certificate", "/root.crt", "application/pkix-cert"),
        _download("the issuing certificate", "/issuing.crt", "application/pkix-cert"),
        _find_certificate(),
        _miss_certificate(),
        _download("the revocation list", CRL_PATH, "application/pkix-crl"),
        _ask(
            "an OCSP question about nobody's certificate",
            OCSP_PATH,
            OCSP_REQUEST,
            _ask_about_nobody(),
            OCSP_ANSWER,
        ),
        _ask("a time-stamp", "/tsp", STAMP_REQUEST, tsp.make_request(b"a signature", 1), STAMP_ANSWER),
    ]


def _ask_about_nobody() -> bytes:
    """The question about a certificate of an issuer that is no authority."""
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(bytes(32), bytes(32), 1, hashes.SHA256())
    return builder.build().public_bytes(Encoding.DER)


def _interaction(description: str, request: Json, response: Json, state: str | None = None) -> Json:
    states = {} if state is None else {"providerStates": [{"name": state}]}
    kind = {"type": "Synchronous/HTTP", "description": description}
    return {**kind, **states, "request": request, "response": response}


def _enrol() -> Json:
    values = {name: f"from the state: {name}" for name in ("address", "token", "csr")}
    told = {"certificate": _SOME_PEM, "issuing": _SOME_PEM}
    request = {
        "method": "POST",
        "path": "/api/v1/systems",
        "headers": {"Content-Type": ["application/json"]},
        "body": _json_body(values),
        "generators": {
            "body": {f"$.{name}": {"type": "ProviderState", "expression": f"${{{name}}}"} for name in values}
        },
    }
    rules = {f"$.{name}": _match("regex", regex=PEM) for name in told}
    response = {"status": 201, "body": _json_body(told), "matchingRules": {"body": rules}}
    return _interaction("a system's enrolment", request, response, INVITED)


def _find_certificate() -> Json:
    path = {"type": "ProviderState", "expression": "/api/v1/certificates/${thumbprint}"}
    request = {"method": "GET", "path": f"/api/v1/certificates/{_UNKNOWN}", "generators": {"path": path}}
    body = {"content": _SOME_PEM, "contentType": "application/x-pem-file", "encoded": False}
    response = {"status": 200, "body": body, "matchingRules": {"body": {"$": _match("regex", regex=PEM)}}}
    return _interaction("a certificate by its thumbprint", request, response, REGISTERED)


def _miss_certificate() -> Json:
    request = {"method": "GET", "path": f"/api/v1/certificates/{_UNKNOWN}"}
    return _interaction("a certificate that was never issued", request, {"status": 404})


def _download(what: str, path: str, kind: str) -> Json:
    return _interaction(
        what, {"method": "GET", "path": path}, {"status": 200, "headers": {"Content-Type": [kind]}}
    )


def _ask(what: str, path: str, kind: str, question: bytes, answer_kind: str) -> Json:
    body = {"content": b64encode(question).decode(), "contentType": kind, "encoded": "base64"}
    request = {"method": "POST", "path": path, "headers": {"Content-Type": [kind]}, "body": body}
    return _interaction(what, request, {"status": 200, "headers": {"Content-Type": [answer_kind]}})


def _json_body(content: Json) -> Json:
    return {"content": content, "contentType": "application/json", "encoded": False}


def _match(rule: str, **parts: str) -> Json:
    return {"combine": "AND", "matchers": [{"match": rule, **parts}]}
