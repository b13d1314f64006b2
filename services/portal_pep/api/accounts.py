"""Registration and login."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.api.visitors import CitizenIin
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import LOGINS, CitizenAccountRow, RegisterReplyRow
from shared.bus.errors import Conflict, NotFound, Refused, Unavailable, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id
from shared.contracts import addresses
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.registers import PERSON_SERVICE, PersonQuery, PersonRecord
from shared.people import logins
from shared.people.passwords import PasswordChecker

router = APIRouter(prefix="/api/v1", tags=["people"])


class CitizenCredentialsRequest(RequestModel):
    """ИИН and password."""

    iin: Annotated[str, Field(max_length=40)]
    password: Annotated[str, Field(max_length=400)]


class CitizenAccountView(BaseModel):
    """A citizen's account; НР ИИН gives the names."""

    model_config = ConfigDict(from_attributes=True)

    iin: str
    surname: str
    name: str
    patronymic: str


class CitizenSessionView(BaseModel):
    """A session: the token is for the header ``Authorization: Bearer`` and lasts eight hours."""

    token: str


@router.post(
    "/registration",
    status_code=status.HTTP_201_CREATED,
    responses=declare_errors(
        IIN_ERRORS,
        not_found="iin-unknown",
        refused="person-deceased",
        conflict="already-registered",
        malformed="message-too-large password-weak",
        unavailable="register-unavailable",
    ),
)
async def register_citizen(credentials: CitizenCredentialsRequest, runtime: ServiceRuntime) -> CitizenAccountView:
    """Make an account for an ИИН that НР ИИН knows.

    The codes of the ИИН check; ``iin-unknown``, ``person-deceased``, ``already-registered``, ``password-weak``,
    ``register-unavailable``.
    """
    iin = check_iin(credentials.iin)
    if await runtime.read(lambda session: storage.get_account(session, iin)) is not None:
        raise Conflict("already-registered", "this number is registered already")
    password_hash = await runtime.resource(PasswordChecker).hash_password(credentials.password)
    person = await _ask_register(runtime, iin)
    return await runtime.write(
        lambda uow: CitizenAccountView.model_validate(_open_account(uow, person, password_hash))
    )


@router.post("/login", responses=declare_errors(untrusted="authorization-refused", throttled="too-many-attempts"))
async def log_in(credentials: CitizenCredentialsRequest, runtime: ServiceRuntime) -> CitizenSessionView:
    """Log in: процесс 1, условие 1 give a session, процесс 2 refuses with ``authorization-refused``;
    ``too-many-attempts``.
    """
    iin = credentials.iin
    await runtime.read(lambda session: logins.check_attempts(session, LOGINS, iin, runtime.now))
    account = await runtime.read(lambda session: storage.get_account(session, iin))
    is_right = await runtime.resource(PasswordChecker).is_right(
        credentials.password, account.password_hash if account else None
    )
    token = await runtime.write(
        lambda uow: logins.conclude_attempt(
            uow.session, LOGINS, iin, uow.now, is_right=is_right and account is not None
        )
    )
    if token is None:
        raise Untrusted("authorization-refused", "the ИИН or the password is wrong")
    return CitizenSessionView(token=token)


@router.post("/logout", status_code=204)
async def log_out(citizen_iin: CitizenIin, runtime: ServiceRuntime, token: BearerToken) -> None:
    """Log out: end the session of this token."""
    await runtime.write(lambda uow: logins.close_session(uow.session, LOGINS, token))


@router.get("/me")
async def get_own_account(me: CitizenIin, runtime: ServiceRuntime) -> CitizenAccountView:
    """The account of the logged-in citizen."""
    return CitizenAccountView.model_validate(await runtime.read(lambda session: storage.get_account(session, me)))


async def _ask_register(runtime: Runtime, iin: str) -> PersonRecord:
    """Ask НР ИИН about the ИИН over the bus; returns НР ИИН's record of the person.

    Unavailable ``register-unavailable``, NotFound ``iin-unknown``, Refused ``person-deceased``.
    """
    correlation_id = random_id()

    def send_query(uow: UnitOfWork) -> None:
        uow.send(
            addresses.GATEWAY,
            PersonQuery(iin=iin),
            service_id=PERSON_SERVICE,
            message_type=MessageType.REQUEST,
            correlation_id=correlation_id,
        )

    await runtime.write(send_query)
    patience = runtime.resource(PortalSettings).register_seconds
    answer = await runtime.wait_for(
        f"person:{correlation_id}", lambda session: _find_register_reply(session, correlation_id), patience
    )
    if answer is None:
        raise Unavailable("register-unavailable", "НР ИИН did not answer in time")
    await runtime.write(lambda uow: storage.delete_register_reply(uow.session, correlation_id))
    if answer.person is None:
        raise NotFound("iin-unknown", "НР ИИН knows no such number")
    person = PersonRecord.model_validate_json(answer.person)
    if not person.is_alive:
        raise Refused("person-deceased", "НР ИИН says that the person has died")
    return person


def _find_register_reply(session: Session, correlation_id: str) -> RegisterReplyRow | None:
    return session.get(RegisterReplyRow, correlation_id)


def _open_account(uow: UnitOfWork, person: PersonRecord, password_hash: str) -> CitizenAccountRow:
    if storage.get_account(uow.session, person.iin) is not None:
        raise Conflict("already-registered", "this number is registered already")
    row = CitizenAccountRow(
        iin=person.iin,
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
        password_hash=password_hash,
        created_at=uow.now,
    )
    uow.session.add(row)
    return row
