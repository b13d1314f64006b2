"""Questions to НР ИИН about the age of people in a form, before there is a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from shared.bus.errors import Unavailable
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id
from shared.contracts import addresses
from shared.contracts.registers import PERSON_SERVICE, PersonAnswer, PersonQuery, PersonRecord
from shared.regulations.entitlement import named_people
from shared.regulations.passport_book import PassportBook
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.storage import NO_CASE, QueryRow

PATIENCE_SECONDS = 10.0


async def ask_births(runtime: Runtime, regulation: str, fields: Mapping[str, str]) -> dict[str, date]:
    """The dates of birth, by ИИН, from НР ИИН: of the living people in the form whose age the act limits.

    NotFound ``regulation-unknown``, Unavailable ``register-unavailable``.
    """
    passport = runtime.resource(PassportBook).get_passport(regulation)
    records = [await _ask_register(runtime, iin, passport.region) for iin in named_people(passport, fields)]
    return {person.iin: person.birth_date for person in records if person is not None and person.is_alive}


async def _ask_register(runtime: Runtime, iin: str, region: str) -> PersonRecord | None:
    query_id = random_id()
    await runtime.write(lambda uow: _send_query(uow, query_id, iin, region))
    answer = await runtime.wait_for(
        f"query:{query_id}", lambda session: _find_answer(session, query_id), PATIENCE_SECONDS
    )
    await runtime.write(lambda uow: storage.delete_query(uow.session, query_id))
    if answer is None:
        raise Unavailable("register-unavailable", "НР ИИН did not answer in time")
    return PersonAnswer.model_validate_json(answer).person


def _send_query(uow: UnitOfWork, query_id: str, iin: str, region: str) -> None:
    message_id = uow.send(
        uow.resource(WorkplaceProfile).next_hop(region),
        PersonQuery(iin=iin),
        service_id=PERSON_SERVICE,
        message_type=MessageType.REQUEST,
        correlation_id=query_id,
        route_id=region,
    )
    row = QueryRow(
        id=query_id,
        case_id=NO_CASE,
        step="",
        register_=addresses.NR_IIN,
        message_id=message_id,
        asked_at=uow.now,
    )
    storage.write_query(uow.session, row)


def _find_answer(session: Session, query_id: str) -> str | None:
    row = storage.query_of(session, query_id)
    return None if row is None else row.answer
