"""Files of ten megabytes in parallel: each arrives as it was, and holds up no small question beside them."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from statistics import median

import pytest
import pytest_asyncio

from shared.contracts.registers import PERSON_SERVICE, TEMP_FILES_SERVICE
from shared.pki.xml.wsse import sign_body
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.integrators.calls import post, write_envelope
from tests.journeys.integrators.test_temp_files import fetch, texts, upload, write_request
from tests.journeys.kit import LIVING, RunningCountry, running

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.thorough]

FILES, MEGABYTE = 4, 1024 * 1024
FILE_BYTES = 7 * MEGABYTE
"""In base64 inside of an envelope: some ten megabytes on the wire."""
NAMES = ("is_nuc", "shep_gateway", "nr_iin", "temp_files")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def roomy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country with the usual limit of a message; the others of the tests have a low one."""
    limit = {"EGOV_MAX_MESSAGE_BYTES": str(16 * MEGABYTE)}
    async with running(tmp_path_factory.mktemp("roomy"), names=NAMES, environment=limit) as country:
        yield country


async def answer_seconds(country: RunningCountry, asker: JoinedSystem) -> float:
    content = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}
    body, began = {"service_id": PERSON_SERVICE, "content": content}, time.perf_counter()
    path = "/api/v1/messages?wait=30"
    answer = await country.answer("shep_gateway", "POST", path, headers=asker.headers, json=body)
    assert answer.json()["answer"] is not None, answer.text
    return time.perf_counter() - began


def sign_upload(sender: JoinedSystem, content: bytes) -> bytes:
    """A signed call that brings a file."""
    brought = upload(b64encode(content).decode(), name="large.bin")
    data = write_request("UPLOAD", f"<uploadRequest>{brought}</uploadRequest>")
    return sign_body(write_envelope(sender, TEMP_FILES_SERVICE, data), sender.key, sender.certificate)


async def test_files_of_ten_megabytes_in_parallel_arrive_whole_and_hold_up_nobody(roomy: RunningCountry) -> None:
    sender = await join(roomy, "large-sender", asks=[TEMP_FILES_SERVICE])
    asker = await join(roomy, "small-asker", asks=[PERSON_SERVICE])
    contents = [number.to_bytes(2) * (FILE_BYTES // 2) for number in range(FILES)]
    alone = await answer_seconds(roomy, asker)
    signed = [await asyncio.to_thread(sign_upload, sender, content) for content in contents]
    uploads = [asyncio.create_task(post(roomy, envelope)) for envelope in signed]
    waits = []
    while not all(task.done() for task in uploads):
        waits.append(await answer_seconds(roomy, asker))
    kept = [await task for task in uploads]
    assert {answer.code for answer in kept} == {"SCSS001"}
    for content, answer in zip(contents, kept, strict=True):
        (file_id,) = texts(answer, "fileIdentifier")
        (came,) = texts(await fetch(roomy, sender, file_id or ""), "content")
        assert sha256(b64encode(content)).digest() == sha256("".join((came or "").split()).encode()).digest()
    print(f"alone {alone:.2f} s, beside {FILES} large files {[round(wait, 2) for wait in waits]}")
    assert median(waits) < 2 * alone + 1, waits
