"""The identity of people: the portal's challenge, signed with the citizen's ЭЦП, and what НР ИИН says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import ACCOUNTS, RegisterReplyRow
from shared.bus.errors import Unavailable
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork, random_id
from shared.contracts import addresses
from shared.contracts.documents import ProofPurpose
from shared.contracts.registers import PERSON_SERVICE, PersonQuery, PersonRecord
from shared.people import accounts
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.verification.check import SignerExpectation
from shared.regulations.entitlement import named_people
from shared.regulations.passport_book import PassportBook


async def check_proof(runtime: Runtime, iin: str, purpose: ProofPurpose, signed_document: bytes) -> None:
    """Check that this citizen signed a challenge of the portal for this purpose, and use the challenge up.

    The codes of «условие 2» (``eds-…``); Malformed ``document-malformed``, Refused ``challenge-unknown``.
    """
    signer = SignerExpectation(SignaturePurpose.APPLICANT, iin)
    await accounts.check_proof(runtime, ACCOUNTS, purpose, signed_document, signer)


async def ask_births(runtime: Runtime, regulation: str, fields: Mapping[str, str]) -> dict[str, date]:
    """The dates of birth, by ИИН, from НР ИИН: of the living people in the form whose age the act limits.

    NotFound ``regulation-unknown``, Unavailable ``register-unavailable``.
    """
    passport = runtime.resource(PassportBook).get_passport(regulation)
    records = [await ask_register(runtime, iin) for iin in named_people(passport, fields)]
    return {person.iin: person.birth_date for person in records if person is not None and person.is_alive}


async def ask_register(runtime: Runtime, iin: str) -> PersonRecord | None:
    """Ask НР ИИН about the ИИН over the bus: the record, or None for a number that belongs to no person.

    Unavailable ``register-unavailable``.
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
    return None if answer.person is None else PersonRecord.model_validate_json(answer.person)


def _find_register_reply(session: Session, correlation_id: str) -> RegisterReplyRow | None:
    return session.get(RegisterReplyRow, correlation_id)
