"""The portal without the bus: real tables and passports, a citizen who signs, and a country that answers.

Everybody else's part in a case is played by ``Others``, who go by the same graph and answer as they are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

from services.portal_pep import handlers, storage, submission
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import APPLICATIONS, Case
from services.portal_pep.submission import Form, Visitor
from shared.bus.carriers.transport import Raw
from shared.bus.messages.message import Contract, Head, MessageType, envelope, read_data, read_head
from shared.bus.messages.trust import Peer
from shared.bus.persistence.database import Database, Session, database_url
from shared.bus.persistence.hot_tables import Pages
from shared.bus.runtime.unit_of_work import Intent, Received, Work
from shared.contracts import addresses
from shared.contracts.cases import (
    CHANNEL,
    REGULATION,
    STEP,
    VARIANT,
    Application,
    Notice,
    Outcome,
    Result,
    StatusChanged,
)
from shared.contracts.documents import OutputDocument
from shared.pki.certificates.profile import Kind, Purpose
from shared.pki.client.nuc import Centre
from shared.pki.cms import signed_data
from shared.pki.verification.check import CheckedDocument, check_document
from shared.regulations.book import PassportBook
from shared.regulations.process.graph import Graph, Node, Posting
from shared.regulations.process.process_state import Course
from tests.pki.pki_centre import IIN, NOW, centre

T = TypeVar("T")

PORTAL = "portal"
HANDLERS: Mapping[type[Contract], Callable[..., None]] = {
    StatusChanged: handlers.change_status,
    Notice: handlers.take_notice,
    Result: handlers.complete,
}
FORMS = {
    "KZ-YUZ.1": {"iin": IIN, "postal_index": "160000", "phone": "87252000000"},
    "KZ-YUZ.3": {"iin": IIN, "postal_index": "160000", "phone": "87252000000", "sik": "0000000000000000"},
    "KZ-YUZ.4": {
        "iin": IIN,
        "id_card_number": "000000000",
        "rnn": "000000000000",
        "postal_index": "160000",
        "phone": "87252000000",
        "sik": "0000000000000000",
        "account_number": "0000000000000000",
        "birth_record_number": "000000000",
    },
}
"""Forms that pass ФЛК; the other acts print none."""


@cache
def book() -> PassportBook:
    return PassportBook.load()


def portal_graphs() -> list[Graph]:
    """What the portal runs: every passport that gives it, in every variant."""
    return [graph for _, graph in book().all_graphs() if graph.channel == PORTAL]


@cache
def signer(kind: Kind) -> Any:
    return centre().issue(kind)


def signed(content: bytes, kind: Kind = Kind.INDIVIDUAL, at: datetime = NOW) -> bytes:
    return signed_data.sign(content, *signer(kind), at=at)


class NearCentre(Centre):
    """НУЦ whose list of the revoked is empty and at hand."""

    def __init__(self) -> None:
        super().__init__("http://nuc.test", centre().anchors)

    def check(self, der: bytes, *, at: datetime, **asked: Any) -> CheckedDocument:
        return check_document(der, anchors=self.anchors, revocation=None, at=at, **asked)


@dataclass
class Desk:
    """The portal's tables and what it sent."""

    database: Database
    now: datetime = NOW
    sent: list[Intent] = field(default_factory=list)
    count: int = 0

    @classmethod
    def at(cls, folder: Path) -> Desk:
        made = cls(Database(database_url(None, folder, "portal_pep"), storage.Base.metadata))
        made.database.create()
        return made

    def new_id(self) -> str:
        self.count += 1
        return str(UUID(int=self.count))

    def write(self, run: Callable[[Work], T]) -> T:
        """One unit of work, committed like the kernel's; a second passes with it."""
        self.now += timedelta(seconds=1)
        with self.database.transaction() as session, self._work(session) as work:
            return run(work)

    @contextmanager
    def _work(self, session: Session) -> Iterator[Work]:
        pages = Pages(session, self.database)
        resources = (book(), PortalSettings(), NearCentre())
        found = {kind: one for one in resources for kind in type(one).__mro__[:-1]}
        work = Work(session, self.now, addresses.PORTAL, found, pages, self.new_id)
        yield work
        work.keep()
        pages.flush()
        for write_rows, row in work.deferred:
            write_rows(session, self.database, [row])
        self.sent += work.outgoing

    def read(self, query: Callable[[Session], T]) -> T:
        with self.database.reading() as session:
            return query(session)

    def case(self, application_id: str) -> Case:
        found = self.write(lambda work: work.rows(APPLICATIONS).get(application_id))
        assert found is not None
        return found

    def file(self, graph: Graph, **changes: str) -> Case:
        """Draft, sign, submit."""
        passport = book().get(graph.passport)
        form = Form(
            passport.directories.departments[0].code,
            {**FORMS.get(passport.id, {}), **changes},
            (),
            graph.variant,
        )
        document = self.write(lambda work: submission.draft(work, passport, IIN, form))
        letter = signed(document.model_dump_json().encode(), at=self.now)
        checked = NearCentre().check(letter, at=self.now, expected_iin=IIN, purpose=Purpose.APPLICANT)
        who = Visitor(IIN, NOW - timedelta(days=30), NOW)
        return self.write(lambda work: submission.submit(work, checked, letter, who))

    def hear(self, payload: Contract, case: str) -> None:
        """A message comes, and is dealt with."""
        self.write(lambda work: HANDLERS[type(payload)](payload, received(case, self.now), work))


def received(case: str, at: datetime) -> Received:
    """The envelope of whatever comes; the gateway carried it at this moment."""
    info = envelope(
        message_id="message",
        correlation_id=case,
        service_id="service",
        message_type=MessageType.UPDATE,
        message_date=at,
        sender="is_mio",
        values={},
    )
    head = Head.model_construct(message_info=info, message_data=cast(Any, None))
    peer = cast(Peer, None)
    return Received(Raw(b"", ""), head, peer, peer, 0, {"at": at.isoformat()}, "")


@dataclass
class Others:
    """Everybody but the portal in one case: they take what they may, and answer by ``answers`` or first."""

    desk: Desk
    course: Course
    case: str
    answers: Mapping[str, str]
    reason: str | None = None
    told: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, desk: Desk, graph: Graph, case: Case, answers: Mapping[str, str] | None = None) -> Others:
        return cls(desk, Course.read(graph, case.steps), case.id, answers or {})

    def play(self) -> Case:
        """Go on until nobody but the portal's citizen can."""
        while (node := self._next()) is not None:
            self.desk.now += timedelta(minutes=1)
            answer = self.answers.get(node.id, node.chooses[0]) if node.chooses else None
            self.course.take(node.id, self.desk.now, node.holder, answer)
            for posting in self.course.posted(node.id):
                if "portal_pep" in posting.to:
                    self._tell(node, posting)
        return self.desk.case(self.case)

    def _next(self) -> Node | None:
        self.course.learn(Course.read(self.course.graph, self.desk.case(self.case).steps).steps)
        allowed = map(self.course.graph.node, self.course.allowed)
        return next((node for node in allowed if node.end is None and node.holder != "portal_pep"), None)

    def _tell(self, node: Node, posting: Posting) -> None:
        self.told.append(f"{node.id} {posting.kind}")
        self.desk.hear(self.message(node, MessageType(posting.kind)), self.case)

    def message(self, node: Node, kind: MessageType) -> StatusChanged | Notice | Result:
        """What the provider says with this step; a Result without document where it refused in a condition."""
        graph = self.course.graph
        common: dict[str, Any] = {
            "regulation": graph.passport,
            "channel": PORTAL,
            "variant": graph.variant,
            "step": node.id,
            "status": node.status or node.announces,
            "number": "N-1",
            "steps": self.course.steps,
        }
        if kind is not MessageType.RESPONSE:
            made = StatusChanged if kind is MessageType.UPDATE else Notice
            return made(**common, authority="a")
        is_negative = "refused" in self.course.given.values()
        outcome = Outcome.NEGATIVE if is_negative else Outcome.POSITIVE
        if "unmet" in self.course.given.values():
            return Result(**common, outcome=Outcome.NEGATIVE, reason="нет документов")
        return Result.model_construct(**common, outcome=outcome, document=self.output(outcome))

    def output(self, outcome: Outcome) -> bytes:
        document = OutputDocument(
            application_id=self.case,
            number="N-1",
            regulation=self.course.graph.passport,
            service="Услуга",
            authority="Отдел",
            applicant=IIN,
            outcome=outcome,
            text="Решено",
            reason="не положено" if outcome is Outcome.NEGATIVE else None,
            issued_at=self.desk.now,
        )
        return signed(document.model_dump_json().encode(), Kind.EMPLOYEE, self.desk.now)


def payload(intent: Intent) -> Contract:
    """What a message says, as its receiver reads it."""
    contracts: Mapping[str, type[Contract]] = {one.contract: one for one in (Application, Notice, StatusChanged)}
    return read_data(intent.body, contracts[read_head(intent.body).message_data.contract])


def named(intent: Intent) -> tuple[str | None, ...]:
    """What the properties of a message name: regulation, channel, variant, step."""
    return tuple(intent.info.property(key) for key in (REGULATION, CHANNEL, VARIANT, STEP))
