"""The processes of the country that follow ШЭП's rules, and the systems that obey them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from services.shep_gateway.console.country_systems import CountrySystems, instance_of
from services.shep_gateway.sandbox import rule_rows
from services.shep_gateway.sandbox.rule_keeping import TAKEN_TOPIC, FollowersBoards, journal_firings, refresh_book
from shared.bus.errors import Untrusted
from shared.bus.messages.trust import PeerDirectory, PeerSystem, SystemIdentity
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.client.nuc import CertificationCentre
from shared.sandbox.matching import ExchangeFacts
from shared.sandbox.rule_book import RuleBook, RuleFiring
from shared.sandbox.rule_channel import (
    CLOCKS_MAY_DIFFER,
    FiringsReport,
    FollowingAnswer,
    FollowingRequest,
    ReportedFiring,
    sign_answer,
    verify_request,
)

LIVES_SECONDS = 5.0
"""For how long after its last question a process counts as one that follows."""
LOOK_SECONDS = 1.0
"""How often a waiting question looks whether its asker is still there."""
OBEYED_SECONDS = 2.0
"""How long the setting of a rule waits for the processes that follow."""
FOLLOWED_TOPIC = "sandbox-followed"


@dataclass
class FollowingProcess:
    """A process that asks for the rules: its systems, the version that it obeys, and when it asked last."""

    instances: frozenset[str]
    version: int | None
    asked_at: float
    waiting: int = 0

    @property
    def is_alive(self) -> bool:
        return self.waiting > 0 or monotonic() - self.asked_at < LIVES_SECONDS


@dataclass
class RuleFollowers:
    """What this process of ШЭП knows of the others, and with which identity it answers them."""

    identity: SystemIdentity
    processes: dict[str, FollowingProcess] = field(default_factory=dict)

    def find_obeying(self) -> frozenset[str]:
        """The systems of other processes that follow now."""
        alive = (process.instances for process in self.processes.values() if process.is_alive)
        return frozenset().union(*alive)

    def note_question(self, name: str, instances: frozenset[str], version: int | None) -> FollowingProcess:
        """Remember what a process follows, and forget those that are gone."""
        self.processes = {key: one for key, one in self.processes.items() if one.is_alive}
        process = self.processes.setdefault(name, FollowingProcess(instances, version, monotonic()))
        process.instances, process.version, process.asked_at = instances, version, monotonic()
        return process

    def sign(self, asker: str, request_body: bytes, content: bytes) -> str:
        """ШЭП's signature under an answer."""
        return sign_answer(self.identity, asker, request_body, content)

    def is_obeyed(self, version: int) -> bool:
        """Whether every process that follows obeys this version."""
        return all(one.version == version for one in self.processes.values() if one.is_alive)


async def verify_follower(runtime: Runtime, signature: str, body: bytes) -> PeerSystem:
    """The system that signed a request; Untrusted ``follower-refused`` for one that is not the country's."""
    directory: PeerDirectory = runtime.resource(CertificationCentre)
    peer = await runtime.compute(lambda: verify_request(directory, signature, body, runtime.now))
    if instance_of(peer.address) not in runtime.resource(CountrySystems).places:
        raise Untrusted("follower-refused", "not a system of the country")
    return peer


async def answer_follower(
    runtime: Runtime, peer: PeerSystem, request: FollowingRequest, is_gone: Callable[[], Awaitable[bool]]
) -> FollowingAnswer:
    """The rules for a process that follows, as soon as they are others than those that it has."""
    check_fresh(runtime, request)
    instances = frozenset({instance_of(peer.address), *request.instances})
    followers = runtime.resource(RuleFollowers)
    process = followers.note_question(request.process, instances, request.version)
    runtime.wake([FOLLOWED_TOPIC])
    process.waiting += 1
    try:
        if not await _await_other(runtime, request.version, request.wait, is_gone):
            followers.processes.pop(request.process, None)
    finally:
        process.waiting -= 1
        process.asked_at = monotonic()
    version, rules = await runtime.read(rule_rows.read_rules)
    return FollowingAnswer(version=version, rules=None if version == request.version else rules)


async def _await_other(
    runtime: Runtime, version: int | None, seconds: float, is_gone: Callable[[], Awaitable[bool]]
) -> bool:
    """Wait until the rules are others than those of ``version``, at most for ``seconds``; False when the asker has
    gone meanwhile.
    """
    deadline, book = monotonic() + seconds, runtime.resource(RuleBook)
    with runtime.listen(TAKEN_TOPIC) as changed:
        await refresh_book(runtime)
        while book.version == version and (left := deadline - monotonic()) > 0:
            changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_SECONDS)):
                    await changed.wait()
            if await is_gone():
                return False
    return True


async def await_obeyed(runtime: Runtime) -> None:
    """Wait until the processes that follow obey the rules as they are, a moment at most."""
    followers, version = runtime.resource(RuleFollowers), runtime.resource(RuleBook).version
    with runtime.listen(FOLLOWED_TOPIC) as changed:
        try:
            async with asyncio.timeout(OBEYED_SECONDS):
                while not followers.is_obeyed(version):
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            return


async def take_report(runtime: Runtime, peer: PeerSystem, report: FiringsReport) -> None:
    """Journal what rules did at a system of another process, once for each report."""
    check_fresh(runtime, report)
    instance = instance_of(peer.address)
    runtime.resource(FollowersBoards).boards[instance] = report.board
    firings = [_read_firing(instance, one) for one in report.firings]
    await journal_firings(runtime, firings, report)


def check_fresh(runtime: Runtime, request: FollowingRequest | FiringsReport) -> None:
    """Untrusted ``follower-refused`` for a request of another time: it may be one that somebody kept."""
    if abs(runtime.machine_clock.now() - request.at) > CLOCKS_MAY_DIFFER:
        raise Untrusted("follower-refused", "the request is of another time than the machine's")


def _read_firing(instance: str, firing: ReportedFiring) -> RuleFiring:
    facts = ExchangeFacts(
        service=firing.service,
        region=firing.region,
        message_type=firing.message_type,
        step=firing.step,
        message_id=firing.message_id,
        case_id=firing.case_id,
        path=firing.path,
    )
    return RuleFiring(firing.at, firing.rule_id, firing.kind, instance, firing.place, facts)
