"""What the people of a simulation do: come to a window with their papers, or apply by the portal."""

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

from services.tools.simulation.deployment import World
from services.tools.simulation.plan import Arrival
from shared.bus.errors import Refused
from shared.bus.runtime.unit_of_work import Work
from shared.client import Portal
from shared.client.counter import Counter
from shared.client.keystore import KeyEntry
from shared.client.owners import Owner
from shared.contracts.population import Person
from shared.people import logins
from shared.pki.certificates import keys
from shared.pki.certificates.profile import Usage
from shared.pki.cms import signed_data
from shared.regulations.model import Passport
from shared.workplace.clerks.settling import settle
from shared.workplace.people.roles import roles_of
from shared.workplace.people.staff import centres
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps import intake
from shared.workplace.steps.intake import IntakeIn

T = TypeVar("T")
PAPERS = "документ, который называет регламент"
GUARANTEE = {"name": "гарантия выезда.pdf", "media_type": "application/pdf", "content": "0JPQsNGA0LDQvdGC0LjRjw=="}


def form(passport: Passport, iin: str) -> dict[str, str]:
    """A form that passes the act's ФЛК; nobody in the country is a child, so none is named."""
    ages = {one.field for one in passport.entitled}
    rules = (rule for rule in passport.flk if rule.key not in ages)
    return {rule.key: iin if rule.key == "iin" else _filled(rule.format, rule.size) for rule in rules}


def _filled(kind: str, size: int) -> str:
    return ("1" if kind == "numeric" else "а") * size


@dataclass
class Citizen:
    """Somebody at the portal, with his keys."""

    portal: Portal
    keys: KeyEntry

    def sign(self, content: bytes, at: datetime) -> bytes:
        return signed_data.sign(content, self.keys.key, self.keys.certificate, at=at)


@dataclass
class People:
    """Everybody who applies, and the employees at the windows."""

    world: World
    staff: dict[str, list[EmployeeRow]] = field(default_factory=dict)
    citizens: dict[str, asyncio.Future[Citizen]] = field(default_factory=dict)
    asked: dict[str, Arrival] = field(default_factory=dict)
    """Cases by the portal in which the act may ask the citizen something."""

    async def apply(self, arrival: Arrival) -> None:
        """One application is made, as its channel has it."""
        if arrival.graph.channel == "portal":
            await self._by_portal(arrival)
        else:
            await self._in_person(arrival)

    async def look_in(self) -> None:
        """Whoever may be asked something looks into his cabinet, and agrees."""
        for case, arrival in list(self.asked.items()):
            citizen = await self._citizen(arrival)
            for question in await citizen.portal.asked(case):
                if question["papers"]:
                    await citizen.portal.send_papers(case, question["step"], [GUARANTEE], citizen.sign)
                    continue
                answer = "met" if "met" in question["choose"] else None
                await citizen.portal.answer_asked(case, question["step"], answer, None if answer else "согласен")
            if (await citizen.portal.application(case))["outcome"] is not None:
                del self.asked[case]

    async def _in_person(self, arrival: Arrival) -> None:
        name = "is_con" if arrival.graph.channel == "con" else "is_mio"
        employee = await self._at_window(name, arrival)
        filed = IntakeIn(
            regulation=arrival.passport.id,
            channel=arrival.graph.channel,
            variant=arrival.graph.variant if len(arrival.passport.variants) > 1 else None,
            applicant=arrival.applicant.iin,
            fields=form(arrival.passport, arrival.applicant.iin),
            missing=[] if arrival.is_complete else [PAPERS],
        )

        def run(work: Work) -> None:
            work.new_id = _own_ids(arrival)
            desk = intake.take_in(filed, employee, work)
            settle(desk)
            desk.save()

        with suppress(*([] if arrival.is_complete else [Refused])):  # turned away at the window: there is no case
            await self.world.nodes[name].runtime.write(run)

    async def _at_window(self, name: str, arrival: Arrival) -> EmployeeRow:
        if name not in self.staff:
            self.staff[name] = await self.world.nodes[name].runtime.read(storage.all_employees)
        passport, first = arrival.passport, arrival.graph.node(arrival.graph.start[0])
        offices = centres(passport) if name == "is_con" else passport.directories.departments
        codes, roles = {office.code for office in offices}, roles_of(first)
        return _picked([one for one in self.staff[name] if one.authority in codes and one.role in roles], arrival)

    async def _by_portal(self, arrival: Arrival) -> None:
        citizen = await self._citizen(arrival)
        passport = arrival.passport
        authority = _picked(passport.directories.departments, arrival).code
        variant = arrival.graph.variant if len(passport.variants) > 1 else None
        fields = form(passport, arrival.applicant.iin)
        document = json.loads(await citizen.portal.draft(passport.id, authority, fields, variant))
        document["application_id"] = arrival.case
        signed = signed_data.sign(
            json.dumps(document, ensure_ascii=False).encode(),
            citizen.keys.key,
            citizen.keys.certificate,
            at=self.world.clock.now(),
        )
        await citizen.portal.submit(signed)
        if any(node.op == "answer" for node in arrival.graph.nodes):
            self.asked[arrival.case] = arrival

    async def _citizen(self, arrival: Arrival) -> Citizen:
        """The applicant, logged in: without his password, whose check is made to be slow."""
        person = arrival.applicant
        if person.iin not in self.citizens:  # he may apply for two things at once
            self.citizens[person.iin] = asyncio.ensure_future(self._certified(person))
        citizen, node = await self.citizens[person.iin], self.world.nodes["portal_pep"]
        tables = logins.tables_of(node.service.tables)
        token = await node.runtime.write(
            lambda work: logins.open_session(work.session, tables, person.iin, work.now)
        )
        citizen.portal.token(token)
        return citizen

    async def _certified(self, person: Person) -> Citizen:
        """Somebody new at the portal, with an account there and keys from НУЦ."""
        counter = Counter(self.world.centre.country.url("is_nuc"))
        entry = await counter.certify(Owner.of(person), Usage.SIGN, keys.new_ec_key())
        await counter.close()
        await self._open_account(person)
        return Citizen(Portal("http://portal", transport=self._door("portal_pep")), entry)

    async def _open_account(self, person: Person) -> None:
        """An account without a password: hashing thousands of them is made to be slow."""
        node = self.world.nodes["portal_pep"]
        account = node.service.tables.tables["account"]
        row = {
            "iin": person.iin,
            "surname": person.surname,
            "name": person.name,
            "patronymic": person.patronymic,
            "password_hash": "",
        }
        await node.runtime.write(
            lambda work: work.session.execute(account.insert(), {**row, "created_at": work.now})
        )

    def _door(self, name: str) -> httpx.ASGITransport:
        """The instance's HTTP side without a socket."""
        return httpx.ASGITransport(app=self.world.nodes[name].app)


def _own_ids(arrival: Arrival) -> Callable[[], str]:
    numbers = count()
    return lambda: arrival.id(next(numbers))


def _picked(several: Sequence[T], arrival: Arrival) -> T:
    return several[int(arrival.pick * len(several))]
