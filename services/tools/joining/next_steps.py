"""What a new participant does first: one line for the REST door, the address of the SOAP door."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from shared.bus.carriers.topology import own_exchange
from shared.client.operator import OperatorClient
from shared.client.participants import JoinedParticipant, JoiningOrder, Operators
from shared.contracts.population import make_population
from shared.contracts.registers import PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE, PersonQuery

FIRST_SERVICES = (PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE)
"""What a participant may ask where nobody says otherwise: who holds an ИИН, by REST and by SOAP."""
SYNC_CHANNEL = "/bip-sync-wss-gost/"
WAIT_SECONDS = 10
STRANGER = "stranger"
"""The address of the system that the demo lets in."""


def compose_first_call(gateway_url: str, token: str, iin: str) -> str:
    """The first call as one line of a shell: ask НР ИИН who holds a number, and wait for the answer."""
    content = {"contract": PersonQuery.contract, "data": PersonQuery(iin=iin).model_dump(by_alias=True)}
    body = json.dumps({"service_id": PERSON_SERVICE, "content": content})
    url = f"{gateway_url}/api/v1/messages?wait={WAIT_SECONDS}"
    return shlex.join(("curl", "-s", "-H", f"Authorization: Bearer {token}", "--json", body, url))


def choose_person(seed: int, size: int) -> str:
    """The ИИН of a living person of the population."""
    return next(person.iin for person in make_population(seed, size) if person.is_alive)


async def let_stranger_in(nuc: OperatorClient, gateway: OperatorClient, gateway_url: str, iin: str) -> str:
    """The first call of a stranger, as one line: the operators let a system in that may ask НР ИИН."""
    order = JoiningOrder(STRANGER, STRANGER, asks=FIRST_SERVICES)
    async with nuc, gateway:
        token = await Operators(nuc, gateway).fetch_token(order)
    return compose_first_call(gateway_url, token, iin)


@dataclass(frozen=True)
class JoiningReport:
    """What ``join`` shows, once: the secrets are stored nowhere else but in the files."""

    participant: JoinedParticipant
    password: str
    files: dict[str, Path]
    gateway_url: str
    first_call: str | None
    """None when the participant may not ask НР ИИН."""
    definitions: Path | None = None
    """The definitions that the operator of a broker of others imports."""

    def compose_facts(self) -> dict[str, Any]:
        """The report for a program."""
        return {
            "address": self.participant.address,
            "token": self.participant.token,
            "password": self.password,
            "valid_until": self.participant.certificate.not_valid_after_utc.isoformat(),
            "files": {name: str(path) for name, path in self.files.items()},
            "rest": f"{self.gateway_url}/api/v1/messages",
            "soap": f"{self.gateway_url}{SYNC_CHANNEL}",
            "first_call": self.first_call,
            **self._queue_facts(),
        }

    def _queue_facts(self) -> dict[str, Any]:
        """The queue, the exchange and the user's address of the broker; empty for a participant with a mailbox."""
        address, url = self.participant.address, self.participant.amqp_url
        if url is None:
            return {}
        definitions = {} if self.definitions is None else {"definitions": str(self.definitions)}
        return {"amqp_url": url, "queue": address, "exchange": own_exchange(address), **definitions}

    def print_to(self, console: Console) -> None:
        """Print the report for people; a line that is to be copied is not broken."""
        facts = self.compose_facts()
        lines = [
            f"{facts['address']} is a participant of ШЭП. Password and token are shown only here.",
            f"  password of the .p12   {facts['password']}",
            f"  token                  {facts['token']}",
            *(f"  {name:<22} {path}" for name, path in facts["files"].items()),
            f"  REST                   {facts['rest']}",
            f"  SOAP                   {facts['soap']}",
        ]
        names = {"amqp_url": "AMQP", "queue": "queue", "exchange": "publishes through"}
        lines += [f"  {title:<22} {facts[name]}" for name, title in names.items() if name in facts]
        if "definitions" in facts:
            lines += ["The broker's operator makes the account:"]
            lines += [f"rabbitmqctl import_definitions {self.definitions}"]
        if self.first_call is not None:
            lines += ["The first call:", self.first_call]
        for line in lines:
            console.print(line, soft_wrap=True, markup=False, highlight=False)
