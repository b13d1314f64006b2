"""Registration and login."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, status
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import LOGINS, AccountRow, AnswerRow
from services.portal_pep.submission import Visitor
from shared.bus.errors import Conflict, NotFound, Refused, Unavailable, Untrusted
from shared.bus.http.endpoints import BearerToken, Bus
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work, random_id
from shared.contracts import addresses
from shared.contracts.identifiers import check_iin
from shared.contracts.registers import PERSON_SERVICE, Person, PersonQuery
from shared.people import logins
from shared.people.passwords import Passwords

router = APIRouter(prefix="/api/v1", tags=["people"])


class Credentials(BaseModel):
    """ИИН and password."""

    model_config = ConfigDict(extra="forbid")

    iin: Annotated[str, Field(max_length=40)]
    password: Annotated[str, Field(max_length=400)]


class AccountOut(BaseModel):
    """Whom the portal knows; names come from НР ИИН."""

    model_config = ConfigDict(from_attributes=True)

    iin: str
    surname: str
    name: str
    patronymic: str


async def citizen(bus: Bus, token: BearerToken) -> str:
    """The ИИН of whoever is logged in; ``login-needed``."""
    return await bus.read(lambda session: logins.who(session, LOGINS, token, bus.now))


async def visitor(bus: Bus, token: BearerToken) -> Visitor:
    """Whoever is logged in, since when, and since when he is registered; ``login-needed``."""

    def found(session: Session) -> Visitor:
        visit = logins.visit(session, LOGINS, token, bus.now)
        return Visitor(visit.login, storage.registered_at(session, visit.login) or visit.since, visit.since)

    return await bus.read(found)


Citizen = Annotated[str, Depends(citizen)]
Visiting = Annotated[Visitor, Depends(visitor)]


@router.post("/registration", status_code=status.HTTP_201_CREATED)
async def register(credentials: Credentials, bus: Bus) -> AccountOut:
    """Register an ИИН that НР ИИН knows. Codes: those of the ИИН's check, ``iin-unknown``, ``person-deceased``,
    ``already-registered``, ``password-weak``, ``register-unavailable``."""
    iin = check_iin(credentials.iin)
    if await bus.read(lambda session: storage.get_account(session, iin)) is not None:
        raise Conflict("already-registered", "this number is registered already")
    hashed = await bus.use(Passwords).hash(credentials.password)
    person = await _ask_register(bus, iin)
    return await bus.write(lambda work: AccountOut.model_validate(_open_account(work, person, hashed)))


@router.post("/login")
async def log_in(credentials: Credentials, bus: Bus) -> dict[str, str]:
    """процесс 1, условие 1: a session, or процесс 2: ``authorization-refused``; ``too-many-attempts``."""
    iin = credentials.iin
    await bus.read(lambda session: logins.check_attempts(session, LOGINS, iin, bus.now))
    account = await bus.read(lambda session: storage.get_account(session, iin))
    is_right = await bus.use(Passwords).is_right(credentials.password, account.password_hash if account else None)
    token = await bus.write(
        lambda work: logins.conclude(
            work.session, LOGINS, iin, work.now, is_right=is_right and account is not None
        )
    )
    if token is None:
        raise Untrusted("authorization-refused", "the ИИН or the password is wrong")
    return {"token": token}


@router.post("/logout", status_code=204)
async def log_out(me: Citizen, bus: Bus, token: BearerToken) -> None:
    """End this session."""
    await bus.write(lambda work: logins.close_session(work.session, LOGINS, token))


@router.get("/me")
async def me(me: Citizen, bus: Bus) -> AccountOut:
    """Who is logged in."""
    return AccountOut.model_validate(await bus.read(lambda session: storage.get_account(session, me)))


async def _ask_register(bus: Runtime, iin: str) -> Person:
    """НР ИИН's word on the number, asked over the bus."""
    case = random_id()

    def ask(work: Work) -> None:
        work.send(
            addresses.GATEWAY,
            PersonQuery(iin=iin),
            service_id=PERSON_SERVICE,
            message_type=MessageType.REQUEST,
            correlation_id=case,
        )

    await bus.write(ask)
    patience = bus.use(PortalSettings).register_seconds
    answer = await bus.wait_for(f"person:{case}", lambda session: _answer(session, case), patience)
    if answer is None:
        raise Unavailable("register-unavailable", "НР ИИН did not answer in time")
    await bus.write(lambda work: storage.forget_answer(work.session, case))
    if answer.person is None:
        raise NotFound("iin-unknown", "НР ИИН knows no such number")
    person = Person.model_validate_json(answer.person)
    if not person.is_alive:
        raise Refused("person-deceased", "by НР ИИН the person has died")
    return person


def _answer(session: Session, case: str) -> AnswerRow | None:
    return session.get(AnswerRow, case)


def _open_account(work: Work, person: Person, hashed: str) -> AccountRow:
    if storage.get_account(work.session, person.iin) is not None:
        raise Conflict("already-registered", "this number is registered already")
    row = AccountRow(
        iin=person.iin,
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
        password_hash=hashed,
        created_at=work.now,
    )
    work.session.add(row)
    return row
