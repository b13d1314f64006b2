"""The people of a simulation: citizens come to a window with documents, or apply by the portal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import TypeVar

import httpx
from sqlalchemy import update

from services.tools.simulation.deployment import SimulatedDeployment
from services.tools.simulation.plan import PlannedApplication
from shared.bus.errors import Refused
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.client import PortalClient
from shared.client.certification import CertificationClient
from shared.client.key_owners import CertificateOwner
from shared.client.keystore import KeyEntry
from shared.contracts.population import SyntheticPerson
from shared.people import logins
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateUsage
from shared.pki.cms import signed_data
from shared.regulations.forms.valid_form import make_valid_form
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.people.offices import offices_of_kind
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps import intake
from shared.workplace.steps.intake import IntakeRequest

T = TypeVar("T")
PAPERS = "документ, который называет регламент"
GUARANTEE = {"name": "гарантия выезда.pdf", "media_type": "application/pdf", "content": "0JPQsNGA0LDQvdGC0LjRjw=="}


@dataclass
class PortalCitizen:
    """A citizen at the portal, with keys."""

    portal: PortalClient
    keys: KeyEntry

    def sign(self, content: bytes, at: datetime) -> bytes:
        return signed_data.sign(content, self.keys.key, self.keys.certificate, at=at)


@dataclass
class SimulatedPeople:
    """The applicants, and the employees at the windows."""

    deployment: SimulatedDeployment
    staff: dict[str, list[EmployeeRow]] = field(default_factory=dict)
    citizens: dict[str, asyncio.Task[PortalCitizen]] = field(default_factory=dict)
    tasks: SupervisedTasks = field(default_factory=SupervisedTasks)
    questioned_cases: dict[str, PlannedApplication] = field(default_factory=dict)
    """The cases by the portal in which the act may put a question to the citizen."""

    async def make_application(self, application: PlannedApplication) -> None:
        """Make one application by its channel."""
        if application.graph.channel == "portal":
            await self._apply_by_portal(application)
        else:
            await self._apply_in_person(application)

    async def answer_questions(self) -> None:
        """Answer the open questions of all citizens: agree, or send the documents."""
        for case_id, application in list(self.questioned_cases.items()):
            citizen = await self._log_citizen_in(application)
            for question in await citizen.portal.get_open_question(case_id):
                if question["papers"]:
                    await citizen.portal.send_papers(case_id, question["step"], [GUARANTEE], citizen.sign)
                    continue
                answer = "met" if "met" in question["choose"] else None
                await citizen.portal.answer_question(
                    case_id, question["step"], answer, None if answer else "согласен"
                )
            if (await citizen.portal.get_application(case_id))["outcome"] is not None:
                del self.questioned_cases[case_id]

    async def _apply_in_person(self, application: PlannedApplication) -> None:
        name = "is_con" if application.graph.channel == "con" else "is_mio"
        employee = await self._find_employee(name, application)
        filed = IntakeRequest(
            regulation=application.passport.id,
            channel=application.graph.channel,
            variant=application.graph.variant if len(application.passport.variants) > 1 else None,
            applicant=application.applicant.iin,
            fields=make_valid_form(application.passport, application.applicant.iin, application.graph.channel),
            missing=[] if application.is_complete else [PAPERS],
        )

        def take_application(uow: UnitOfWork) -> None:
            uow.new_id = _derive_ids(application)
            case_session = intake.take_in_application(filed, employee, uow)
            settle_case(case_session)
            case_session.save()

        with suppress(
            *([] if application.is_complete else [Refused])
        ):  # turned away at the window: there is no case
            await self.deployment.nodes[name].runtime.write(take_application)

    async def _find_employee(self, name: str, application: PlannedApplication) -> EmployeeRow:
        if name not in self.staff:
            self.staff[name] = await self.deployment.nodes[name].runtime.read(storage.all_employees)
        passport, first = application.passport, application.graph.get_node(application.graph.start_nodes[0])
        offices = offices_of_kind(passport, first.office) if first.office is not None else ()
        codes, roles = {office.code for office in offices}, first.roles
        return _pick_member(
            [employee for employee in self.staff[name] if employee.authority in codes and employee.role in roles],
            application,
        )

    async def _apply_by_portal(self, application: PlannedApplication) -> None:
        citizen = await self._log_citizen_in(application)
        passport = application.passport
        authority = _pick_member(passport.directories.offices_for("portal"), application).code
        variant = application.graph.variant if len(passport.variants) > 1 else None
        fields = make_valid_form(passport, application.applicant.iin)
        document = json.loads(await citizen.portal.draft_application(passport.id, authority, fields, variant))
        await self._plan_draft(document["application_id"], application.case_id)
        document["application_id"] = application.case_id
        signed = signed_data.sign(
            json.dumps(document, ensure_ascii=False).encode(),
            citizen.keys.key,
            citizen.keys.certificate,
            at=self.deployment.clock.now(),
        )
        await citizen.portal.submit_application(signed)
        if any(node.op == "answer" for node in application.graph.nodes):
            self.questioned_cases[application.case_id] = application

    async def _plan_draft(self, drafted_id: str, planned_id: str) -> None:
        """Give the portal's draft the id of the plan, so that one seed gives the same cases in every run."""
        node = self.deployment.nodes["portal_pep"]
        drafts = node.service.tables.tables["draft"]
        change = update(drafts).where(drafts.c.case_id == drafted_id).values(case_id=planned_id)
        await node.runtime.write(lambda uow: uow.session.execute(change))

    async def _log_citizen_in(self, application: PlannedApplication) -> PortalCitizen:
        """The applicant, logged in without the password, whose check is slow by design."""
        person = application.applicant
        if person.iin not in self.citizens:  # a citizen may make two applications at once
            self.citizens[person.iin] = self.tasks.run_once("simulation.citizen", self._certify_citizen(person))
        citizen, node = await self.citizens[person.iin], self.deployment.nodes["portal_pep"]
        tables = logins.tables_of(node.service.tables)
        token = await node.runtime.write(lambda uow: logins.open_session(uow, tables, person.iin))
        citizen.portal.set_token(token)
        return citizen

    async def _certify_citizen(self, person: SyntheticPerson) -> PortalCitizen:
        """A new citizen at the portal, with an account and keys certified by НУЦ."""
        counter = CertificationClient(self.deployment.centre.deployment.instance_url("is_nuc"))
        entry = await counter.certify_key(
            CertificateOwner.from_person(person), CertificateUsage.SIGN, keys.new_ec_key()
        )
        await counter.close()
        await self._open_account(person)
        return PortalCitizen(PortalClient("http://portal", transport=self._asgi_transport("portal_pep")), entry)

    async def _open_account(self, person: SyntheticPerson) -> None:
        """Open an account without a password: hashing thousands of passwords is slow by design."""
        node = self.deployment.nodes["portal_pep"]
        account = node.service.tables.tables["account"]
        row = {
            "iin": person.iin,
            "surname": person.surname,
            "name": person.name,
            "patronymic": person.patronymic,
            "password_hash": "",
            "is_proved": True,
        }
        await node.runtime.write(lambda uow: uow.session.execute(account.insert(), {**row, "created_at": uow.now}))

    def _asgi_transport(self, name: str) -> httpx.ASGITransport:
        """The HTTP side of an instance without a socket."""
        return httpx.ASGITransport(app=self.deployment.nodes[name].app)


def _derive_ids(application: PlannedApplication) -> Callable[[], str]:
    numbers = count()
    return lambda: application.derive_id(next(numbers))


def _pick_member(candidates: Sequence[T], application: PlannedApplication) -> T:
    return candidates[int(application.pick * len(candidates))]
