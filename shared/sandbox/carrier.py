"""A carrier as one system meets it while rules are in force: messages are held back, doubled, spoilt or lost.

Nothing is lost for good: what a rule drops was never confirmed, so the carrier, or the sender's outbox, brings it
again, as after a real loss.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.bus.carriers.transport import (
    NO_ADDRESS,
    Delivery,
    MessageSubscription,
    QueueState,
    SignedBytes,
    Transport,
    TransportMessage,
)
from shared.bus.errors import BusError, Unavailable
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.sandbox.matching import ExchangeFacts
from shared.sandbox.rule_book import ActiveRule, RuleBook
from shared.sandbox.rules import BrokerTrouble, EffectKind, ExchangePlace

LOOK_SECONDS = 0.1
"""How often held messages look whether their rule has ended."""
DROPPED_SECONDS = 0.5
"""After how long a carrier brings a dropped message again."""
REORDER_SECONDS = 0.5
USUAL_COPIES = 2


@dataclass(frozen=True, slots=True)
class DuplicateTag:
    """The tag of a second delivery, which no carrier knows."""


@dataclass
class HeldDelivery:
    """A delivery that is held back: until ``due``, or without one while its rule is in force."""

    delivery: Delivery
    facts: ExchangeFacts
    hit: ActiveRule
    due: float | None
    is_drawn_again: bool = False


class DisturbedSubscription:
    """The messages of one address, as the rules for its system let them through."""

    def __init__(self, inner: MessageSubscription, book: RuleBook, instance: str) -> None:
        self._inner = inner
        self._book = book
        self._instance = instance
        self._held: list[HeldDelivery] = []
        self._tasks = SupervisedTasks()
        self._arriving: asyncio.Task[Any] | None = None
        self._arrived: list[Delivery] = []
        self._last_due: dict[str | None, float] = {}

    async def receive_batch(self, most: int) -> list[Delivery]:
        while True:
            if not self._held and self._arriving is None:
                batch = await self._inner.receive_batch(most)
                if not self._book.has_rules(self._instance, ExchangePlace.INBOX):
                    return batch
                passing = self._sort_batch(batch)
            else:
                passing = await self._await_either(most)
            if passing:
                return passing

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        await self._inner.acknowledge([one for one in deliveries if not isinstance(one.tag, DuplicateTag)])

    async def take_share(self, place: int, of: int) -> None:
        await self._inner.take_share(place, of)

    async def close(self) -> None:
        await self._tasks.stop()
        await self._inner.close()

    async def _fetch(self, most: int) -> None:
        self._arrived += await self._inner.receive_batch(most)

    async def _await_either(self, most: int) -> list[Delivery]:
        """What arrives, or what is held no longer, whichever is first."""
        if self._arriving is None:
            self._arriving = self._tasks.run_once("sandbox.arriving", self._fetch(most))
        await asyncio.wait({self._arriving}, timeout=LOOK_SECONDS if self._held else None)
        passing = self._release_held()
        if self._arriving.done():
            arrived, self._arrived, self._arriving = self._arrived, [], None
            passing += self._sort_batch(arrived)
        return passing

    def _sort_batch(self, batch: Sequence[Delivery]) -> list[Delivery]:
        return [passing for delivery in batch for passing in self._pass_delivery(delivery)]

    def _pass_delivery(self, delivery: Delivery) -> list[Delivery]:
        facts = self._book.people.read_facts(delivery.raw.body)
        hit = self._book.draw(self._instance, ExchangePlace.INBOX, facts)
        if hit is None:
            return [delivery]
        now = asyncio.get_running_loop().time()
        match hit.effect.kind:
            case EffectKind.DUPLICATE:
                copies = (hit.effect.copies or USUAL_COPIES) - 1
                return [delivery, *(Delivery(delivery.raw, True, DuplicateTag()) for _ in range(copies))]
            case EffectKind.CORRUPT:
                return [replace(delivery, raw=spoil(delivery.raw))]
            case EffectKind.DOWN:
                self._held.append(HeldDelivery(delivery, facts, hit, None, is_drawn_again=True))
            case EffectKind.DROP:
                dropped = replace(delivery, redelivered=True)
                self._held.append(HeldDelivery(dropped, facts, hit, now + DROPPED_SECONDS, is_drawn_again=True))
            case EffectKind.SLOW:
                due = max(now + hit.draw_delay(), self._last_due.get(facts.case_id, 0.0))
                self._last_due[facts.case_id] = due
                self._held.append(HeldDelivery(delivery, facts, hit, due))
            case EffectKind.REORDER:
                due = now + (REORDER_SECONDS if hit.effect.seconds is None else hit.effect.seconds)
                self._held.append(HeldDelivery(delivery, facts, hit, due))
        return []

    def _release_held(self) -> list[Delivery]:
        now = asyncio.get_running_loop().time()
        held, self._held = self._held, []
        passing: list[Delivery] = []
        for item in held:
            is_due = item.due is not None and item.due <= now
            if not is_due and self._book.is_in_force(item.hit):
                self._held.append(item)
            elif item.is_drawn_again:
                passing += self._pass_delivery(item.delivery)
            else:
                passing.append(item.delivery)
        if not self._held:
            self._last_due.clear()
        return passing


class DisturbedTransport:
    """A carrier with the rules for one system before it."""

    def __init__(self, inner: Transport, book: RuleBook, instance: str) -> None:
        self._inner = inner
        self._book = book
        self._instance = instance

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()

    @property
    def is_connected(self) -> bool:
        return self._inner.is_connected

    @property
    def fault(self) -> BusError | None:
        return self._inner.fault

    async def subscribe(self, address: str, prefetch: int) -> MessageSubscription:
        return DisturbedSubscription(await self._inner.subscribe(address, prefetch), self._book, self._instance)

    async def inspect_queue(self, address: str) -> QueueState | None:
        return await self._inner.inspect_queue(address)

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        if not self._book.has_rules(self._instance, ExchangePlace.OUTBOX):
            return await self._inner.publish(messages)
        hits = [self._draw(message) for message in messages]
        if not any(hits):
            return await self._inner.publish(messages)
        return await self._publish_disturbed(list(zip(messages, hits, strict=True)))

    def _draw(self, message: TransportMessage) -> ActiveRule | None:
        facts = self._book.people.read_facts(message.raw.body)
        return self._book.draw(self._instance, ExchangePlace.OUTBOX, facts)

    async def _publish_disturbed(
        self, pairs: Sequence[tuple[TransportMessage, ActiveRule | None]]
    ) -> list[BusError | None]:
        """Publish the calm ones at once and in order; each disturbed one goes its own way beside them."""
        calm = [message for message, hit in pairs if hit is None]
        disturbed = [self._publish_one(message, hit) for message, hit in pairs if hit is not None]
        results: list[Any] = list(await asyncio.gather(self._inner.publish(calm), *disturbed))
        of_calm, of_disturbed = iter(results[0]), iter(results[1:])
        return [next(of_calm if hit is None else of_disturbed) for _, hit in pairs]

    async def _publish_one(self, message: TransportMessage, hit: ActiveRule) -> BusError | None:
        effect = hit.effect
        match effect.kind:
            case EffectKind.DOWN | EffectKind.DROP:
                return Unavailable("broker-unavailable", f"rule {hit.rule.id}: {effect.kind}")
            case EffectKind.BROKER if effect.trouble == BrokerTrouble.NO_ADDRESS:
                return Unavailable(NO_ADDRESS, f"rule {hit.rule.id}")
            case EffectKind.BROKER if effect.trouble != BrokerTrouble.CONFIRM_LOST:
                code = "broker-refused" if effect.trouble == BrokerTrouble.REFUSES else "broker-unavailable"
                return Unavailable(code, f"rule {hit.rule.id}")
            case EffectKind.SLOW:
                await asyncio.sleep(hit.draw_delay())
            case EffectKind.REORDER:
                await asyncio.sleep(REORDER_SECONDS if effect.seconds is None else effect.seconds)
            case EffectKind.CORRUPT:
                message = replace(message, raw=spoil(message.raw))
        copies = (effect.copies or USUAL_COPIES) if effect.kind is EffectKind.DUPLICATE else 1
        first, *_ = await self._inner.publish([message] * copies)
        if effect.kind is EffectKind.BROKER and first is None:
            return Unavailable("broker-unavailable", f"rule {hit.rule.id}: the confirmation was lost")
        return first


def spoil(raw: SignedBytes) -> SignedBytes:
    """The bytes with one of them changed in the middle, as a faulty line does it."""
    place = len(raw.body) // 2
    changed = bytes([raw.body[place] ^ 0x01])
    return replace(raw, body=raw.body[:place] + changed + raw.body[place + 1 :])
