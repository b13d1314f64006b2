"""The callers of this process that wait for the answer to their question.

An answer that comes while its caller waits is taken in the transaction that lets it pass, and handed over after
the commit: nobody has to look into the mailbox, nor to conclude the delivery in a further transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock

from services.shep_gateway.doors.mailbox import TakenMail

COMMIT_SECONDS = 5.0
"""How long a caller whose time is over waits for the commit of an answer that was taken for it already."""


@dataclass(eq=False)
class AwaitedAnswer:
    """A caller that waits: the writer's thread asks whether it takes a message, the loop tells of the commit."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something to look for: the answer itself, or a message in the mailbox."""
    mail: TakenMail | None = None
    _taken_id: str | None = None
    _is_over: bool = False
    _lock: Lock = field(default_factory=Lock)

    def take(self, message_id: str) -> bool:
        """Whether the caller takes this message as its answer: the first one, also when its transaction is
        repeated; none after the caller's time is over.
        """
        with self._lock:
            if self._is_over or self._taken_id not in (None, message_id):
                return False
            self._taken_id = message_id
            return True

    def hand_over(self, mail: TakenMail | None) -> None:
        """Give the caller its answer after the commit; without one, have the caller look into the mailbox."""
        self.mail = self.mail or mail
        self.news.set()

    async def wait(self, seconds: float) -> TakenMail | None:
        """The answer; None as soon as a message came into the mailbox, or after ``seconds``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.news.wait()
        self.news.clear()
        return self.mail

    def end(self) -> None:
        """Take no message from now on."""
        with self._lock:
            self._is_over = True

    async def give_up(self) -> TakenMail | None:
        """End, and return the answer that was taken in a transaction under way; None without one."""
        self.end()
        return await self.wait(COMMIT_SECONDS) if self._taken_id is not None and self.mail is None else self.mail


class AwaitedAnswers:
    """The waiting callers, by participant and case; changed by the loop only."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], AwaitedAnswer] = {}
        self._asking: dict[tuple[str, str], AwaitedAnswer] = {}

    @contextmanager
    def expect_answer(self, participant: str, case_id: str, message_id: str) -> Iterator[AwaitedAnswer]:
        """The wait of a caller for the first message of a case of its own, begun before the caller's question
        ``message_id`` is sent.
        """
        case, question, awaited = (participant, case_id), (participant, message_id), AwaitedAnswer()
        self._waiting[case] = self._asking[question] = awaited
        try:
            yield awaited
        finally:
            awaited.end()
            del self._waiting[case]
            if self._asking.get(question) is awaited:  # the same question may be sent twice at once
                del self._asking[question]

    def find(self, participant: str, case_id: str) -> AwaitedAnswer | None:
        """The caller that waits for an answer in this case; None when nobody in this process does."""
        return self._waiting.get((participant, case_id))

    def find_asker(self, participant: str, message_id: str) -> AwaitedAnswer | None:
        """The caller that waits for the answer to this question; None when nobody in this process does."""
        return self._asking.get((participant, message_id))
