"""Any input on any route: an answer in NCANode's form, no internal error, no secret in the log."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asn1crypto import core, parser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.launcher.ports import random_offset
from tests.journeys.kit import MOST_BYTES
from tests.services.is_nuc.ncanode.ncanode_kit import DATA, PASSWORD, Signing, b64, signing

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

ROUTES = (
    "/cms/sign",
    "/cms/sign/add",
    "/cms/verify",
    "/cms/extract",
    "/xml/sign",
    "/xml/verify",
    "/wsse/sign",
    "/wsse/verify",
    "/pkcs12/info",
    "/pkcs12/aliases",
    "/x509/info",
    "/x509/sign",
    "/x509/verify",
    "/tsp/create",
)
FIELDS = (
    *("xml", "cms", "data", "signers", "keys", "certs", "key", "password", "keyAlias", "signer", "certificate"),
    *("signature", "withTsp", "tsaPolicy", "detached", "revocationCheck", "clearSignatures", "trimXml"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signing]:
    async with signing(tmp_path_factory.mktemp("bad")) as made:
        yield made


def whole_requests(server: Signing, cms: str, xml: str) -> dict[str, dict[str, Any]]:
    """A valid request for each route."""
    signer, certificate = server.signers()[0], server.read("0.crt").decode()
    signed = {"data": b64(DATA), "signers": [signer], "withTsp": True}
    return {
        "/cms/sign": signed,
        "/cms/sign/add": {"cms": cms, **signed},
        "/cms/verify": {"cms": cms, "revocationCheck": ["OCSP"]},
        "/cms/extract": {"cms": cms},
        "/xml/sign": {"xml": "<a/>", "signers": [signer]},
        "/xml/verify": {"xml": xml},
        "/wsse/sign": {"xml": xml, **signer},
        "/wsse/verify": {"xml": xml},
        "/pkcs12/info": {"keys": [signer]},
        "/pkcs12/aliases": {"keys": [signer]},
        "/x509/info": {"certs": [certificate]},
        "/x509/sign": {"data": "text", "signer": signer},
        "/x509/verify": {"data": "text", "certificate": certificate, "signature": b64(b"0")},
        "/tsp/create": {"xml": "text"},
    }


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=60).map(b64),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)


def is_in_order(answer: httpx.Response) -> bool:
    told = answer.json()
    is_refusal = 400 <= answer.status_code < 500 and set(told) == {"status", "message"} and told["message"]
    return bool(told["status"] == answer.status_code and (answer.status_code == 200 or is_refusal))


async def test_ncanode_answers_junk_in_form_on_every_route(server: Signing) -> None:
    url = server.country.url("is_nuc")
    cms = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers())
    xml = await server.ask("/xml/sign", xml="<a/>", signers=server.signers())
    whole = whole_requests(server, cms["cms"], xml["xml"])
    assert set(whole) == set(ROUTES)

    def throw() -> None:
        with httpx.Client(base_url=url, timeout=30) as client:

            @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
            @given(st.sampled_from(ROUTES), st.dictionaries(st.sampled_from(FIELDS), JUNK, max_size=3), st.data())
            def thrown(route: str, junk: dict[str, Any], data: st.DataObject) -> None:
                body = {**whole[route], **junk} if data.draw(st.booleans()) else junk
                assert is_in_order(client.post(route, json=body)), (route, junk)

            thrown()

    await asyncio.to_thread(throw)


async def test_ncanode_answers_damaged_signatures_certificates_and_keys_in_form(server: Signing) -> None:
    url = server.country.url("is_nuc")
    made = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers(), withTsp=True)
    fields = {
        ("/cms/verify", "cms"): made["cms"],
        ("/cms/extract", "cms"): made["cms"],
        ("/x509/info", "certs"): "".join(server.read("0.crt").decode().split("\n")[1:-2]),
        ("/pkcs12/info", "key"): server.signers()[0]["key"],
    }

    def throw() -> None:
        with httpx.Client(base_url=url, timeout=30) as client:

            @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
            @given(st.sampled_from(list(fields)), st.integers(0, 8000), st.text("AQgwZ/+9=", max_size=6))
            def thrown(where: tuple[str, str], at: int, change: str) -> None:
                (route, name), text = where, fields[where]
                at %= len(text)
                damaged = text[:at] + change + text[at + len(change) :] if change else text[:at]
                body = {"certs": [damaged]} if name == "certs" else {name: damaged}
                body = {"keys": [{"key": damaged, "password": PASSWORD}]} if name == "key" else body
                assert is_in_order(client.post(route, json=body)), (route, at, change)

            thrown()

    await asyncio.to_thread(throw)


async def test_ncanode_tells_in_form_what_is_no_json_too_long_or_asked_otherwise(server: Signing) -> None:
    for method, path, content, status in (
        ("POST", "/cms/sign", b"{", 400),
        ("POST", "/cms/sign", b"", 400),
        ("POST", "/cms/sign", b"[" * 100_000, 400),
        ("POST", "/cms/verify", b" " * (MOST_BYTES + 1), 413),
        ("GET", "/xml/sign", b"", 405),
        ("POST", "/cms/unknown", b"{}", 404),
    ):
        answer = await server.country.answer("is_nuc", method, path, content=content)
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert set(answer.json()) == {"status", "message"}


async def test_ncanode_health_answers_no_more_than_is_asked(server: Signing) -> None:
    answer = await server.country.answer("is_nuc", "GET", "/actuator/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "UP"})


async def test_nuc_tells_errors_on_its_other_paths_as_before(server: Signing) -> None:
    answer = await server.country.answer("is_nuc", "GET", "/api/v1/certificates/unknown")
    assert (answer.status_code, answer.json()["code"]) == (404, "certificate-unknown")


async def test_ncanode_refuses_deeply_nested_signatures_in_a_moment(server: Signing) -> None:
    for bomb in (b"\x30\x80" * 100_000, b"\x24\x80" * 100_000, b"\xa0\x80" * 100_000, b"\x30\x84\x7f\xff\xff\xff"):
        begin = time.process_time()  # the system runs in this process; others may take the machine's time
        for path in ("/cms/verify", "/cms/extract"):
            assert await server.refused(path, cms=b64(bomb))
        assert await server.refused("/cms/sign/add", cms=b64(bomb), signers=server.signers())
        assert time.process_time() - begin < 5


def crowded(part: str, count: int) -> bytes:
    """A CMS with very many empty elements in one of its sets."""
    crowd = b"\x30\x00" * count
    tag = {"certificates": 0xA0, "digest_algorithms": 0x31, "signer_infos": 0x31}[part]
    crowd = parser.emit(tag >> 6, 1, tag & 0x1F, crowd)
    kept = {name: parser.emit(0, 1, 17, b"") for name in ("digest_algorithms", "signer_infos")} | {part: crowd}
    content = parser.emit(0, 1, 16, core.ObjectIdentifier("1.2.840.113549.1.7.1").dump())
    ordered = (kept["digest_algorithms"], content, kept.get("certificates", b""), kept["signer_infos"])
    signed = parser.emit(0, 1, 16, core.Integer(1).dump() + b"".join(ordered))
    outer = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump() + parser.emit(2, 1, 0, signed)
    return bytes(parser.emit(0, 1, 16, outer))


@pytest.mark.parametrize("part", ["certificates", "digest_algorithms", "signer_infos"])
async def test_ncanode_refuses_a_crowd_in_a_signature_before_looking_at_anybody(
    server: Signing, part: str
) -> None:
    assert (await server.ask("/cms/verify", cms=b64(crowded(part, 0))))["valid"] is False
    begin = time.process_time()
    assert "too many" in await server.refused("/cms/verify", cms=b64(crowded(part, 350_000)))
    assert time.process_time() - begin < 5


async def test_ncanode_logs_no_key_and_no_password(server: Signing, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = {**server.signers()[0], "password": "a-secret-password"}
    await server.refused("/cms/sign", data=b64(DATA), signers=[secret])
    await server.refused("/cms/sign", data=1, signers=[secret])
    said = await server.refused("/x509/sign", data=[], signer={**secret, "password": ["a-secret-password"]})
    await server.ask("/cms/sign", data=b64(DATA), signers=server.signers())
    assert "a-secret-password" not in caplog.text + said
    assert server.signers()[0]["key"][:200] not in caplog.text


async def test_ncanode_is_absent_from_a_centre_that_lends_no_signing_server(tmp_path: Path) -> None:
    async with signing(tmp_path, EGOV_NCANODE="false") as closed:
        for path in ROUTES:
            status, told = await closed.answer(path, {})
            assert (status, told) == (404, {"status": 404, "message": "there is no NCANode here"})
        health = await closed.country.answer("is_nuc", "GET", "/actuator/health")
        assert health.status_code == 404


async def test_ncanode_listens_on_its_own_port_too_when_that_is_asked(tmp_path: Path) -> None:
    port = 8007 + random_offset() + 9
    async with signing(tmp_path, EGOV_NCANODE_PORT=str(port)) as known, httpx.AsyncClient() as client:
        told = await client.get(f"http://127.0.0.1:{port}/actuator/health")
        assert told.json() == {"status": "UP"}
        body = {"data": b64(DATA), "signers": known.signers()}
        signed = await client.post(f"http://127.0.0.1:{port}/cms/sign", json=body)
        assert signed.json()["message"] == "OK"
