"""Files of ten megabytes in parallel at real processes: bounded memory, and small questions stay quick."""

from __future__ import annotations

import asyncio
import os
import time
from base64 import b64encode
from pathlib import Path
from statistics import median

import httpx
import pytest

from shared.client import OperatorClient
from shared.client.participants import JoinedParticipant, JoiningOrder, Operators
from shared.contracts.registers import PERSON_SERVICE, TEMP_FILES_SERVICE
from shared.pki.certificates.keys import new_rsa_key
from shared.pki.xml.wsse import sign_body
from tests.country import Processes
from tests.journeys.integrators.calls import ENVELOPE
from tests.journeys.integrators.test_temp_files import upload, write_request
from tests.journeys.kit import LIVING
from tests.servers import environment

pytestmark = pytest.mark.servers

NAMES = ("is_nuc", "shep_gateway", "nr_iin", "temp_files")
FILES, FILE_BYTES = 12, 7 * 1024 * 1024
"""In base64 inside of an envelope: over nine megabytes on the wire."""
BUSY = b"<errorData>system-busy</errorData>"
"""What a door says that has no room: nothing has happened, and the sender sends once more."""
MOST_MEGABYTES = 500
SMALL_SECONDS = 2.0
"""A small question waits for one large message at most: far under the time of all of them."""


async def join(processes: Processes) -> JoinedParticipant:
    nuc, gateway = (
        OperatorClient.of_instance(processes.url(name), processes.folder, name)
        for name in ("is_nuc", "shep_gateway")
    )
    order = JoiningOrder("large-sender", "A sender of files", asks=[PERSON_SERVICE, TEMP_FILES_SERVICE])
    try:
        return await Operators(nuc, gateway).join(order, await asyncio.to_thread(new_rsa_key))
    finally:
        await nuc.close()
        await gateway.close()


def sign_upload(sender: JoinedParticipant) -> bytes:
    brought = upload(b64encode(os.urandom(FILE_BYTES)).decode(), name="large.bin")
    data = write_request("UPLOAD", f"<uploadRequest>{brought}</uploadRequest>")
    envelope = ENVELOPE.format(service=TEMP_FILES_SERVICE, sender=sender.address, data=data)
    return sign_body(envelope.encode(), sender.key, sender.certificate)


def peak_megabytes(processes: Processes) -> dict[str, int]:
    peaks = {}
    for name, process in processes.running.items():
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        (peak,) = (int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
        peaks[name] = peak
    return peaks


async def question_seconds(client: httpx.AsyncClient, asker: JoinedParticipant) -> float:
    content, began = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}, time.perf_counter()
    headers = {"Authorization": f"Bearer {asker.token}"}
    body = {"service_id": PERSON_SERVICE, "content": content}
    answer = await client.post("/api/v1/messages?wait=30", headers=headers, json=body)
    assert answer.json()["answer"] is not None, answer.text
    return time.perf_counter() - began


async def send_beside_questions(processes: Processes) -> tuple[list[bytes], list[float]]:
    """The answers to the files, and the seconds of the questions meanwhile."""
    sender = await join(processes)
    envelope = await asyncio.to_thread(sign_upload, sender)
    async with httpx.AsyncClient(base_url=processes.url("shep_gateway"), timeout=120) as client:

        async def send_file() -> bytes:
            headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
            answer = (await client.post("/bip-sync-wss-gost/", content=envelope, headers=headers)).content
            return await send_file() if BUSY in answer else answer

        files, waits = [asyncio.create_task(send_file()) for _ in range(FILES)], list[float]()
        while not all(task.done() for task in files):
            waits.append(await question_seconds(client, sender))
        return [await task for task in files], waits


def test_large_files_in_parallel_take_bounded_memory_and_hold_up_no_question(
    tmp_path: Path,
) -> None:
    with Processes(tmp_path, environment.setting("AMQP_URL") or "") as processes:
        processes.start(*NAMES)
        answers, waits = asyncio.run(send_beside_questions(processes))
        peaks = peak_megabytes(processes)
    assert [b"SCSS001" in answer for answer in answers] == [True] * FILES, [answer[-1000:] for answer in answers]
    assert max(peaks.values()) < MOST_MEGABYTES, peaks
    assert median(waits) < SMALL_SECONDS, waits
