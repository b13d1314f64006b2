"""What every carrier promises: one suite, embedded and AMQP."""

from __future__ import annotations

import asyncio

import pytest

from shared.bus.carriers.transport import Outgoing, Raw, Subscription, Transport
from shared.bus.errors import BusError, Unavailable
from tests.bus.carrier_peers import Carrier, bodies, outgoing, taken

LARGE = 10 * 1024 * 1024
IS_OVER = 5


def codes(results: list[BusError | None]) -> list[str | None]:
    return [None if fault is None else fault.code for fault in results]


def under_way(transport: Transport, messages: list[Outgoing]) -> asyncio.Task[list[BusError | None]]:
    """A publication whose confirmation may wait for the receiver."""
    return asyncio.create_task(transport.publish(messages))


async def nothing_comes(subscription: Subscription) -> bool:
    return await taken(subscription, 1, seconds=0.3) == []


async def test_the_exact_bytes_and_signatures_arrive(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    sent = outgoing(address, body=bytes(range(256)), hop="header..hop")
    publishing = under_way(transport, [sent])
    (delivery,) = await taken(subscription, 1)
    await subscription.finish([delivery])
    assert delivery.raw == sent.raw
    assert not delivery.redelivered
    assert await publishing == [None]


async def test_a_message_that_nobody_forwarded_arrives_without_a_hop(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    publishing = under_way(transport, [outgoing(address)])
    (delivery,) = await taken(subscription, 1)
    await subscription.finish([delivery])
    await publishing
    assert delivery.raw.hop is None


async def test_messages_of_several_publications_arrive_in_the_order_published(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 1000)
    publications = [
        under_way(transport, [outgoing(address, n) for n in range(start, start + 50)])
        for start in range(0, 500, 50)
    ]
    deliveries = await taken(subscription, 500)
    await subscription.finish(deliveries)
    await asyncio.gather(*publications)
    assert bodies(deliveries) == [f"message {n}".encode() for n in range(500)]


async def test_an_empty_publication_is_answered_with_nothing(carrier: Carrier) -> None:
    assert await (await carrier.transport()).publish([]) == []


async def test_publishing_to_nobody_says_that_there_is_no_such_address(carrier: Carrier) -> None:
    results = await (await carrier.transport()).publish([outgoing(carrier.address("nobody"))])
    assert codes(results) == ["no-such-address"]
    assert isinstance(results[0], Unavailable)


async def test_the_same_message_passes_once_somebody_subscribes(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    assert codes(await transport.publish([outgoing(address)])) == ["no-such-address"]
    subscription = await transport.subscribe(address, 10)
    publishing = under_way(transport, [outgoing(address)])
    await subscription.finish(await taken(subscription, 1))
    assert await publishing == [None]


async def test_one_address_that_is_missing_does_not_spoil_the_other_messages(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    missing = carrier.address("nobody")
    publishing = under_way(transport, [outgoing(address, 1), outgoing(missing, 2), outgoing(address, 3)])
    await subscription.finish(await taken(subscription, 2))
    assert codes(await publishing) == [None, "no-such-address", None]


@pytest.mark.parametrize("missing_at", [0, 1, 2])
async def test_one_message_to_several_addresses_is_answered_for_each(carrier: Carrier, missing_at: int) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    addresses = [address, address]
    addresses.insert(missing_at, carrier.address("nobody"))
    publishing = under_way(transport, [outgoing(to, n=1) for to in addresses])
    await subscription.finish(await taken(subscription, 2))
    assert codes(await publishing) == ["no-such-address" if n == missing_at else None for n in range(3)]


async def test_a_subscriber_has_no_more_unfinished_messages_than_its_prefetch(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 3)
    publishing = under_way(transport, [outgoing(address, n) for n in range(5)])
    first = await taken(subscription, 3)
    assert await nothing_comes(subscription)
    await subscription.finish(first)
    rest = await taken(subscription, 2)
    await subscription.finish(rest)
    assert bodies(first + rest) == [f"message {n}".encode() for n in range(5)]
    assert await publishing == [None] * 5


async def test_take_gives_no_more_than_was_asked_for(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    publishing = under_way(transport, [outgoing(address, n) for n in range(3)])
    first = await subscription.take(2)
    assert len(first) <= 2
    await subscription.finish(first)
    await subscription.finish(await taken(subscription, 3 - len(first)))
    await publishing


async def test_two_subscribers_share_the_messages_of_an_address(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one, other = await transport.subscribe(address, 5), await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(10)])
    shares = [await taken(one, 5), await taken(other, 5)]
    for subscription, share in zip((one, other), shares, strict=True):
        await subscription.finish(share)
    assert await publishing == [None] * 10
    assert sorted(bodies(shares[0]) + bodies(shares[1])) == sorted(f"message {n}".encode() for n in range(10))


async def test_what_a_stopped_subscriber_left_unfinished_goes_to_the_other(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one, other = await transport.subscribe(address, 5), await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(10)])
    left, own = await taken(one, 5), await taken(other, 5)
    await one.close()
    await other.finish(own)
    again = await taken(other, 5)
    await other.finish(again)
    assert sorted(bodies(again)) == sorted(bodies(left))
    assert all(delivery.redelivered for delivery in again)
    assert await publishing == [None] * 10


async def test_a_subscriber_may_be_closed_twice_without_harm_to_the_other(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one, other = await transport.subscribe(address, 5), await transport.subscribe(address, 5)
    await one.close()
    await one.close()
    publishing = under_way(transport, [outgoing(address)])
    await other.finish(await taken(other, 1))
    assert await publishing == [None]


async def test_finishing_a_later_message_does_not_finish_an_earlier_one(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one = await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(3)])
    deliveries = await taken(one, 3)
    other = await transport.subscribe(address, 5)
    await one.finish([deliveries[1]])
    await one.close()
    again = await taken(other, 2)
    await other.finish(again)
    assert bodies(again) == [b"message 0", b"message 2"]
    assert await publishing == [None] * 3


async def test_finishing_a_message_twice_is_harmless(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address, n) for n in range(3)])
    deliveries = await taken(subscription, 3)
    await subscription.finish(deliveries[:2])
    await subscription.finish(deliveries[:2])
    await subscription.finish(deliveries)
    assert await publishing == [None] * 3
    later = under_way(transport, [outgoing(address, 3)])
    await subscription.finish(await taken(subscription, 1, IS_OVER))
    assert await later == [None]


async def test_finishing_what_was_delivered_anew_is_harmless(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    one = await transport.subscribe(address, 5)
    publishing = under_way(transport, [outgoing(address)])
    stale = await taken(one, 1)
    other = await transport.subscribe(address, 5)
    await one.close()
    await one.finish(stale)
    again = await taken(other, 1)
    await other.finish(again)
    assert bodies(again) == bodies(stale)
    assert await publishing == [None]


async def test_a_message_of_ten_megabytes_arrives_whole(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    body = b"0123456789abcdef" * (LARGE // 16)
    publishing = under_way(transport, [outgoing(address, body=body)])
    (delivery,) = await taken(subscription, 1)
    await subscription.finish([delivery])
    assert await publishing == [None]
    assert delivery.raw.body == body


async def test_a_case_named_in_a_hundred_characters_of_any_script_arrives(carrier: Carrier) -> None:
    transport, address = await carrier.transport(), carrier.address()
    subscription = await transport.subscribe(address, 10)
    name = "\u6848" * 100
    publishing = under_way(transport, [Outgoing(address, "UPDATE", name, name, Raw(b"body", "signature"))])
    await subscription.finish(await taken(subscription, 1, IS_OVER))
    assert await publishing == [None]


async def test_an_open_transport_is_connected(carrier: Carrier) -> None:
    assert (await carrier.transport()).is_connected


async def test_a_closed_transport_is_not_connected(carrier: Carrier) -> None:
    transport = await carrier.transport()
    await transport.close()
    assert not transport.is_connected


class TestEmbedded:
    """What only the carrier without a disk promises."""

    @pytest.fixture
    def carrier(self) -> Carrier:
        return Carrier(None)

    async def test_what_the_last_subscriber_left_unfinished_goes_back_to_its_sender(
        self, carrier: Carrier
    ) -> None:
        transport, address = await carrier.transport(), carrier.address()
        subscription = await transport.subscribe(address, 1)
        publishing = under_way(transport, [outgoing(address, 1), outgoing(address, 2)])
        await taken(subscription, 1)
        await subscription.close()
        assert codes(await publishing) == ["receiver-stopped", "receiver-stopped"]

    async def test_what_went_back_comes_again_when_it_is_published_again(self, carrier: Carrier) -> None:
        transport, address = await carrier.transport(), carrier.address()
        first = await transport.subscribe(address, 1)
        publishing = under_way(transport, [outgoing(address)])
        await taken(first, 1)
        await first.close()
        await publishing
        second = await transport.subscribe(address, 1)
        repeating = under_way(transport, [outgoing(address)])
        await second.finish(await taken(second, 1))
        assert await repeating == [None]

    async def test_a_message_is_confirmed_only_when_its_receiver_has_finished_it(self, carrier: Carrier) -> None:
        transport, address = await carrier.transport(), carrier.address()
        subscription = await transport.subscribe(address, 1)
        publishing = under_way(transport, [outgoing(address)])
        deliveries = await taken(subscription, 1)
        await asyncio.sleep(0.01)
        assert not publishing.done()
        await subscription.finish(deliveries)
        assert await publishing == [None]
