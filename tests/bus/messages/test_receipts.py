"""Delivery receipts: one notice to the gateway for each batch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.bus.carriers.transport import SignedBytes
from shared.bus.clocks.clock import ManualClock
from shared.bus.messages.message import MessageType, encode_message, read_data, read_header
from shared.bus.messages.receipts import DeliveryNotification, DeliveryNotifications, ReceiveStatus
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.bus.service import ServiceNode
from tests.bus.forge import body, forwarded, posted, sealed
from tests.bus.kit import Company, Desk, books, effects_of, eventually, rows_of, rows_when

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACCEPTED, REFUSED = ReceiveStatus.ACCEPTED, ReceiveStatus.NOT_ACCEPTED


class Gateway:
    """The receipts that a gateway gets from the systems behind it."""

    def __init__(self, company: Company) -> None:
        company.clock = ManualClock(NOON)
        self.company = company
        self.notices: list[tuple[ReceivedMessage, DeliveryNotifications]] = []
        self.router = MessageRouter()
        self.router.register_handler(DeliveryNotifications)(self._hear)

    def _hear(self, data: DeliveryNotifications, received: ReceivedMessage, uow: UnitOfWork) -> None:
        self.notices.append((received, data))

    @property
    def notes(self) -> list[DeliveryNotification]:
        return [note for _, data in self.notices for note in data.notifications]

    def passing_on(self, n: int, **info: Any) -> SignedBytes:
        """Message ``n`` of the source, forwarded by the gateway to the receiver."""
        source, gateway = self.company.identity("source"), self.company.identity("gateway")
        first = sealed(source, body(source.address, n, NOON, correlation_id=f"case-{n}", **info), gateway.address)
        return forwarded(gateway, first, self.company.address("desk"))

    async def deliver(self, *raws: SignedBytes) -> None:
        await self.company.transport.publish([posted(self.company.address("desk"), raw) for raw in raws])

    async def heard(self, count: int) -> bool:
        async def ask() -> bool:
            return len(self.notes) >= count

        return await eventually(ask, 5)


@pytest.fixture
async def gateway(house: Company) -> Gateway:
    made = Gateway(house)
    await house.node("gateway", made.router)
    return made


async def owing(house: Company, desk: Desk, **options: Any) -> ServiceNode:
    return await house.node("desk", desk.router, desk.metadata, receipts_to="gateway", **options)


async def test_receipt_of_an_accepted_message_is_told_to_the_gateway(
    house: Company, gateway: Gateway, desk: Desk
) -> None:
    await owing(house, desk)
    await gateway.deliver(gateway.passing_on(1))
    assert await gateway.heard(1)
    (note,) = gateway.notes
    assert (note.message_id, note.sender_id, note.receive_status, note.error_code) == (
        "id-1",
        "source",
        ACCEPTED,
        None,
    )


async def test_receipt_of_a_refused_message_has_its_code(house: Company, gateway: Gateway, desk: Desk) -> None:
    desk.trouble = {1: desk.refusal}
    await owing(house, desk)
    await gateway.deliver(gateway.passing_on(1))
    assert await gateway.heard(1)
    assert [(note.receive_status, note.error_code) for note in gateway.notes] == [(REFUSED, "not-today")]


async def test_receipt_notice_tells_of_a_whole_batch(house: Company, gateway: Gateway, desk: Desk) -> None:
    await owing(house, desk)
    await gateway.deliver(*(gateway.passing_on(n) for n in range(20)))
    assert await gateway.heard(20)
    assert sorted(note.message_id for note in gateway.notes) == sorted(f"id-{n}" for n in range(20))
    assert len(gateway.notices) < 5


async def test_receipt_notice_of_a_batch_with_a_refusal_tells_each_fate_once(
    house: Company, gateway: Gateway, desk: Desk
) -> None:
    desk.trouble = {3: desk.refusal, 5: desk.outage}
    await owing(house, desk)
    await gateway.deliver(*(gateway.passing_on(n) for n in range(10)))
    assert await gateway.heard(9)
    told = {note.message_id: note.receive_status for note in gateway.notes}
    assert len(gateway.notes) == len(told) == 9
    assert [name for name, status in told.items() if status is REFUSED] == ["id-3"]


async def test_receipt_of_a_held_message_is_told_when_it_is_dealt_with(
    house: Company, gateway: Gateway, desk: Desk
) -> None:
    desk.trouble = {1: desk.outage}
    node = await owing(house, desk)
    await gateway.deliver(gateway.passing_on(1))
    await rows_when(node, "bus_held", 1)
    assert gateway.notes == []
    desk.trouble.clear()
    assert await gateway.heard(1)
    assert gateway.notes[0].receive_status is ACCEPTED


async def test_receipts_of_a_service_that_owes_refusals_only_tell_no_acceptance(
    house: Company, gateway: Gateway, desk: Desk
) -> None:
    desk.trouble = {1: desk.refusal}
    node = await owing(house, desk, receipts_owed="refusals")
    await gateway.deliver(gateway.passing_on(0), gateway.passing_on(1))
    await effects_of(node, desk.effects, 1)
    assert await gateway.heard(1)
    assert [note.message_id for note in gateway.notes] == ["id-1"]


async def test_receipt_of_a_message_straight_from_its_sender_is_not_told(
    house: Company, gateway: Gateway, desk: Desk
) -> None:
    node = await owing(house, desk)
    await house.tell(await house.node("source"), "desk", [1])
    await effects_of(node, desk.effects, 1)
    assert await rows_of(node, "bus_outbox") == []
    assert gateway.notes == []


async def test_receipts_of_a_service_that_owes_nobody_are_never_sent(
    house: Company, gateway: Gateway, desk: Desk
) -> None:
    node = await house.node("desk", desk.router, desk.metadata)
    await gateway.deliver(gateway.passing_on(1))
    await effects_of(node, desk.effects, 1)
    assert (await books(node))["outbox"] == 0
    assert gateway.notices == []


async def test_receipt_for_a_receipt_is_never_sent(house: Company, gateway: Gateway, desk: Desk) -> None:
    heard = Gateway(house)
    node = await house.node("desk", heard.router, receipts_to="gateway")
    source, forwarder = house.identity("source"), house.identity("gateway")
    content = encode_message(
        read_header(gateway.passing_on(1).body).message_info, DeliveryNotifications(notifications=())
    )
    await gateway.deliver(forwarded(forwarder, sealed(source, content, "gateway"), house.address("desk")))

    async def is_heard() -> bool:
        return len(heard.notices) == 1

    assert await eventually(is_heard, 5)
    assert (await books(node))["outbox"] == 0
    assert gateway.notices == []


async def test_receipt_notice_is_a_notification_of_its_own_chain(
    house: Company, gateway: Gateway, desk: Desk
) -> None:
    await owing(house, desk)
    await gateway.deliver(gateway.passing_on(1))
    await gateway.heard(1)
    received, _ = gateway.notices[0]
    assert received.info.message_type is MessageType.NOTIFICATION
    assert received.info.service_id == "delivery-notification"
    assert received.info.correlation_id != "case-1"
    assert received.sequence == 0


async def test_receipt_contracts_misspelling_is_kept(house: Company, gateway: Gateway, desk: Desk) -> None:
    desk.trouble = {1: desk.refusal}
    await owing(house, desk)
    await gateway.deliver(gateway.passing_on(1))
    await gateway.heard(1)
    received, _ = gateway.notices[0]
    assert b'"receiveStatus":"MESSAGE_NOT_ACCTEPTED"' in received.raw.body
    assert read_data(received.raw.body, DeliveryNotifications).notifications[0].receive_status is REFUSED
