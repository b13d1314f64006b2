"""Five stacks that share nothing with the kit's own readers: right ones, which the kit must blame for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from services.tools.conformance.judging import ConformanceOutcome
from services.tools.conformance.kit_keys import KitKeys
from services.tools.conformance.listening import listen, serve_nothing, with_certificates
from services.tools.conformance.live_run import write_key_files
from services.tools.conformance.roles.role_list import load_roles
from services.tools.conformance.roles.samples import find_person, list_people
from services.tools.conformance.roles.soap.push_caller import ServedTarget
from services.tools.conformance.run import ConformanceReport, ConformanceRun
from shared.bus.carriers.amqp import AmqpTransport
from tests.conformance.playing import ADDRESS, fresh_keys
from tests.conformance.stacks import bare_aio_pika, openssl_phone_server, plain_endpoint, plain_rest, zeep_client
from tests.docs_commands import ROOT
from tests.servers import RabbitServer

WSDL = ROOT / "shared" / "contracts" / "published" / "channels" / "sync.wsdl"


def blame(report: ConformanceReport) -> dict[str, object]:
    """What the kit holds against a participant, advice included."""
    good = (ConformanceOutcome.PASS, ConformanceOutcome.OMIT)
    return {one.requirement.id: (one.outcome, one.faults[:1]) for one in report.results if one.outcome not in good}


def own_key(keys: KitKeys) -> rsa.RSAPrivateKey:
    assert isinstance(keys.participant.key, rsa.RSAPrivateKey)
    return keys.participant.key


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def play_against(role: str, url: str, keys: KitKeys) -> ConformanceReport:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return await ConformanceRun(load_roles()[role], keys, 30).play(ServedTarget(client, url))


async def test_rest_participant_in_python_alone_is_blamed_for_nothing() -> None:
    run = ConformanceRun(load_roles()["rest"], fresh_keys(), 30)
    assert run.app is not None
    iins = [person.iin for person in list_people()[:3]]
    async with listen(run.app, "127.0.0.1", 0) as url:
        playing = asyncio.create_task(run.play())
        await asyncio.to_thread(plain_rest.take_part, url, run.keys.token, iins)
        run.finish()
        assert blame(await playing) == {}


@pytest.mark.thorough
async def test_client_over_zeep_and_xmlsec_is_blamed_for_nothing(tmp_path: Path) -> None:
    role = load_roles()["sync"]
    run = ConformanceRun(role, fresh_keys(), 30)
    assert run.app is not None
    keys = write_key_files(run.keys, tmp_path)
    async with listen(run.app, "127.0.0.1", 0) as url:
        playing = asyncio.create_task(run.play())
        files = (WSDL, keys / f"{ADDRESS}.pem", tmp_path)
        asked = await asyncio.to_thread(
            zeep_client.take_part, url + role.path, *files, ADDRESS, list_people()[0].iin
        )
        run.finish()
        assert blame(await playing) == {}
    assert asked == 1


async def test_endpoint_over_http_server_and_written_out_signatures_is_blamed_for_nothing() -> None:
    keys = fresh_keys()
    endpoint = plain_endpoint.PlainEndpoint(own_key(keys), keys.participant.certificate, keys.centre.issuing)
    with serving(plain_endpoint.make_server(endpoint)) as url:
        assert blame(await play_against("push", url, keys)) == {}


@pytest.mark.thorough
async def test_phone_server_over_openssl_is_blamed_for_nothing(tmp_path: Path) -> None:
    keys = fresh_keys()
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(
        b"".join(one.public_bytes(Encoding.PEM) for one in (keys.centre.root, keys.centre.issuing))
    )
    session = openssl_phone_server.OpensslSession(trusted, tmp_path)
    with serving(openssl_phone_server.make_server(session)) as url:
        assert blame(await play_against("phone", f"{url}mgovSign?id=17", keys)) == {}


@pytest.mark.servers
async def test_register_over_aio_pika_alone_is_blamed_for_nothing(common_broker: RabbitServer) -> None:
    keys, amqp_url = fresh_keys(), common_broker.spare_url()
    run = ConformanceRun(load_roles()["amqp"], keys, 30)
    transport = AmqpTransport(amqp_url, "conformance")
    async with listen(with_certificates(serve_nothing, keys), "127.0.0.1", 0) as nuc:
        register = bare_aio_pika.BareRegister(
            ADDRESS, own_key(keys), keys.participant.certificate, nuc, keys.centre.issuing
        )
        register.people = {one.iin: find_person(one.iin)["person"] for one in list_people()}
        is_ready, is_over = Event(), Event()
        living = Thread(target=asyncio.run, args=(register.serve(amqp_url, is_ready, is_over),))
        living.start()
        try:
            assert await asyncio.to_thread(is_ready.wait, 30)
            await transport.open()
            assert blame(await run.play(transport)) == {}
        finally:
            await transport.close()
            is_over.set()
            await asyncio.to_thread(living.join)
