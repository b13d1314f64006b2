"""The gateways alone, with systems of the test at both ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from shared.bus.messages.message import MessageContract, MessageInfo, MessageType, make_properties
from shared.bus.messages.receipts import DeliveryNotification, DeliveryNotifications, ReceiveStatus
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, STEP
from tests.journeys.kit import RunningCountry, eventually, running
from tests.journeys.rogue import Rogue, enrolled

NAMES = ("is_nuc", "shep_gateway", "rshep_akm", "rshep_yuz", "is_cgo")
ENDS = (addresses.PORTAL, addresses.MIO, addresses.ARM_RSHEP, addresses.ARM_SHEP)


class Parcel(MessageContract):
    """A message to carry: the gateways read no data."""

    contract: ClassVar[str] = "parcel/1"

    text: str = "…"


@dataclass(repr=False)
class Ends:
    """A deployment of gateways, and the systems between which they carry messages."""

    country: RunningCountry
    systems: dict[str, Rogue]
    sent: dict[tuple[str, str], int] = field(default_factory=dict)

    async def send(
        self,
        sender: str,
        kind: MessageType,
        step: str,
        *,
        case: str | None = None,
        service: str = "kindergarten-queue",
        region: str = "KZ-YUZ",
        values: Mapping[str, str] | None = None,
    ) -> MessageInfo:
        """Send a message of a case by the portal's channel, on the sender's own way; returns its envelope."""
        system = self.systems[sender]
        given = {CHANNEL: "portal", STEP: step, **(values or {})}
        changes: dict[str, Any] = {"route_id": region, "properties": make_properties(given)}
        info = system.info(service, kind, **changes | ({"correlation_id": case} if case else {}))
        key = (sender, info.correlation_id)
        self.sent[key] = self.sent.get(key, 0) + 1
        to = addresses.regional_gateway(region) if sender in addresses.REGIONAL else addresses.GATEWAY
        await system.send(system.sealed(info, Parcel(), to=to, sequence=self.sent[key]), to)
        return info

    async def comes(self, to: str, info: MessageInfo) -> bool:
        """Wait until a message arrives at a system."""
        got, _ = await self.systems[to].receive(Parcel, lambda told, _: told.message_id == info.message_id)
        return got == info

    async def acknowledge(self, receiver: str, info: MessageInfo) -> None:
        """Send ШЭП the receipt of a message."""
        system = self.systems[receiver]
        note = DeliveryNotification(
            message_id=info.message_id,
            sender_id=info.sender.sender_id,
            receive_status=ReceiveStatus.ACCEPTED,
        )
        own = system.info("delivery-notification", MessageType.NOTIFICATION)
        await system.send(system.sealed(own, DeliveryNotifications(notifications=(note,)), sequence=0))

    async def refusal(self, info: MessageInfo) -> str:
        """The code with which ШЭП refused a message."""
        gateway = self.country.operator("shep_gateway")
        found = await eventually(
            lambda: gateway.list_journal(correlation_id=info.correlation_id, event="REFUSED"),
            lambda told: bool(told),
        )
        return str(found[-1]["code"])

    async def put(self, region: str, service: str, body: dict[str, Any]) -> Any:
        path = f"/api/v1/service-routes/{service}/{region}"
        return (await self.country.operator("shep_gateway").call("PUT", path, json=body)).json()

    async def reset(self, region: str, service: str) -> None:
        path = f"/api/v1/service-routes/{service}/{region}"
        await self.country.operator("shep_gateway").call("DELETE", path)


@asynccontextmanager
async def gateways(folder: Path) -> AsyncIterator[Ends]:
    async with running(folder, names=NAMES) as country:
        yield await enrol_ends(country, ENDS)


async def enrol_ends(country: RunningCountry, addresses_of_ends: Sequence[str]) -> Ends:
    """Enrol and connect the systems of the test."""
    systems = {address: await enrolled(country, address) for address in addresses_of_ends}
    for system in systems.values():
        await system.listen()
    return Ends(country, systems)
