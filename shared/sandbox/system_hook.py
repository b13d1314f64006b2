"""The hook of one system: its carrier, its HTTP side, its handlers and what it sends, with the rules for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from shared.bus.carriers.transport import Transport
from shared.bus.errors import Refused
from shared.bus.messages.message import MessageInfo, MessageType
from shared.sandbox.carrier import DisturbedTransport
from shared.sandbox.http_edge import DisturbedApp
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import EffectKind, ExchangePlace

USUAL_REFUSAL = "refused-by-rule"


class PoisonFault(Exception):
    """The fault of a handler that a rule causes: no error of the bus, as a mistake in the code would be."""


@dataclass(frozen=True)
class SystemHook:
    """Applies the rules of a book to one instance (an `ExchangeHook`)."""

    book: RuleBook
    instance: str

    def wrap_transport(self, transport: Transport) -> Transport:
        return DisturbedTransport(transport, self.book, self.instance)

    def wrap_app(self, app: ASGIApp) -> ASGIApp:
        return DisturbedApp(app, self.book, self.instance)

    def check_handling(self, info: MessageInfo, key: str, body: bytes) -> None:
        """Raise a `PoisonFault` for each attempt at a message that a rule has poisoned."""
        if not self.book.has_rules(self.instance, ExchangePlace.HANDLER):
            return
        facts = self.book.people.facts_of(info, body)
        hit = self.book.draw(self.instance, ExchangePlace.HANDLER, facts, key=key)
        if hit is not None and hit.effect.kind is EffectKind.REFUSE:
            raise Refused(hit.effect.trouble or USUAL_REFUSAL, f"rule {hit.rule.id}: refused")
        if hit is not None:
            raise PoisonFault(f"rule {hit.rule.id}: poison")

    def change_content(self, address: str, info: MessageInfo, body: bytes) -> bytes:
        """An answer with the fields of a wrong answer in place of its own; signed by the system as its own."""
        if info.message_type is not MessageType.RESPONSE or not self.book.has_rules(
            self.instance, ExchangePlace.CONTENT
        ):
            return body
        facts = self.book.people.facts_of(info, body)
        hit = self.book.draw(self.instance, ExchangePlace.CONTENT, facts)
        if hit is None or not hit.effect.answer:
            return body
        message: dict[str, Any] = json.loads(body)
        message["messageData"]["data"].update(hit.effect.answer)
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
