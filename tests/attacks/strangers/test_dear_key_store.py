"""Threat: a stranger sends НУЦ's signing server key stores that cost minutes of work.

The size of each file is within the limit; the costly parts are inside: RSA keys whose primes a library would
prove, one after the other, and passwords of many iterations. Other callers must get their answers meanwhile.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from functools import cache

import pytest
import pytest_asyncio
from asn1crypto import cms, pkcs12
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.is_nuc.ncanode.keystore import MOST_KEYS
from tests.journeys.kit import RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 1.0
"""How long another caller waits at most for an answer, in seconds."""
SIGNERS = 16


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    folder = tmp_path_factory.mktemp("nuc")
    async with running(
        folder, names=("is_nuc",), environment={"EGOV_MAX_MESSAGE_BYTES": str(16 * 1024 * 1024)}
    ) as made:
        yield made


@cache
def long_key() -> bytes:
    """A true RSA key of 4096 bits: the proof of its primes takes half a second."""
    key = rsa.generate_private_key(65537, 4096)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def key_store(*bags: dict[str, object]) -> str:
    """PKCS #12 of these bags without a MAC, in base64."""
    contents = pkcs12.SafeContents(list(bags)).dump()
    safe = pkcs12.AuthenticatedSafe([cms.ContentInfo({"content_type": "data", "content": contents})]).dump()
    whole = pkcs12.Pfx({"version": "v3", "auth_safe": {"content_type": "data", "content": safe}}).dump()
    return base64.b64encode(whole).decode()


def many_keys(count: int) -> str:
    return key_store(*[{"bag_id": "key_bag", "bag_value": asn1_keys.PrivateKeyInfo.load(long_key())}] * count)


def many_iterations() -> str:
    """A key under as many iterations as one file may ask for."""
    parameters = {"salt": b"12345678", "iterations": 300_000}
    algorithm = {"algorithm": "pkcs12_sha1_tripledes_3key", "parameters": parameters}
    shrouded = {"encryption_algorithm": algorithm, "encrypted_data": b"\0" * 16}
    return key_store(
        {"bag_id": "pkcs8_shrouded_key_bag", "bag_value": asn1_keys.EncryptedPrivateKeyInfo(shrouded)}
    )


STORES = {
    "as many keys as fit into a file": lambda: many_keys(24),
    "as many keys as a file may have": lambda: many_keys(MOST_KEYS),
    "as many iterations as a file may ask for": many_iterations,
}


async def test_dear_key_stores_hold_nobody_up(nuc: RunningCountry) -> None:
    cheap = {"keys": [{"key": "MAA=", "password": "x"}]}
    await nuc.answer("is_nuc", "POST", "/pkcs12/aliases", json=cheap)  # the worker process has started
    for name, make_store in STORES.items():
        file = make_store()
        assert len(file) < 100_000
        keys = [{"key": file, "password": "x"}] * SIGNERS
        attack = asyncio.create_task(nuc.answer("is_nuc", "POST", "/pkcs12/aliases", json={"keys": keys}))
        begin, slowest = time.monotonic(), 0.0
        while not attack.done():
            asked = time.monotonic()
            assert (await nuc.answer("is_nuc", "GET", "/api/v1/authorities")).status_code == 200
            slowest = max(slowest, time.monotonic() - asked)
            await asyncio.sleep(0.01)
        assert slowest < PATIENCE, name
        assert time.monotonic() - begin < 5, name
        assert (await attack).json()["message"].startswith("signers[0]: Key reading error")
