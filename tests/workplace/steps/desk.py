"""A workplace without the bus: its real wiring and tables, its employees and keys, other systems' messages.

A test states the acts of employees and the incoming messages, and reads what the workplace sends and shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

from cryptography import x509

from services.catalog import find_instance
from shared.bus.carriers.transport import SignedBytes
from shared.bus.clocks.clock import SystemClock
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
from shared.bus.service import WiringContext
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
    StepDone,
)
from shared.contracts.documents import ApplicationDocument, OutputDocument, read_output
from shared.pki.certificates import keys, profile
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.model import CENTRE_ROLES, EmployeeRole, Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph
from shared.regulations.process.process_state import ProcessState
from shared.workplace.clerks.settlement import fill_record
from shared.workplace.people.offices import offices_of_kind
from shared.workplace.people.staff import make_employees
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.decisions import Decision
from shared.workplace.records.documents import OUTPUT
from shared.workplace.records.storage import EmployeeRow, QueryRow
from shared.workplace.settings import WorkplaceSettings
from shared.workplace.steps import intake
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.intake import IntakeRequest
from shared.workplace.steps.operations import take_step
from shared.workplace.steps.records.record_entries import RecordEntry
from shared.workplace.steps.step_context import WorkplaceContext
from tests.pki.near_centre import NearCentre, signed
from tests.pki.pki_centre import IIN, NOW, centre, pem
from tests.workplace.steps.desk_messages import HANDLERS, SENT

T = TypeVar("T")

CENTRE = "kz.con.01"
SIGNS = {"portal": CertificateKind.INDIVIDUAL, "con": CertificateKind.CON_OPERATOR}


@cache
def book() -> PassportBook:
    return PassportBook.load()


@cache
def employee_key() -> Any:
    """One key for all employees: the tests need different certificates, not different keys."""
    return keys.new_ec_key()


@dataclass
class Workplace:
    """One system with a workplace and the employees of one act."""

    passport: Passport
    resources: dict[type[Any], object]
    database: Database
    folder: Path
    now: datetime = NOW
    sent: list[OutgoingMessage] = field(default_factory=list)
    count: int = 0

    @classmethod
    def open(cls, folder: Path, name: str, regulation: str) -> Workplace:
        """The system of this name, built by its own wiring, with employees for this act."""
        instance = find_instance(name)
        assert instance is not None
        service = instance.load_service()
        around = WiringContext(WorkplaceSettings(), SystemClock(), None, None, folder)
        made = Database(database_url(None, folder, name), service.tables)
        made.create_schema()
        instances = (*service.resources(around), NearCentre(), made, book())
        resources = {kind: one for one in instances for kind in type(one).__mro__[:-1]}
        desk = cls(book().get_passport(regulation), resources, made, folder)
        graphs = [(passport, graph) for passport, graph in book().all_graphs() if passport.id == regulation]
        rows = [{**row, "password_hash": ""} for row in make_employees(desk.profile, graphs)]
        desk.write(lambda uow: storage.add_employees(uow.session, rows))
        desk.write(desk.profile.rules.fill_register)
        return desk

    @property
    def profile(self) -> WorkplaceProfile:
        return cast(WorkplaceProfile, self.resources[WorkplaceProfile])

    def graph(self, case: WorkplaceCase) -> ProcessGraph:
        return book().get_graph(case.regulation, cast(Any, case.channel), case.variant)

    def new_id(self) -> str:
        self.count += 1
        return str(UUID(int=self.count))

    def write(self, run: Callable[[UnitOfWork], T]) -> T:
        """Run one unit of work and commit as the kernel does; the clock moves by a second."""
        self.now += timedelta(seconds=1)
        with self.database.transaction() as session, self._work(session) as uow:
            return run(uow)

    @contextmanager
    def _work(self, session: Session) -> Iterator[UnitOfWork]:
        rows = IdentityMap(session, self.database)
        uow = UnitOfWork(session, self.now, self.profile.address, self.resources, rows, self.new_id)
        yield uow
        uow.keep_changes()
        rows.flush()
        for write_rows, row in uow.pending_writes:
            write_rows(session, self.database, [row])
        self.sent += uow.outgoing

    def read(self, query: Callable[[Session], T]) -> T:
        with self.database.read_session() as session:
            return query(session)

    # What employees do

    def take_in(self, channel: str, **details: Any) -> str:
        """Have an employee take in a visitor's documents; returns the id of the case."""
        by = details.pop("by", None) or self.receptionist(channel, details.get("variant"))
        wanted = {"applicant": IIN, "fields": make_valid_form(self.passport, IIN, cast(Any, channel)), **details}
        filed = IntakeRequest(regulation=self.passport.id, channel=cast(Any, channel), **wanted)

        def take(uow: UnitOfWork) -> str:
            session = intake.take_in_application(filed, by, uow)
            session.save()
            return session.case.case_id

        return self.write(take)

    def receptionist(self, channel: str, variant: str | None = None) -> EmployeeRow:
        """An employee who may take the first step of a channel, at the first office of that channel."""
        graph = book().get_graph(self.passport.id, cast(Any, channel), variant or self.passport.variants[0])
        first = graph.get_node(graph.start_nodes[0])
        if first.office is None or first.holder not in self.profile.systems:
            return self.employee()
        return self.employee(min(first.roles), offices_of_kind(self.passport, first.office)[0].code)

    def act(
        self,
        case: str,
        step: str,
        answer: str | None = None,
        *,
        reason: str | None = None,
        by: EmployeeRow | None = None,
        cms: bytes | None = None,
        words: str | None = None,
        record: RecordEntry | None = None,
        result: str | None = None,
    ) -> WorkplaceCase:
        """Have an employee take a step, by default an employee in a role that the act names, who fills in the
        record of the step as a clerk does.
        """
        actor = by or self.employee_for(case, step)
        decision = Decision(DecisionOutcome.NEGATIVE, reason) if reason else None

        def take(session: WorkplaceCaseSession) -> None:
            entry = record or fill_record(session, session.graph.get_node(step), decision)
            told = {"words": words, "record": entry, "result": result}
            take_step(session, step, WorkplaceContext(answer, actor, decision, cms, **told))  # type: ignore[arg-type]

        return self.work_on(case, take)

    def work_on(self, case: str, does: Callable[[WorkplaceCaseSession], object]) -> WorkplaceCase:
        """Call ``does`` with a case and save the case."""

        def do(uow: UnitOfWork) -> WorkplaceCase:
            session = WorkplaceCaseSession.load(uow, case)
            does(session)
            session.save()
            return session.case

        return self.write(do)

    def employee(self, role: EmployeeRole | None = None, place: str | None = None) -> EmployeeRow:
        """An employee of a place, with a key; by default of the act's first department or first centre."""
        rows = self.read(storage.all_employees)
        departments = (office.code for office in self.passport.directories.departments)
        places = {row.authority for row in rows}
        wanted = place or next((code for code in departments if code in places), min(places))
        found = next(row for row in rows if row.authority == wanted and role in (None, EmployeeRole(row.role)))
        self._give_key(found)
        return found

    def employee_for(self, case: str, step: str) -> EmployeeRow:
        """An employee of the case's place in a role that may take the step."""
        known = self.case(case)
        roles = self.graph(known).get_node(step).roles
        rows = self.read(storage.all_employees)
        role = next(EmployeeRole(row.role) for row in rows if row.authority == known.place and row.role in roles)
        return self.employee(role, known.place)

    def _give_key(self, employee: EmployeeRow) -> None:
        """Store a key and a certificate of the employee where the workplace looks for them."""
        certificate = self._certificate_of(employee)
        if certificate.exists():
            return
        certificate.parent.mkdir(exist_ok=True)
        is_operator = employee.role in CENTRE_ROLES
        issued = centre().certify(
            employee_key(),
            CertificateKind.CON_OPERATOR if is_operator else CertificateKind.EMPLOYEE,
            subject=profile.employee_subject(
                employee.iin,
                employee.surname,
                employee.name,
                organisation=employee.organisation,
                bin_=employee.bin,
            ),
        )
        certificate.with_suffix(".key").write_bytes(keys.to_pem(employee_key()))
        certificate.write_bytes(pem(issued))

    def _certificate_of(self, employee: EmployeeRow) -> Path:
        return self.folder / "keys" / f"{employee.iin}.crt"

    def sign_as(self, employee: EmployeeRow, content: bytes) -> bytes:
        """A document as CMS, signed with the employee's own key outside of the workplace."""
        certificate = x509.load_pem_x509_certificate(self._certificate_of(employee).read_bytes())
        return signed_data.sign(content, employee_key(), certificate, at=self.now)

    # What comes

    def hear(self, case: str, payload: Any, step: str, sender: str | None = None) -> WorkplaceCase | None:
        """Handle a message of a case from the system that holds the message's step."""
        received = self.envelope(case, payload, step, sender)
        self.write(lambda uow: HANDLERS[type(payload)](payload, received, uow))
        is_known = self.read(lambda session: storage.find_case(session, case)) is not None
        return self.case(case) if is_known else None

    def envelope(self, case: str, payload: Any, step: str, sender: str | None = None) -> ReceivedMessage:
        """The envelope of a message; the gateway carried it now."""
        properties = {STEP: step}
        if isinstance(payload, (ApplicationMessage, StatusChanged, StatusNotice, CaseResult)):
            graph = book().get_graph(payload.regulation, cast(Any, payload.channel), payload.variant)
            sender = sender or system_address(graph.get_node(step).holder)
            properties |= {REGULATION: payload.regulation, CHANNEL: payload.channel, VARIANT: payload.variant}
        assert sender is not None
        info = make_envelope(
            message_id="message",
            correlation_id=case,
            service_id=self.passport.service_type,
            message_type=payload.message_type or MessageType.UPDATE,
            route_id=self.passport.region,
            message_date=self.now,
            sender=sender,
            values=properties,
        )
        head = EnvelopeHeader.model_construct(message_info=info, message_data=cast(Any, None))
        peer = PeerSystem(sender, employee_key().public_key(), "", self.now)
        return ReceivedMessage(SignedBytes(b"", ""), head, peer, peer, 0, {"at": self.now.isoformat()}, "")

    def steps_with(self, case: str, *elsewhere: str) -> tuple[StepDone, ...]:
        """The steps of a case after others took theirs: ``"p3 granted"`` is step p3 with its answer."""
        known = self.case(case)
        state = ProcessState(self.graph(known), known.steps)
        for line in elsewhere:
            step, _, answer = line.partition(" ")
            state.take_step(step, self.now, state.graph.get_node(step).holder, answer or None)
        return state.done_steps

    def common(self, case: str, *elsewhere: str) -> dict[str, Any]:
        """The common fields of a message of a case after these steps of other systems; the last step sends it."""
        known = self.case(case)
        return {
            "regulation": known.regulation,
            "channel": known.channel,
            "variant": known.variant,
            "step": elsewhere[-1].partition(" ")[0],
            "steps": self.steps_with(case, *elsewhere),
        }

    def application(
        self, channel: str = "portal", **details: Any
    ) -> tuple[ApplicationDocument, str, ProcessState]:
        """An application that another system accepted; the step that sends it, and the steps up to that step."""
        variant = details.pop("variant", self.passport.variants[0])
        document = ApplicationDocument(
            application_id=self.new_id(),
            regulation=self.passport.id,
            channel=channel,
            variant=variant,
            region=self.passport.region,
            authority=self.passport.directories.departments[0].code,
            fields={},
            made_at=self.now,
            **{"applicant": IIN, **details},
        )
        state = ProcessState(book().get_graph(self.passport.id, cast(Any, channel), variant))
        while True:
            node = next(map(state.graph.get_node, state.allowed_nodes))
            state.take_step(node.id, self.now, node.holder, node.chooses[0] if node.chooses else None)
            if any(self.profile.systems.intersection(rule.to) for rule in state.messages_sent_by(node.id)):
                return document, node.id, state

    def receive(self, channel: str = "portal", **details: Any) -> str:
        """Receive an application over the bus that another system took in; returns the id of the case."""
        document, step, state = self.application(channel, **details)
        office = CENTRE if channel == "con" else None
        letter = signed(document.model_dump_json().encode(), SIGNS[channel], self.now, office)
        payload = ApplicationMessage.model_construct(
            regulation=document.regulation,
            channel=channel,
            variant=document.variant,
            authority=document.authority,
            document=letter,
            steps=state.done_steps,
        )
        self.hear(document.application_id, payload, step)
        return document.application_id

    # What is seen

    def case(self, case: str) -> WorkplaceCase:
        with self.database.transaction() as session, self._work(session) as uow:
            return WorkplaceCaseSession.load(uow, case).case

    def steps(self, case: str) -> list[str]:
        """The done steps of a case."""
        known = self.case(case)
        return [step.step for step in ProcessState(self.graph(known), known.steps).done_steps]

    def todo(self, case: str) -> list[str]:
        """The steps that wait here for people."""
        return list(self.case(case).todo)

    def messages(self) -> list[MessageContract]:
        """The sent messages, as their receivers read them."""
        contracts = {one.contract: one for one in SENT}
        return [read_data(out.body, contracts[read_header(out.body).message_data.contract]) for out in self.sent]

    def last(self, kind: type[T]) -> T:
        """The last sent message of a kind."""
        return next(message for message in reversed(self.messages()) if isinstance(message, kind))

    def kinds(self, case: str) -> list[str]:
        """The messages of a case in their order, each with its step."""
        return [
            f"{out.info.message_type.value} {out.info.find_property(STEP)}"
            for out in self.sent
            if out.info.correlation_id == case
        ]

    def queries(self, case: str) -> dict[str, QueryRow]:
        """The queries of a case by register."""
        return {row.register_: row for row in self.read(lambda session: storage.queries_of(session, case))}

    def output(self, case: str) -> tuple[OutputDocument, str]:
        """The output document, and the ИИН of the employee who signed it."""
        content = self.read(lambda session: storage.read_document(session, case, OUTPUT))
        assert content is not None, "no output document is signed yet"
        opened = signed_data.open_signed(content)
        return read_output(opened.content), signer_info(opened.certificate).iin or ""
