"""An account: registration of a citizen, and a lost password."""

from __future__ import annotations

from functools import partial

from services.portal_pep import storage
from services.portal_pep.api.account_views import (
    CitizenAccountView,
    CitizenRegistrationRequest,
    PasswordRecoveryRequest,
)
from services.portal_pep.api.identity_proofs import ask_register, check_proof
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import ACCOUNTS, CitizenAccountRow
from shared.bus.errors import Conflict, NotFound, Refused
from shared.bus.http.requests.call_limits import CallLimits
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import ProofPurpose
from shared.contracts.identifiers import check_iin
from shared.contracts.registers import PersonRecord
from shared.people import accounts
from shared.people.passwords import PasswordChecker


async def register_citizen(runtime: Runtime, credentials: CitizenRegistrationRequest) -> CitizenAccountView:
    """Make an account for an ИИН that НР ИИН knows; the errors of ``POST /api/v1/registration``."""
    iin, is_proved = check_iin(credentials.iin), credentials.cms is not None
    runtime.resource(CallLimits).count_identity("registration", iin)
    if credentials.cms is not None:
        await check_proof(runtime, iin, ProofPurpose.REGISTRATION, credentials.cms)
    elif not runtime.resource(PortalSettings).opens(Opening.UNPROVED_REGISTRATION):
        raise Refused("proof-needed", "sign a challenge of the portal")
    if await runtime.read(lambda session: storage.get_account(session, iin)) is not None:
        raise Conflict("already-registered", "this number is registered already")
    password_hash = await runtime.resource(PasswordChecker).hash_password(credentials.password)
    try:
        person = await _get_living_person(runtime, iin)
    except (NotFound, Refused):
        if is_proved:
            raise
        raise Refused("registration-refused", "this ИИН gets no account without a signed challenge") from None
    return await runtime.write(
        lambda uow: CitizenAccountView.from_row(
            _open_account(uow, person, password_hash, is_proved=is_proved), is_proved=is_proved
        )
    )


async def recover_password(runtime: Runtime, request: PasswordRecoveryRequest) -> None:
    """Set a new password with a signed challenge; the errors of ``POST /api/v1/password/recovery``."""
    iin = check_iin(request.iin)
    runtime.resource(CallLimits).count_identity("recovery", iin)
    await check_proof(runtime, iin, ProofPurpose.RECOVERY, request.cms)
    replace = partial(storage.set_password, is_proved=True)
    if not await accounts.recover_password(runtime, ACCOUNTS, iin, request.new_password, replace):
        raise NotFound("account-unknown", "this ИИН has no account")


async def _get_living_person(runtime: Runtime, iin: str) -> PersonRecord:
    """НР ИИН's record of a living person.

    Unavailable ``register-unavailable``, NotFound ``iin-unknown``, Refused ``person-deceased``.
    """
    person = await ask_register(runtime, iin)
    if person is None:
        raise NotFound("iin-unknown", "НР ИИН knows no such number")
    if not person.is_alive:
        raise Refused("person-deceased", "НР ИИН says that the person has died")
    return person


def _open_account(
    uow: UnitOfWork, person: PersonRecord, password_hash: str, *, is_proved: bool
) -> CitizenAccountRow:
    if storage.get_account(uow.session, person.iin) is not None:
        raise Conflict("already-registered", "this number is registered already")
    row = CitizenAccountRow(
        iin=person.iin,
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
        password_hash=password_hash,
        is_proved=is_proved,
        created_at=uow.now,
    )
    uow.session.add(row)
    return row
