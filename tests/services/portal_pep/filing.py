"""The portal without the bus: real tables and passports, a citizen who signs, and simulated other systems.

``Others`` plays all other systems in a case by the same graph, with the given answers.
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
from services.portal_pep.storage import APPLICATIONS, PortalCase
from services.portal_pep.submission import CabinetVisitor, FilledForm
from shared.bus.carriers.transport import SignedBytes
from shared.bus.messages.message import (
    EnvelopeHeader,
    MessageContract,
    MessageType,
    make_envelope,
    read_data,
    read_header,
)
from shared.bus.messages.trust import PeerSystem
from shared.bus.persistence.database import Database, Session, database_url
from shared.bus.persistence.hot_tables import IdentityMap
from shared.bus.runtime.unit_of_work import OutgoingMessage, ReceivedMessage, UnitOfWork
from shared.contracts import addresses
from shared.contracts.addresses import system_address
from shared.contracts.cases import (
    CHANNEL,
    REGULATION,
    STEP,
    VARIANT,
    ApplicationMessage,
    CaseResult,
    DecisionOutcome,
    StatusChanged,
    StatusNotice,
)
from shared.contracts.documents import OutputDocument
from shared.pki.certificates.profile import CertificateKind
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import MessageRule, ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from tests.pki.near_centre import NearCentre, signed
from tests.pki.pki_centre import IIN, NOW

T = TypeVar("T")

PORTAL = "portal"
HANDLERS: Mapping[type[MessageContract], Callable[..., None]] = {
    StatusChanged: handlers.change_status,
    StatusNotice: handlers.show_notice,
    CaseResult: handlers.complete_application,
}


@cache
def book() -> PassportBook:
    return PassportBook.load()


def portal_graphs() -> list[ProcessGraph]:
    """The graphs of the portal's channel: every passport that opens the portal, in every variant."""
    return [graph for _, graph in book().all_graphs() if graph.channel == PORTAL]


@dataclass
class Desk:
    """The portal's tables and the messages it sent."""

    database: Database
    now: datetime = NOW
    sent: list[OutgoingMessage] = field(default_factory=list)
    count: int = 0

    @classmethod
    def at(cls, folder: Path) -> Desk:
        made = cls(Database(database_url(None, folder, "portal_pep"), storage.Base.metadata))
        made.database.create_schema()
        return made

    def new_id(self) -> str:
        self.count += 1
        return str(UUID(int=self.count))

    def write(self, run: Callable[[UnitOfWork], T]) -> T:
        """One unit of work, committed as by the kernel; the clock moves a second."""
        self.now += timedelta(seconds=1)
        with self.database.transaction() as session, self._work(session) as uow:
            return run(uow)

    @contextmanager
    def _work(self, session: Session) -> Iterator[UnitOfWork]:
        pages = IdentityMap(session, self.database)
        resources = (book(), PortalSettings(), NearCentre())
        found = {kind: one for one in resources for kind in type(one).__mro__[:-1]}
        uow = UnitOfWork(session, self.now, addresses.PORTAL, found, pages, self.new_id)
        yield uow
        uow.keep_changes()
        pages.flush()
        for write_rows, row in uow.pending_writes:
            write_rows(session, self.database, [row])
        self.sent += uow.outgoing

    def read(self, query: Callable[[Session], T]) -> T:
        with self.database.read_session() as session:
            return query(session)

    def case(self, application_id: str) -> PortalCase:
        found = self.write(lambda uow: uow.hot_rows(APPLICATIONS).get(application_id))
        assert found is not None
        return found

    def file(self, graph: ProcessGraph, **changes: str) -> PortalCase:
        """Draft, sign and submit an application."""
        passport = book().get_passport(graph.passport_id)
        form = FilledForm(
            passport.directories.departments[0].code,
            make_valid_form(passport, IIN, **changes),
            (),
            graph.variant,
        )
        document = self.write(lambda uow: submission.compose_application(uow, passport, IIN, form))
        letter = signed(document.model_dump_json().encode(), at=self.now)
        who = CabinetVisitor(IIN, NOW - timedelta(days=30), NOW)
        application = submission.check_application(NearCentre(), letter, who, self.now)
        return self.write(lambda uow: submission.submit_application(uow, application, {}, who))

    def hear(self, payload: MessageContract, case: str) -> None:
        """Deliver a message and let the portal handle it."""
        self.write(lambda uow: HANDLERS[type(payload)](payload, received(payload, case, self.now), uow))


def received(payload: MessageContract, case: str, at: datetime) -> ReceivedMessage:
    """The envelope of a delivered message from the holder of its step; the gateway carried it at this moment."""
    sender, service, region = "shep_gateway", "service", cast(str | None, None)
    properties: dict[str, str] = {}
    if isinstance(payload, (StatusChanged, StatusNotice, CaseResult)):
        passport = book().get_passport(payload.regulation)
        graph = book().get_graph(payload.regulation, cast(Any, payload.channel), payload.variant)
        sender = system_address(graph.get_node(payload.step).holder)
        service, region = passport.service_type, passport.region
        properties = {
            REGULATION: payload.regulation,
            CHANNEL: payload.channel,
            VARIANT: payload.variant,
            STEP: payload.step,
        }
    info = make_envelope(
        message_id="message",
        correlation_id=case,
        service_id=service,
        route_id=region,
        message_type=payload.message_type or MessageType.UPDATE,
        message_date=at,
        sender=sender,
        values=properties,
    )
    head = EnvelopeHeader.model_construct(message_info=info, message_data=cast(Any, None))
    peer = PeerSystem(sender, cast(Any, None), "", at)
    return ReceivedMessage(SignedBytes(b"", ""), head, peer, peer, 0, {"at": at.isoformat()}, "")


@dataclass
class Others:
    """All systems but the portal in one case: they take allowed steps, and answer by ``answers`` or with the first
    answer.
    """

    desk: Desk
    course: ProcessState
    case: str
    answers: Mapping[str, str]
    reason: str | None = None
    told: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, desk: Desk, graph: ProcessGraph, case: PortalCase, answers: Mapping[str, str] | None = None
    ) -> Others:
        return cls(desk, ProcessState(graph, case.steps), case.case_id, answers or {})

    def play(self) -> PortalCase:
        """Go on until only the citizen at the portal can act."""
        while (node := self._next()) is not None:
            self.desk.now += timedelta(minutes=1)
            answer = self.answers.get(node.id, node.chooses[0]) if node.chooses else None
            self.course.take_step(node.id, self.desk.now, system_address(node.holder), answer)
            for posting in self.course.messages_sent_by(node.id):
                if "portal_pep" in posting.to:
                    self._tell(node, posting)
        return self.desk.case(self.case)

    def _next(self) -> ProcessNode | None:
        self.course.learn_steps(ProcessState(self.course.graph, self.desk.case(self.case).steps).done_steps)
        allowed = map(self.course.graph.get_node, self.course.allowed_nodes)
        return next((node for node in allowed if node.end is None and node.holder != "portal_pep"), None)

    def _tell(self, node: ProcessNode, posting: MessageRule) -> None:
        self.told.append(f"{node.id} {posting.kind}")
        self.desk.hear(self.message(node, MessageType(posting.kind)), self.case)

    def message(self, node: ProcessNode, kind: MessageType) -> StatusChanged | StatusNotice | CaseResult:
        """The provider's message with this step; a result without document where a condition refused."""
        graph = self.course.graph
        common: dict[str, Any] = {
            "regulation": graph.passport_id,
            "channel": PORTAL,
            "variant": graph.variant,
            "step": node.id,
            "status": node.status or node.announces,
            "number": "N-1",
            "steps": self.course.done_steps,
        }
        if kind is not MessageType.RESPONSE:
            made = StatusChanged if kind is MessageType.UPDATE else StatusNotice
            return made(**common, authority="a")
        is_negative = "refused" in self.course.answers.values()
        outcome = DecisionOutcome.NEGATIVE if is_negative else DecisionOutcome.POSITIVE
        if "unmet" in self.course.answers.values():
            return CaseResult(**common, outcome=DecisionOutcome.NEGATIVE, reason="нет документов")
        return CaseResult.model_construct(**common, outcome=outcome, document=self.output(outcome))

    def output(self, outcome: DecisionOutcome) -> bytes:
        document = OutputDocument(
            application_id=self.case,
            number="N-1",
            regulation=self.course.graph.passport_id,
            service="Услуга",
            authority="Отдел",
            applicant=IIN,
            outcome=outcome,
            text="Решено",
            reason="не положено" if outcome is DecisionOutcome.NEGATIVE else None,
            issued_at=self.desk.now,
        )
        office = book().get_passport(self.course.graph.passport_id).directories.departments[0].code
        return signed(document.model_dump_json().encode(), CertificateKind.EMPLOYEE, self.desk.now, office)


def payload(intent: OutgoingMessage) -> MessageContract:
    """The payload of a message, as its receiver reads it."""
    contracts: Mapping[str, type[MessageContract]] = {
        one.contract: one for one in (ApplicationMessage, StatusNotice, StatusChanged)
    }
    return read_data(intent.body, contracts[read_header(intent.body).message_data.contract])


def named(intent: OutgoingMessage) -> tuple[str | None, ...]:
    """The properties of a message: regulation, channel, variant, step."""
    return tuple(intent.info.find_property(key) for key in (REGULATION, CHANNEL, VARIANT, STEP))
