"""The WebSocket: TLS by our root, origins of pages, requests that are too long, a taken port."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from services.is_nuc.authority.local_tls import issue_local_tls
from services.tools.ncalayer import key_setup
from services.tools.ncalayer.server import ListenOptions, serve_device
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Unavailable
from shared.client.certification import CertificationClient
from shared.pki.certificates import keys
from shared.pki.certificates.chain import TrustAnchors
from tests.journeys.kit import RunningCountry
from tests.ncalayer.conftest import Signer
from tests.ncalayer.desk_kit import COMMON, Heard, desk, page, trusting
from tests.pki.pki_centre import NOW, centre, make_centre, pem

pytestmark = pytest.mark.thorough

SITE = "https://portal.example.kz"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_tls_lets_a_page_that_trusts_our_root_reach_the_signer(signer: Signer, host: str) -> None:
    context = ssl.create_default_context(cafile=signer.root)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.hostname_checks_common_name = False
    assert signer.url.startswith("wss://127.0.0.1:")
    async with connect(signer.url.replace("127.0.0.1", host), ssl=context, proxy=None) as socket:
        assert json.loads(await socket.recv()) == {"result": {"version": "1.4"}}


@pytest.mark.asyncio(loop_scope="session")
async def test_tls_does_not_let_a_page_that_trusts_another_root(signer: Signer) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        async with connect(signer.url, ssl=trusting(make_centre().root), proxy=None):
            pass


@pytest.mark.asyncio(loop_scope="session")
async def test_tls_certificate_is_kept_while_valid_and_made_anew_for_another_nuc(
    nuc: RunningCountry, signer: Signer, tmp_path: Path
) -> None:
    clock, silent = SystemClock(), CertificationClient("http://127.0.0.1:9")
    async with CertificationClient(nuc.url("is_nuc")) as counter:
        with pytest.raises(Unavailable):
            await key_setup.open_local_tls(tmp_path, silent, await key_setup.ask_anchors(silent), clock)
        await key_setup.open_local_tls(tmp_path, counter, signer.anchors, clock)
        first = (tmp_path / "tls.crt").read_bytes()
        await key_setup.open_local_tls(tmp_path, silent, await key_setup.ask_anchors(silent), clock)
        await key_setup.open_local_tls(tmp_path, counter, signer.anchors, clock)
        assert (tmp_path / "tls.crt").read_bytes() == first
        assert (tmp_path / "tls.key").stat().st_mode & 0o777 == 0o600
        other = make_centre()
        await key_setup.open_local_tls(tmp_path, counter, TrustAnchors((other.root,), (other.issuing,)), clock)
    await silent.close()
    assert (tmp_path / "tls.crt").read_bytes() != first
    assert (tmp_path / "root.crt").read_bytes() == pem(other.root)


def test_tls_certificate_of_the_signer_is_for_this_machine_and_nothing_else() -> None:
    key = keys.new_ec_key()
    made = issue_local_tls(centre().issuing_key, centre().issuing, key.public_key(), NOW)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    usages = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [one.dotted_string for one in usages] == ["1.3.6.1.5.5.7.3.1"]
    assert (made.not_valid_after_utc - made.not_valid_before_utc).days <= 398
    made.verify_directly_issued_by(centre().issuing)


async def test_origins_of_the_named_sites_alone_are_let_in() -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with page(origins=[SITE], origin="https://elsewhere.example.kz"):
            pass
    assert caught.value.response.status_code == 403
    for origin in (SITE, None):
        async with page(origins=[SITE], origin=origin) as one:
            assert (await one.common("getActiveTokens"))["code"] == "200"


async def test_watcher_hears_of_each_request_and_its_page() -> None:
    heard = Heard()
    async with page(origin=SITE, heard=heard) as one:
        await one.common("getKeyInfo", "PKCS12")
        await one.common("createCAdESFromBase64", "PKCS12", "SIGNATURE", "MTEK", True)
        await one.common("createCAdESFromBase64", "JKS", "SIGNATURE", "MTEK", True)
        await one.say("{")
    assert [origin for origin, _ in heard.told] == [SITE] * 4
    assert [handled.outcome for _, handled in heard.told] == ["done", "done", "ncalayer-key", "ncalayer-request"]
    (signed,) = heard.told[1][1].session.signed
    assert (signed.kind, signed.size, len(signed.digest)) == ("cms", 3, 64)


async def test_request_that_is_too_long_is_answered_and_the_connection_stays() -> None:
    async with page(most_bytes=10_000) as one:
        told = await one.say("x" * 10_001)
        assert told == {"code": "500", "message": "ncalayer-too-long: a request has 10000 bytes at most"}
        assert (await one.common("getActiveTokens"))["code"] == "200"


async def test_request_in_many_frames_is_not_gathered_beyond_the_limit() -> None:
    def frames() -> Iterator[str]:
        yield from ("x" * 5_000 for _ in range(400))

    async with page(most_bytes=10_000) as one:
        await one.socket.send(frames())
        assert json.loads(await one.socket.recv())["message"].startswith("ncalayer-too-long: ")
        assert (await one.common("getActiveTokens"))["code"] == "200"


async def test_frame_of_more_than_twice_the_limit_ends_the_connection() -> None:
    async with page(most_bytes=10_000) as one:
        with pytest.raises(ConnectionClosedError) as caught:
            await one.say("x" * 20_001)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009


async def test_pages_are_served_beside_each_other() -> None:
    served = desk()
    async with serve_device(served, ListenOptions(port=0)) as url:

        async def visit() -> int:
            async with connect(url, proxy=None) as socket:
                await socket.recv()
                for _ in range(5):
                    request = {"module": COMMON, "method": "createCAdESFromBase64"}
                    await socket.send(json.dumps({**request, "args": ["PKCS12", "SIGNATURE", "MTEK", True]}))
                    assert json.loads(await socket.recv())["code"] == "200"
            return 5

        assert sum(await asyncio.gather(*(visit() for _ in range(20)))) == 100


async def test_port_that_is_taken_is_named_with_the_option_that_helps() -> None:
    async with serve_device(desk(), ListenOptions(port=0)) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(Unavailable, match="--port") as caught:
            async with serve_device(desk(), ListenOptions(port=port)):
                pass
    assert caught.value.code == "port-taken"
