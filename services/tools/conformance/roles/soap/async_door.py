"""AsyncChannel as a participant meets ШЭП's side: sending, pulling, notices of delivery, states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

from lxml import etree

from services.tools.conformance.judging import RunTrace
from services.tools.conformance.roles.samples import iso_now
from services.tools.conformance.roles.soap.soap_envelopes import (
    ASYNC_TYPES,
    XML,
    ChannelMessage,
    sign_envelope,
    write_async_answer,
    write_fault,
)
from services.tools.conformance.serving import KitAnswer, ServedCall

PATH = "/bip-async-wss-gost/"
SEND, NOTIFY, STATUS, PULL = "sendMessage", "sendDeliveryNotification", "getMessageStatus", "getMessages"
OPERATIONS = (SEND, NOTIFY, STATUS, PULL)
SERVICE = "conformance-service"


@dataclass
class AsyncDoor:
    """The script: the first message meets a fault; the first pull is unsigned and holds a trap; the mailbox holds
    a question, the same question again, and a message that nobody can read.
    """

    trace: RunTrace
    given_ids: list[tuple[str, str]] = field(default_factory=list)
    """The ids of the participant's messages that ШЭП made: message and chain."""
    waiting: dict[str, ChannelMessage] = field(default_factory=dict)
    probes: dict[str, str] = field(default_factory=dict)
    """What each delivered message is, by its id."""

    tasks: ClassVar = ("send-request", "pull-and-notify", "answer-request", "ask-status")

    def __post_init__(self) -> None:
        self.trap = self._put("trap", ChannelMessage(SERVICE, "REQUEST", "<question>trap</question>"))
        question = self._put("question", ChannelMessage(SERVICE, "REQUEST", "<question>1</question>"))
        self.question = question
        unreadable = "QUJD</ not xml of anybody".replace("<", "&lt;")
        self._put("unreadable", ChannelMessage(SERVICE, "UPDATE", unreadable))
        self.repeats_left = 1

    def _put(self, probe: str, message: ChannelMessage) -> ChannelMessage:
        self.waiting[message.message_id] = message
        self.probes[message.message_id] = probe
        return message

    @property
    def is_done(self) -> bool:
        """Whether the mailbox is empty, the question answered, and a state asked for."""
        operations = {exchange.operation for exchange in self.trace.book.kept}
        is_empty = set(self.waiting) <= {self.trap.message_id}
        has_answered = any(exchange.facts.get("answers") for exchange in self.trace.book.kept)
        return is_empty and has_answered and STATUS in operations

    def answer_call(self, call: ServedCall) -> KitAnswer:
        """The answer of ШЭП to one of the four operations."""
        wrapper = call.part.body_child()
        operation = "" if wrapper is None else etree.QName(wrapper).localname
        if operation not in OPERATIONS:
            return self._sign(operation or "?", write_fault(ASYNC_TYPES, SEND, "SCE001", "bad format"), 500)
        answer: KitAnswer = getattr(self, f"_answer_{operation}")(call)
        return answer

    def _answer_sendMessage(self, call: ServedCall) -> KitAnswer:  # noqa: N802 - the operation's own name
        kind = (call.part.text_of("messageType") or "").strip()
        chain = (call.part.text_of("correlationId") or "").strip()
        if kind == "REQUEST" and not self.trace.facts.get("has_failed"):
            self.trace.facts["has_failed"] = True
            return self._sign(
                SEND, write_fault(ASYNC_TYPES, SEND, "SCE909", "try later", is_clients=False), 500, "outage"
            )
        message_id, chain = f"{{{uuid4()}}}", chain or f"{{{uuid4()}}}"
        self.given_ids.append((message_id, chain))
        content = (
            f"<messageId>{message_id}</messageId><correlationId>{chain}</correlationId>"
            f"<responseDate>{iso_now()}</responseDate><sessionId>{{{uuid4()}}}</sessionId>"
        )
        facts = {"answers": kind == "RESPONSE" and chain == self.question.correlation_id, "given": message_id}
        return self._sign(SEND, write_async_answer(SEND, content), 200, "sent", facts)

    def _answer_getMessages(self, call: ServedCall) -> KitAnswer:  # noqa: N802 - the operation's own name
        is_first = next(self.trace.book.select("async", PULL), None) is None
        other_mails = [item for item in self.waiting.values() if item is not self.trap]
        amount = (call.part.text_of("amount") or "").strip()
        most = int(amount) if amount.isdecimal() and int(amount) else None
        shown_mails = [self.trap] if is_first else other_mails[:most]
        written = "".join(f"<messages>{message.write()}</messages>" for message in shown_mails)
        content = f"<responseDate>{iso_now()}</responseDate><sessionId>{{{uuid4()}}}</sessionId>{written}"
        answer = write_async_answer(PULL, content)
        facts = {"shown": [message.message_id for message in shown_mails], "is_empty": not shown_mails}
        if is_first:
            return KitAnswer(PULL, 200, answer, XML, probe="unsigned", facts=facts)
        return self._sign(PULL, answer, 200, "signed", facts)

    def _answer_sendDeliveryNotification(self, call: ServedCall) -> KitAnswer:  # noqa: N802 - the operation's own
        message_id = (call.part.text_of("messageId") or "").strip()
        probe = self.probes.get(message_id, "")
        facts = {"message_id": message_id, "mail": probe}
        if probe == "question" and self.repeats_left:
            self.repeats_left -= 1  # the verdict got lost: the same message is shown once more
        else:
            self.waiting.pop(message_id, None)
        content = (
            f"<notificationId>{uuid4()}</notificationId><responseDate>{iso_now()}</responseDate>"
            f"<sessionId>{{{uuid4()}}}</sessionId>"
        )
        return self._sign(NOTIFY, write_async_answer(NOTIFY, content), 200, "notified", facts)

    def _answer_getMessageStatus(self, call: ServedCall) -> KitAnswer:  # noqa: N802 - the operation's own name
        now = iso_now()
        content = (
            "<messageState>DELIVERED</messageState><status><statusCode>SCSS001</statusCode>"
            f"<statusMessage>ok</statusMessage><statusDate>{now}</statusDate></status>"
            f"<responseDate>{now}</responseDate><sessionId>{{{uuid4()}}}</sessionId>"
        )
        return self._sign(STATUS, write_async_answer(STATUS, content), 200, "asked")

    def _sign(
        self, operation: str, envelope: bytes, status: int, probe: str = "", facts: dict[str, Any] | None = None
    ) -> KitAnswer:
        signed = sign_envelope(envelope, self.trace.keys.gateway)
        return KitAnswer(operation, status, signed, XML, probe=probe, facts=facts or {})
