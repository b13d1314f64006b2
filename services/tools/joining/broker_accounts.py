"""The accounts of participants at RabbitMQ: made through its management API, or declared for its operator."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from services.tools.accounts.broker import VIRTUAL_HOST, make_joining_definitions, place_definitions
from services.tools.accounts.system_accounts import SystemAccount, make_accounts
from shared.bus.carriers.topology import dead_queue, own_exchange
from shared.bus.errors import Conflict, Malformed, Refused, Unavailable

if TYPE_CHECKING:  # the commands import the client late: `egov-bus --help` needs none
    import httpx

SECONDS = 20.0
AMQP_PORTS = (("amqp", "amqp", 5672), ("amqp/ssl", "amqps", 5671))
"""Of each listener: its name at RabbitMQ, the scheme of its URL, and the usual port."""


@dataclass(frozen=True)
class ManagedBroker:
    """A broker of ours: ``url`` is its management API with the administrator's user and password.

    ``amqp_url`` is the address at which the systems reach the broker, with their virtual host; by default the
    port is the one that the broker tells.
    """

    url: str = field(repr=False)
    amqp_url: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
            raise Malformed("broker-url", "the management API of RabbitMQ: http://USER:PASSWORD@HOST:15672")

    async def open_account(self, address: str, *, is_regional: bool) -> str:
        """Make user, queue and exchange by the definitions that a broker of others would import."""
        return await self._import_account(address, self._queue_paths(address), is_regional=is_regional)

    async def take_over_account(self, address: str, *, is_regional: bool) -> str:
        """Make a user for the queue of a system of the bus, which may be there already."""
        return await self._import_account(address, (), is_regional=is_regional)

    async def return_account(self, address: str) -> None:
        """Remove the user of a system of the bus; its queue stays, with what waits there."""
        async with self._client() as http:
            await self._call(http, "DELETE", f"users/{_in_path(address)}", missing=404)

    async def _import_account(self, address: str, vacant: Iterable[str], *, is_regional: bool) -> str:
        newcomer = SystemAccount(address, address, is_regional)
        definitions = place_definitions(make_joining_definitions(newcomer, make_accounts()), self._virtual_host)
        async with self._client() as http:
            for taken in (f"users/{_in_path(address)}", *vacant):
                if (await self._call(http, "GET", taken, missing=404)) is not None:
                    raise Conflict("broker-account-exists", f"the broker has an account or a queue {address}")
            overview = await self._call(http, "GET", "overview")
            try:
                await self._call(http, "POST", "definitions", json=definitions)
            except Refused:
                if vacant:
                    await self.close_account(address)  # what it took before it refused the rest
                raise
        return _give_user(self.amqp_url or self._compose_amqp_url(overview.get("listeners", ())), newcomer)

    async def close_account(self, address: str) -> None:
        """Remove the user first: this ends its connections, and nobody reads the queue any more."""
        exchange = f"exchanges/{_in_path(self._virtual_host)}/{_in_path(own_exchange(address))}"
        async with self._client() as http:
            for path in (f"users/{_in_path(address)}", *self._queue_paths(address), exchange):
                await self._call(http, "DELETE", path, missing=404)

    @property
    def _virtual_host(self) -> str:
        return _virtual_host_of(self.amqp_url or "")

    def _queue_paths(self, address: str) -> tuple[str, str]:
        queues = f"queues/{_in_path(self._virtual_host)}"
        return f"{queues}/{_in_path(address)}", f"{queues}/{_in_path(dead_queue(address))}"

    def _client(self) -> httpx.AsyncClient:
        import httpx

        from shared.bus.http.tls import server_check, uses_proxies

        parts = urlsplit(self.url)
        base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/api/"
        user = (unquote(parts.username or ""), unquote(parts.password or ""))
        return httpx.AsyncClient(
            base_url=base, auth=user, timeout=SECONDS, verify=server_check(base), trust_env=uses_proxies(base)
        )

    async def _call(
        self, http: httpx.AsyncClient, method: str, path: str, missing: int | None = None, **how: Any
    ) -> Any:
        """The answer; None for the status ``missing``."""
        import httpx

        try:
            answer = await http.request(method, path, **how)
        except httpx.HTTPError as error:
            raise Unavailable("broker-unavailable", f"{http.base_url}: {error!r}") from None
        if answer.status_code == missing:
            return None
        if not answer.is_success:
            raise Refused("broker-refused", f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else {}

    def _compose_amqp_url(self, listeners: Iterable[Mapping[str, Any]]) -> str:
        ports = {listener["protocol"]: listener["port"] for listener in listeners}
        name, scheme, usual = next((each for each in AMQP_PORTS if each[0] in ports), AMQP_PORTS[0])
        return f"{scheme}://{urlsplit(self.url).hostname}:{ports.get(name, usual)}/"


@dataclass
class DeclaredBroker:
    """A broker of others: its operator imports the definitions that are written to ``folder``.

    ``amqp_url`` is an address of the broker, from which the participant's own address takes scheme, host and
    virtual host.
    """

    folder: Path
    amqp_url: str

    async def open_account(self, address: str, *, is_regional: bool) -> str:
        """Write the definitions; the account is there when the operator has imported them."""
        from shared.pki.certificates.keys import write_private

        newcomer, virtual_host = SystemAccount(address, address, is_regional), _virtual_host_of(self.amqp_url)
        definitions = place_definitions(make_joining_definitions(newcomer, make_accounts()), virtual_host)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self.definitions_of(address), json.dumps(definitions, indent=1).encode())
        return _give_user(self.amqp_url, newcomer)

    async def take_over_account(self, address: str, *, is_regional: bool) -> str:
        """As ``open_account``: the definitions make what is not there."""
        return await self.open_account(address, is_regional=is_regional)

    async def return_account(self, address: str) -> None:
        """As ``close_account``."""
        await self.close_account(address)

    async def close_account(self, address: str) -> None:
        """Remove the file that this command wrote; the operator of the broker removes the account."""
        self.definitions_of(address).unlink(missing_ok=True)

    def definitions_of(self, address: str) -> Path:
        """The file with the definitions of a participant's account."""
        return self.folder / f"{address}.definitions.json"

    def list_closing_commands(self, address: str) -> tuple[str, ...]:
        """What the operator of the broker types when a participant has left."""
        virtual_host = _virtual_host_of(self.amqp_url)
        place = "" if virtual_host == VIRTUAL_HOST else f"-p {virtual_host} "
        queues = (address, dead_queue(address))
        return (
            f"rabbitmqctl delete_user {address}",
            *(f"rabbitmqctl {place}delete_queue {name}" for name in queues),
        )

    def describe_closing(self, participants: Iterable[Mapping[str, Any]]) -> list[str]:
        """The lines about what the operator of the broker removes by hand after these participants left; none for
        participants without a queue.
        """
        with_queues = [str(participant["address"]) for participant in participants if participant["has_queue"]]
        if not with_queues:
            return []
        commands = [command for address in with_queues for command in self.list_closing_commands(address)]
        exchanges = ", ".join(map(own_exchange, with_queues))
        return ["The broker's operator removes by hand:", *commands, f"and in RabbitMQ's own pages: {exchanges}"]


def _virtual_host_of(amqp_url: str) -> str:
    return unquote(urlsplit(amqp_url).path.removeprefix("/")) or VIRTUAL_HOST


def _give_user(amqp_url: str, account: SystemAccount) -> str:
    """The address of a broker with the user and password of an account, in place of those that it has.

    Without a path it is of the virtual host ``/``; the clients of RabbitMQ take "/" for the virtual host "".
    """
    parts = urlsplit(amqp_url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{account.address}:{account.broker_password}@{host}{parts.path.rstrip('/')}"


def _in_path(name: str) -> str:
    return quote(name, safe="")
