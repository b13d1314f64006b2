"""Opaque data from one system to another: ШЭП relays a message whose contents neither it nor a register reads."""

from __future__ import annotations

import asyncio
import json
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.tools.load.connections import ConnectionPool, write_request
from services.tools.load.generator import CallFailed
from services.tools.load.sending.door_calls import MESSAGES, problem_code
from shared.bus.http.tls import server_check
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.client.participant import ParticipantClient
from shared.client.participants import JoinedParticipant, JoiningOrder, Operators
from shared.pki.certificates.keys import new_ec_key

CONTRACT = "opaque/1"
DATA_BYTES = 1536
"""2 kB in base64, the size of a message of this bus without attachments."""
LONGEST_PAUSE = 0.5


@dataclass
class RelayedMessages:
    """Messages of one participant to another; a call ends when the recipient has confirmed its message."""

    pool: ConnectionPool
    service: str
    sender: JoinedParticipant
    recipient: JoinedParticipant
    _waiting: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    """By message, the call that waits until the recipient has it."""
    _tasks: SupervisedTasks = field(default_factory=SupervisedTasks)

    async def send(self, number: int) -> None:
        message_id = secrets.token_hex(16)
        arrived = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        content = {"contract": CONTRACT, "data": {"bytes": b64encode(secrets.token_bytes(DATA_BYTES)).decode()}}
        message = {"service_id": self.service, "message_id": message_id, "content": content}
        try:
            await self._call(self.sender, "POST", MESSAGES, message)
            await arrived
        finally:
            self._waiting.pop(message_id, None)

    async def follow(self) -> None:
        """Confirm what comes for the recipient, as it comes."""
        async with ParticipantClient(self.pool.url, token=self.recipient.token) as mailbox:
            async for mail in mailbox.follow_messages():
                self._tasks.run_once("load.confirm", self._confirm(mail["message_id"]))

    async def stop(self) -> None:
        """End what is still being confirmed."""
        await self._tasks.stop()

    async def _confirm(self, message_id: str) -> None:
        waiting = self._waiting.get(message_id)
        try:
            await self._call(self.recipient, "PUT", f"{MESSAGES}/{message_id}/delivery", {"status": "accepted"})
        except (CallFailed, OSError) as fault:
            if waiting is not None and not waiting.done():
                waiting.set_exception(fault)
            return
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _call(self, caller: JoinedParticipant, method: str, path: str, content: object) -> None:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {caller.token}"}
        body = json.dumps(content).encode()
        answer = await self.pool.call(write_request(method, self.pool.url, path, headers, body))
        if answer.status >= 300:
            raise CallFailed(problem_code(answer))


@asynccontextmanager
async def open_relay(gateway_url: str, operators: Operators) -> AsyncIterator[RelayedMessages]:
    """Two participants and a service of their own between them, for the time of the block; nothing stays."""
    name = f"load-{secrets.token_hex(4)}"
    service = f"{name}-relay"
    orders = [JoiningOrder(f"{name}-{side}", "egov-bus load") for side in ("sender", "recipient")]
    pool, tasks, joined = ConnectionPool(gateway_url, server_check(gateway_url)), SupervisedTasks(), []
    try:
        for order in orders:
            joined.append(await operators.join(order, new_ec_key()))
        sender, recipient = joined
        entry = {"service_id": service, "message_type": "REQUEST"}
        await operators.gateway.post("/api/v1/routes", {**entry, "recipient": recipient.address})
        await operators.gateway.post("/api/v1/rights", {**entry, "sender": sender.address})
        relay = RelayedMessages(pool, service, sender, recipient)
        tasks.keep_running("load.follow", relay.follow)
        try:
            yield relay
        finally:
            await relay.stop()
    finally:
        await tasks.stop()
        await pool.close()
        for participant in joined:
            await operators.leave(participant.address)
