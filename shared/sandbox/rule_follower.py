"""Follows the country's rules from a process without ШЭП, and reports to ШЭП what they did here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from pydantic import ValidationError
from pydantic_core import to_json

from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError, Unavailable
from shared.bus.http.tls import server_check, uses_proxies
from shared.bus.logs import log
from shared.bus.messages.trust import PeerDirectory, SystemIdentity
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.unit_of_work import random_id
from shared.sandbox.rule_book import RuleBook, RuleFiring
from shared.sandbox.rule_channel import (
    FOLLOWING_PATH,
    LONGEST_WAIT,
    MOST_BOARD,
    MOST_FIRINGS,
    MOST_ORDERS,
    REPORTS_PATH,
    SIGNATURE,
    FiringsReport,
    FollowingAnswer,
    FollowingRequest,
    report_firings,
    sign_request,
    verify_answer,
)
from shared.sandbox.rules import OutcomeOrder, SandboxRule

FIRST_SECONDS = 2.0
"""How long a system that starts waits for its first answer: a ШЭП that is away holds up no start."""
REPORT_SECONDS = 0.2
PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
NO_SUCH_PLACE = 404


@dataclass
class FollowingMember:
    """A system of this process: how it signs, whom it believes, and what it has to report."""

    identity: SystemIdentity
    directory: PeerDirectory
    number: int = 0
    waiting: list[RuleFiring] = field(default_factory=list)
    """The firings of the report that ШЭП has not confirmed yet: it goes again with the same number."""
    orders: list[OutcomeOrder] = field(default_factory=list)
    """The outcomes that ШЭП has not confirmed yet; an order that comes twice makes one rule."""
    board: Sequence[SandboxRule] = ()
    """The own rules that ШЭП was told last."""


class RuleFollower:
    """Keeps the book of this process equal to ШЭП's. While ШЭП is away, the last known rules stay in force."""

    def __init__(self, book: RuleBook, url: str) -> None:
        self._book = book
        self._machine = SystemClock()
        self._process = random_id()
        self._members: dict[str, FollowingMember] = {}
        self._known: int | None = None
        self._tasks = SupervisedTasks()
        timeout = httpx.Timeout(5.0, read=LONGEST_WAIT + 10.0)
        self._http = httpx.AsyncClient(
            base_url=url, timeout=timeout, verify=server_check(url), trust_env=uses_proxies(url)
        )

    async def add_member(self, instance: str, identity: SystemIdentity, directory: PeerDirectory) -> None:
        """Follow for this instance too; the rules that are in force are known when this returns, unless ШЭП does
        not answer.
        """
        is_first = not self._members
        self._members[instance] = FollowingMember(identity, directory)
        if is_first:
            try:
                async with asyncio.timeout(FIRST_SECONDS):
                    await self.fetch_rules(0.0)
            except (BusError, TimeoutError):
                pass  # the task below goes on asking
            self._tasks.keep_running("sandbox.follower", self._follow_forever)
            self._tasks.keep_running("sandbox.reporter", self._report_forever)

    async def close(self) -> None:
        """Tell ШЭП what it does not know yet, and stop."""
        await self._tasks.stop()
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                await self._report_all()
        except (BusError, TimeoutError):
            log("sandbox.firings-lost", count=sum(len(one.waiting) for one in self._members.values()))
        await self._http.aclose()

    async def fetch_rules(self, wait: float) -> None:
        """Ask for other rules than the known ones, and obey the answer; Unavailable ``rules-unavailable``."""
        instances = sorted(self._members)
        member = self._members[instances[0]]
        order = FollowingRequest(
            process=self._process,
            at=self._machine.now(),
            nonce=random_id(),
            instances=instances,
            version=self._known,
            wait=wait,
        )
        content = await self._call(member, FOLLOWING_PATH, to_json(order))
        if content is None:  # ШЭП has no sandbox
            answer = FollowingAnswer(version=0, rules=[])
            await asyncio.sleep(wait)
        else:
            try:
                answer = FollowingAnswer.model_validate_json(content)
            except ValidationError as error:
                raise Unavailable("rules-unavailable", f"ШЭП's rules cannot be read: {error!r}") from None
        if answer.rules is not None and answer.version != self._known:
            self._book.replace_rules(answer.version, answer.rules)
            self._known = answer.version

    async def _follow_forever(self) -> None:
        pause = PAUSE_SECONDS
        while True:
            try:
                await self.fetch_rules(LONGEST_WAIT)
            except BusError as error:
                if pause == PAUSE_SECONDS:
                    log("sandbox.rules-unavailable", code=error.code, error=error.message)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                pause = PAUSE_SECONDS

    async def _report_forever(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            try:
                await self._report_all()
            except BusError:
                await asyncio.sleep(LONGEST_PAUSE_SECONDS)

    async def _report_all(self) -> None:
        for firing in self._book.take_firings():
            member = self._members.get(firing.system)
            if member is not None:
                member.waiting.append(firing)
        for instance, order in self._book.take_orders():
            if instance in self._members:
                self._members[instance].orders.append(order)
        for instance, member in tuple(self._members.items()):
            board = self._own_rules(member)
            while member.waiting or member.orders or board != member.board:
                await self._report(instance, member, board)

    async def _report(self, instance: str, member: FollowingMember, board: Sequence[SandboxRule]) -> None:
        part, orders = member.waiting[:MOST_FIRINGS], member.orders[:MOST_ORDERS]
        report = FiringsReport(
            process=f"{self._process}-{instance}",
            at=self._machine.now(),
            number=member.number + 1,
            firings=report_firings(part),
            board=tuple(board),
            orders=tuple(orders),
        )
        await self._call(member, REPORTS_PATH, report.model_dump_json(exclude_none=True).encode())
        member.number += 1
        member.waiting, member.orders = member.waiting[len(part) :], member.orders[len(orders) :]
        member.board = board

    def _own_rules(self, member: FollowingMember) -> Sequence[SandboxRule]:
        own = self._book.list_active(member.identity.address)
        return tuple(active.rule for active in own)[:MOST_BOARD]

    async def _call(self, member: FollowingMember, path: str, body: bytes) -> bytes | None:
        """The proved answer of ШЭП, None where ШЭП has no sandbox; Unavailable ``rules-unavailable``."""
        headers = {SIGNATURE: sign_request(member.identity, body), "Content-Type": "application/json"}
        try:
            answer = await self._http.post(path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable("rules-unavailable", f"ШЭП: {error!r}") from None
        if answer.status_code == NO_SUCH_PLACE:
            return None
        if not answer.is_success:
            raise Unavailable("rules-unavailable", f"ШЭП: HTTP {answer.status_code}: {answer.text[:200]}")
        now, signature = self._book.clock.now(), answer.headers.get(SIGNATURE, "")
        await asyncio.to_thread(
            verify_answer, member.directory, signature, member.identity.address, body, answer.content, now
        )
        return answer.content
