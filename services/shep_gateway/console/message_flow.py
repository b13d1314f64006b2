"""The flow of messages through ШЭП: how many went where in the last minute, how fast they arrived, what waits.

The flow is read from the journal behind the last number that was seen, so that replicas show the same, and so that
nothing is counted while nobody looks. Seconds are the machine's: the bus's time may stand.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlmodel import Session, col

from services.shep_gateway.doors.mailbox import MailRow, MailState
from services.shep_gateway.storage import DeliveryRow, JournalHeadRow, JournalRow
from shared.contracts import addresses
from shared.contracts.cases import DeliveryState

WINDOW_SECONDS = 60
NEWEST_DELIVERIES = 300
MOST_ENTRIES_A_LOOK = 5_000
"""How many entries one look counts: after a pause the flow begins anew with the newest."""


@dataclass(frozen=True)
class FlowCount:
    """How many messages went from one system to others between two looks.

    ``recipients`` are addresses with spaces between, "" for a refusal; ``region`` is "" for the whole country.
    """

    sender: str
    recipients: str
    region: str
    event: str
    count: int


@dataclass(frozen=True)
class Latency:
    """How long the newest messages took to a system, in seconds of the bus's time."""

    median: float
    longest: float
    messages: int


@dataclass(frozen=True)
class FlowPicture:
    """The flow of the last minute: what each system sent and got, and what was refused to it.

    A РШЭП has what passed through it in both directions, under its own address.
    """

    sent_count: Mapping[str, int]
    received_count: Mapping[str, int]
    refused_count: Mapping[str, int]
    seconds: float
    """How long the flow has been watched, at most a minute."""


@dataclass
class FlowWatch:
    """The counts of the last minute; ``look`` adds what the journal has got since the last look."""

    last: int | None = None
    _looks: deque[tuple[datetime, Sequence[FlowCount]]] = field(default_factory=deque)

    def look(self, session: Session, machine_now: datetime) -> None:
        """Count the entries since the last look; the first look only notes where the journal ends."""
        head = read_head(session)
        if self.last is not None and machine_now - self._seen_at > timedelta(seconds=WINDOW_SECONDS):
            self.last, self._looks = None, deque()
        since = head if self.last is None else max(self.last, head - MOST_ENTRIES_A_LOOK)
        counts = count_entries(session, since, head) if head > since else []
        self._looks.append((machine_now, counts))
        self.last = head
        oldest = machine_now - timedelta(seconds=WINDOW_SECONDS)
        while len(self._looks) > 1 and self._looks[0][0] < oldest:
            self._looks.popleft()

    def picture(self, regional: Collection[str]) -> FlowPicture:
        """The flow of the watched part of the last minute; ``regional`` are the systems behind a РШЭП."""
        sent_count: Counter[str] = Counter()
        received_count: Counter[str] = Counter()
        refused_count: Counter[str] = Counter()
        for entry in (count for _, counts in self._looks for count in counts):
            if entry.event != "ACCEPTED":
                refused_count[entry.sender] += entry.count
                continue
            sent_count[entry.sender] += entry.count
            received_count.update(dict.fromkeys(entry.recipients.split(), entry.count))
            if entry.region in addresses.REGIONS:
                gateway = addresses.regional_gateway(entry.region)
                sent_count[gateway] += entry.count * (entry.sender in regional)
                received_count[gateway] += entry.count * any(to in regional for to in entry.recipients.split())
        seconds = (self._looks[-1][0] - self._looks[0][0]).total_seconds() if self._looks else 0.0
        return FlowPicture(sent_count, received_count, refused_count, seconds)

    @property
    def _seen_at(self) -> datetime:
        return self._looks[-1][0]


def read_head(session: Session) -> int:
    """The number of the newest entry of the journal."""
    return session.execute(select(col(JournalHeadRow.n))).scalar() or 0


def count_entries(session: Session, after: int, last: int) -> list[FlowCount]:
    """The entries about messages with numbers above ``after`` up to ``last``, by sender, recipients and event."""
    key = (col(JournalRow.sender), col(JournalRow.recipients), col(JournalRow.region), col(JournalRow.event))
    query = (
        select(*key, func.count())
        .where(col(JournalRow.n) > after, col(JournalRow.n) <= last, col(JournalRow.message_id).is_not(None))
        .group_by(*key)
    )
    return [
        FlowCount(sender or "", recipients if event == "ACCEPTED" else "", region or "", event, count)
        for sender, recipients, region, event, count in session.execute(query)
    ]


def measure_latency(session: Session) -> dict[str, Latency]:
    """By recipient how long the newest delivered messages took from ШЭП's journal to the recipient's receipt."""
    newest = (
        select(
            col(DeliveryRow.sender),
            col(DeliveryRow.message_id),
            col(DeliveryRow.recipient),
            col(DeliveryRow.session_id),
            col(DeliveryRow.changed_at),
            col(DeliveryRow.state),
        )
        .order_by(col(DeliveryRow.changed_at).desc())
        .limit(NEWEST_DELIVERIES)
        .subquery()
    )
    query = (
        select(newest.c.recipient, newest.c.changed_at, col(JournalRow.at))
        .join(JournalRow, col(JournalRow.session_id) == newest.c.session_id)
        .where(newest.c.state == DeliveryState.DELIVERED.value)
    )
    seconds: dict[str, list[float]] = {}
    for recipient, delivered_at, passed_at in session.execute(query):
        seconds.setdefault(recipient, []).append((delivered_at - passed_at).total_seconds())
    return {recipient: Latency(median(spans), max(spans), len(spans)) for recipient, spans in seconds.items()}


def count_mailboxes(session: Session, participants: Iterable[str]) -> dict[str, int]:
    """How many messages wait in the mailboxes of these participants of the doors; empty mailboxes are left out."""
    waiting = select(func.count()).select_from(MailRow).where(col(MailRow.state) == MailState.WAITING.value)
    counts = {
        participant: session.execute(waiting.where(col(MailRow.recipient) == participant)).scalar_one()
        for participant in participants
    }
    return {participant: count for participant, count in counts.items() if count}
