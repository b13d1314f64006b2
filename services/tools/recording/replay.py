"""A replay: what the members whose tokens are here sent is sent again, and what comes back is compared."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.tools.recording.comparison import Difference, compare_content
from services.tools.recording.recording_file import RecordedMessage
from services.tools.recording.renewal import MessageRenewal
from shared.client import ApiError, ParticipantClient

PAUSE_SECONDS = 0.1


@dataclass
class ReplayReport:
    """What was sent and what came back, of how many; ``missing`` came in the recording and not now."""

    messages: int
    sent: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)
    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    missing: list[dict[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """The faults in force: a replay under one is none of the system."""

    @property
    def is_alike(self) -> bool:
        """Whether everything came back as it was recorded."""
        return not (self.refused or self.differences or self.missing)


class Replay:
    """Sends what ``members`` sent, in the recorded order: a message goes when all that its sender had got of the
    case before it has come.
    """

    def __init__(self, members: Mapping[str, ParticipantClient], renewal: MessageRenewal, seconds: float) -> None:
        self._members = members
        self._renewal = renewal
        self._seconds = seconds
        self._expected: dict[tuple[str, str], list[RecordedMessage]] = defaultdict(list)
        self._arrived: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._given_up: Counter[tuple[str, str]] = Counter()

    async def run(self, messages: Sequence[RecordedMessage], faults: list[str]) -> ReplayReport:
        """Send, await what is expected, and compare."""
        report = ReplayReport(len(messages), faults=faults)
        for message in messages:
            if message.sender in self._members:
                await self._await_mail(message.sender, message.correlation_id)
                await self._send(message, report)
            for recipient in message.recipients:
                if recipient in self._members:
                    self._expected[recipient, message.correlation_id].append(message)
        for key in self._expected:
            await self._await_mail(*key)
            self._compare(key, report)
        return report

    async def _send(self, message: RecordedMessage, report: ReplayReport) -> None:
        renewed = await self._renewal.renew(message)
        try:
            await self._members[message.sender].send(renewed)
        except ApiError as error:
            report.refused.append({**_name(message), "code": error.code})
        else:
            report.sent += 1

    async def _await_mail(self, member: str, case_id: str) -> None:
        """Take what waits of a case until as much has come as was recorded, or the time is over."""
        key = (member, case_id)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        while len(self._arrived[key]) + self._given_up[key] < len(self._expected[key]):
            if loop.time() > deadline:
                self._given_up[key] = len(self._expected[key]) - len(self._arrived[key])
                return
            await self._take_mail(key)

    async def _take_mail(self, key: tuple[str, str]) -> None:
        member, case_id = key
        client = self._members[member]
        mail = await client.take_messages(wait=1, correlation_id=self._renewal.new_id(case_id))
        for view in mail:
            await client.accept(view["message_id"])
            self._arrived[key].append(view)
        if not mail:
            await asyncio.sleep(PAUSE_SECONDS)

    def _compare(self, key: tuple[str, str], report: ReplayReport) -> None:
        """Compare by sender and type: two systems may answer in another order than before."""
        waiting = list(self._arrived[key])
        for recorded in self._expected[key]:
            match = next((view for view in waiting if _is_alike(recorded, view)), None)
            if match is None:
                report.missing.append(_name(recorded))
                continue
            waiting.remove(match)
            report.compared += 1
            report.differences += compare_content(recorded, match["content"], self._renewal)


def _is_alike(recorded: RecordedMessage, view: Mapping[str, Any]) -> bool:
    return (view["sender"], view["message_type"]) == (recorded.sender, recorded.message_type)


def _name(message: RecordedMessage) -> dict[str, str]:
    names = {"sender": message.sender, "service_id": message.service_id, "message_id": message.message_id}
    return {**names, "message_type": message.message_type.value}
