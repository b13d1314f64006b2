"""The other systems of the country, asked over their own APIs as their operator.

A system has its operator's token from its own folder, or from the environment that all systems share. Where the
profile does not let ШЭП read the tokens of others, only what a system tells everybody is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from services.shep_gateway.settings import GatewaySettings
from shared.bus.errors import BusError, NotFound, Refused, Unavailable
from shared.bus.http.problems import ERROR_CLASSES
from shared.bus.profiles import Opening
from shared.contracts import addresses

if TYPE_CHECKING:
    from shared.client.operator import OperatorClient

LONGEST_ANSWER_SECONDS = 4.0
OWN_INSTANCE = addresses.GATEWAY
READINESS = "/readyz"
"""What a system tells everybody: the only path that is asked without a token."""
_ADDRESSES = {
    f"rshep_{region.removeprefix('KZ-').lower()}": addresses.regional_gateway(region)
    for region in addresses.REGIONS
}
"""The addresses of the instances whose name is not their address."""
_INSTANCES = {address: name for name, address in _ADDRESSES.items()}


def instance_of(address: str) -> str:
    """The name of the instance with this address on the bus."""
    return _INSTANCES.get(address, address)


@dataclass(frozen=True)
class SystemPlace:
    """Where an instance answers; ``address`` is its address on the bus, НУЦ's being its name."""

    name: str
    address: str
    url: str


def read_places(text: str) -> tuple[SystemPlace, ...]:
    """The places in the form of the setting: ``NAME=URL``, separated by spaces."""
    pairs = (part.partition("=") for part in text.split())
    return tuple(SystemPlace(name, _ADDRESSES.get(name, name), url) for name, _, url in pairs)


class CountrySystems:
    """Asks the systems of the country; a silent system costs its caller a few seconds at most."""

    def __init__(
        self,
        places: Iterable[SystemPlace],
        tokens: OperatorTokens,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.places = {place.name: place for place in places if place.name != OWN_INSTANCE}
        self._tokens = tokens
        self._transport = transport
        self._clients: dict[str, OperatorClient] = {}

    def holds_token(self, name: str) -> bool:
        """Whether the operator's token of this system is known here."""
        return self._tokens.find(name) is not None

    async def ask(self, name: str, path: str, **query: Any) -> Any:
        """The answer of a system as JSON; raises as ``call`` does."""
        params = {key: value for key, value in query.items() if value is not None}
        return await self.call(name, "GET", path, params=params)

    async def call(self, name: str, method: str, path: str, **options: Any) -> Any:
        """The answer of a system to its operator, None for an empty one.

        NotFound ``system-unknown``; Refused ``operator-only`` where no token is known here; Unavailable
        ``system-silent``; the error of the system itself with its code.
        """
        from shared.client import ApiError  # no start waits for the client

        client = self._open_client(name, path)
        try:
            async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
                answer = await client.call(method, path, **options)
        except ApiError as error:
            kind = ERROR_CLASSES.get(error.status, Refused)
            raise kind(error.code, str(error.body.get("detail", ""))) from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise Unavailable("system-silent", f"{name}: {error!r}", system=name) from None
        return answer.json() if answer.content else None

    async def is_ready(self, name: str) -> bool | None:
        """Whether a system says that it can work now; None from a silent one."""
        try:
            await self.ask(name, READINESS)
        except Unavailable as error:
            return None if error.code == "system-silent" else False
        except BusError:
            return False
        return True

    async def ask_all(self, names: Iterable[str], path: str, **query: Any) -> dict[str, Any]:
        """The answers by system; of a system that gives none, the BusError."""
        systems = list(names)
        answers = await asyncio.gather(*(self._try(name, path, query) for name in systems))
        return dict(zip(systems, answers, strict=True))

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    async def _try(self, name: str, path: str, query: Mapping[str, Any]) -> Any:
        try:
            return await self.ask(name, path, **query)
        except BusError as error:
            return error

    def _open_client(self, name: str, path: str) -> OperatorClient:
        if name not in self.places:
            raise NotFound("system-unknown", "no such system is known here", system=name)
        token = self._tokens.find(name)
        if token is None and path != READINESS:
            raise Refused("operator-only", f"the operator's token of {name} is not known here")
        if name not in self._clients:
            from shared.client.operator import OperatorClient

            self._clients[name] = OperatorClient(self.places[name].url, transport=self._transport)
        if token is not None:
            self._clients[name].set_token(token)
        return self._clients[name]


@dataclass(frozen=True)
class OperatorTokens:
    """The tokens of the operators of systems: one for all, or each in the folder of its system."""

    data_dir: Path
    common: str | None = None
    is_open: bool = True
    """Whether the profile lets ШЭП read the folders of other systems."""

    def find(self, name: str) -> str | None:
        """The token of a system, None where it is not known here."""
        if not self.is_open:
            return None
        if self.common:
            return self.common
        try:
            return (self.data_dir / name / "operator.token").read_text(encoding="utf-8").strip() or None
        except OSError:
            return None


def make_country(settings: GatewaySettings) -> CountrySystems:
    """The systems that the settings name."""
    tokens = OperatorTokens(settings.data_dir, settings.operator_token, settings.opens(Opening.COUNTRY_BOARD))
    return CountrySystems(read_places(settings.system_urls), tokens)
