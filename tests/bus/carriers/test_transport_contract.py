"""The transport contract: one suite for the embedded and the AMQP carrier."""

from __future__ import annotations

import asyncio

import pytest

from shared.bus.carriers.transport import MessageSubscription, SignedBytes, Transport, TransportMessage
from shared.bus.errors import BusError, Unavailable
from tests.bus.carrier_peers import Carrier, bodies, outgoing, taken

LARGE = 10 * 1024 * 1024
IS_OVER = 5


def codes(results: list[BusError | None]) -> list[str | None]:
    return [None if fault is None else fault.code for fault in results]


def under_way(transport: Transport, messages: list[TransportMessage]) -> asyncio.Task[list[BusError | None]]:
    """A publication whose confirmation may wait for the receiver."""
    return asyncio.create_task(transport.publish(messages))


async def nothing_comes(subscription: MessageSubscription) -> bool:
    return await taken(subscription, 1, seconds=0.3) == []


async def test_transport_delivers_the_exact_bytes_and_signatures(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    sent = outgoing(address, body=bytes(range(256)), hop="header..hop")
    publishing = under_way(transport, [sent])
    (delivery,) = await taken(subscription, 1)
    await subscription.acknowledge([delivery])
    assert delivery.raw == sent.raw
    assert not delivery.redelivered
    assert await publishing == [None]


async def test_transport_says_who_reads_an_address(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    assert await transport.inspect_queue(address) is None
    subscription = await transport.subscribe(address, 10)
    state = await transport.inspect_queue(address)
    assert state is not None
    assert (state.messages, state.consumers) == (0, 1)
    await subscription.close()
    for _ in range(100):  # a broker counts with a delay
        state = await transport.inspect_queue(address)
        if state is not None and state.consumers == 0:
            break
        await asyncio.sleep(0.1)
    assert state is not None
    assert state.consumers == 0


async def test_transport_delivers_a_message_that_nobody_forwarded_without_a_hop(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    publishing = under_way(transport, [outgoing(address)])
    (delivery,) = await taken(subscription, 1)
    await subscription.acknowledge([delivery])
    await publishing
    assert delivery.raw.hop is None


async def test_transport_delivers_several_publications_in_the_order_published(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 1000)
    publications = [
        under_way(transport, [outgoing(address, n) for n in range(start, start + 50)])
        for start in range(0, 500, 50)
    ]
    deliveries = await taken(subscription, 500)
    await subscription.acknowledge(deliveries)
    await asyncio.gather(*publications)
    assert bodies(deliveries) == [f"message {n}".encode() for n in range(500)]


async def test_transport_answers_an_empty_publication_with_nothing(carrier: Carrier) -> None:
    assert await (await carrier.transport()).publish([]) == []


async def test_transport_publishing_to_nobody_says_that_there_is_no_such_address(carrier: Carrier) -> None:
    results = await (await carrier.transport()).publish([outgoing(carrier.address("nobody"))])
    assert codes(results) == ["no-such-address"]
    assert isinstance(results[0], Unavailable)


async def test_transport_passes_the_same_message_once_somebody_subscribes(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    assert codes(await transport.publish([outgoing(address)])) == ["no-such-address"]
    subscription = await transport.subscribe(address, 10)
    publishing = under_way(transport, [outgoing(address)])
    await subscription.acknowledge(await taken(subscription, 1))
    assert await publishing == [None]


async def test_transport_with_one_address_missing_does_not_spoil_the_other_messages(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    missing = carrier.address("nobody")
    publishing = under_way(transport, [outgoing(address, 1), outgoing(missing, 2), outgoing(address, 3)])
    await subscription.acknowledge(await taken(subscription, 2))
    assert codes(await publishing) == [None, "no-such-address", None]


@pytest.mark.parametrize("missing_at", [0, 1, 2])
async def test_transport_answers_one_message_to_several_addresses_for_each(
    carrier: Carrier, missing_at: int
) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    addresses = [address, address]
    addresses.insert(missing_at, carrier.address("nobody"))
    publishing = under_way(transport, [outgoing(to, n=1) for to in addresses])
    await subscription.acknowledge(await taken(subscription, 2))
    assert codes(await publishing) == ["no-such-address" if n == missing_at else None for n in range(3)]


async def test_subscriber_has_no_more_unfinished_messages_than_its_prefetch(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 3)
    publishing = under_way(transport, [outgoing(address, n) for n in range(5)])
    first = await taken(subscription, 3)
    assert await nothing_comes(subscription)
    await subscription.acknowledge(first)
    rest = await taken(subscription, 2)
    await subscription.acknowledge(rest)
    assert bodies(first + rest) == [f"message {n}".encode() for n in range(5)]
    assert await publishing == [None] * 5


async def test_subscriber_takes_no_more_than_was_asked_for(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    publishing = under_way(transport, [outgoing(address, n) for n in range(3)])
    first = await subscription.receive_batch(2)
    assert len(first) <= 2
    await subscription.acknowledge(first)
    await subscription.acknowledge(await taken(subscription, 3 - len(first)))
    await publishing


async def test_subscribers_of_an_address_share_its_messages(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one, other = await transport.subscribe(address, 5), await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(10)])
    shares = [await taken(one, 5), await taken(other, 5)]
    for subscription, share in zip((one, other), shares, strict=True):
        await subscription.acknowledge(share)
    assert await publishing == [None] * 10
    assert sorted(bodies(shares[0]) + bodies(shares[1])) == sorted(f"message {n}".encode() for n in range(10))


async def test_subscriber_that_stopped_leaves_its_unfinished_messages_to_the_other(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one, other = await transport.subscribe(address, 5), await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(10)])
    left, own = await taken(one, 5), await taken(other, 5)
    await one.close()
    await other.acknowledge(own)
    again = await taken(other, 5)
    await other.acknowledge(again)
    assert sorted(bodies(again)) == sorted(bodies(left))
    assert all(delivery.redelivered for delivery in again)
    assert await publishing == [None] * 10


async def test_subscriber_may_be_closed_twice_without_harm_to_the_other(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one, other = await transport.subscribe(address, 5), await transport.subscribe(address, 5)
    await one.close()
    await one.close()
    publishing = under_way(transport, [outgoing(address)])
    await other.acknowledge(await taken(other, 1))
    assert await publishing == [None]


async def test_finishing_a_later_message_does_not_finish_an_earlier_one(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one = await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(3)])
    deliveries = await taken(one, 3)
    other = await transport.subscribe(address, 5)
    await one.acknowledge([deliveries[1]])
    await one.close()
    again = await taken(other, 2)
    await other.acknowledge(again)
    assert bodies(again) == [b"message 0", b"message 2"]
    assert await publishing == [None] * 3


async def test_finishing_a_message_twice_is_harmless(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(3)])
    deliveries = await taken(subscription, 3)
    await subscription.acknowledge(deliveries[:2])
    await subscription.acknowledge(deliveries[:2])
    await subscription.acknowledge(deliveries)
    assert await publishing == [None] * 3
    later = under_way(transport, [outgoing(address, 3)])
    await subscription.acknowledge(await taken(subscription, 1, IS_OVER))
    assert await later == [None]


async def test_finishing_a_message_that_was_delivered_anew_is_harmless(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one = await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address)])
    stale = await taken(one, 1)
    other = await transport.subscribe(address, 5)
    await one.close()
    await one.acknowledge(stale)
    again = await taken(other, 1)
    await other.acknowledge(again)
    assert bodies(again) == bodies(stale)
    assert await publishing == [None]


async def test_transport_delivers_a_message_of_ten_megabytes_whole(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    body = b"0123456789abcdef" * (LARGE // 16)
    publishing = under_way(transport, [outgoing(address, body=body)])
    (delivery,) = await taken(subscription, 1)
    await subscription.acknowledge([delivery])
    assert await publishing == [None]
    assert delivery.raw.body == body


async def test_transport_delivers_a_case_named_in_a_hundred_characters_of_any_script(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    name = "\u6848" * 100
    publishing = under_way(
        transport, [TransportMessage(address, "UPDATE", name, name, SignedBytes(b"body", "signature"))]
    )
    await subscription.acknowledge(await taken(subscription, 1, IS_OVER))
    assert await publishing == [None]


async def test_transport_that_is_open_is_connected(carrier: Carrier) -> None:
    assert (await carrier.transport()).is_connected


async def test_transport_that_is_closed_is_not_connected(carrier: Carrier) -> None:
    transport = await carrier.transport()
    await transport.close()
    assert not transport.is_connected


class TestEmbedded:
    """Promises of the embedded carrier only, which has no disk."""

    @pytest.fixture
    def carrier(self) -> Carrier:
        return Carrier(None)

    async def test_embedded_transport_returns_the_last_subscribers_unfinished_messages(
        self, carrier: Carrier
    ) -> None:
        transport, address = await carrier.transport(), carrier.address()
        subscription = await transport.subscribe(address, 1)
        publishing = under_way(transport, [outgoing(address, 1), outgoing(address, 2)])
        await taken(subscription, 1)
        await subscription.close()
        assert codes(await publishing) == ["receiver-stopped", "receiver-stopped"]

    async def test_embedded_transport_delivers_returned_messages_published_again(self, carrier: Carrier) -> None:
        transport, address = await carrier.transport(), carrier.address()
        first = await transport.subscribe(address, 1)
        publishing = under_way(transport, [outgoing(address)])
        await taken(first, 1)
        await first.close()
        await publishing
        second = await transport.subscribe(address, 1)
        repeating = under_way(transport, [outgoing(address)])
        await second.acknowledge(await taken(second, 1))
        assert await repeating == [None]

    async def test_embedded_transport_confirms_a_message_only_when_its_receiver_finished_it(
        self, carrier: Carrier
    ) -> None:
        transport, address = await carrier.transport(), carrier.address()
        subscription = await transport.subscribe(address, 1)
        publishing = under_way(transport, [outgoing(address)])
        deliveries = await taken(subscription, 1)
        await asyncio.sleep(0.01)
        assert not publishing.done()
        await subscription.acknowledge(deliveries)
        assert await publishing == [None]
