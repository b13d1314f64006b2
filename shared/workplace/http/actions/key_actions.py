"""What an employee does with a key of the employee's own before any session: a login, a lost password."""

from __future__ import annotations

from functools import partial

from shared.bus.errors import NotFound, Untrusted
from shared.bus.http.requests.call_limits import CallLimits
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.documents import ProofPurpose
from shared.contracts.identifiers import check_iin
from shared.people import accounts, logins
from shared.pki.verification.check import SignerExpectation
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.storage import ACCOUNTS, LOGINS, EmployeeRow


async def give_challenge(runtime: Runtime, iin: str, purpose: ProofPurpose) -> bytes:
    """The document (JSON) that the employee signs, once and within ten minutes; given for every valid ИИН, so that
    it tells nobody who works here. The codes of the ИИН check; Throttled ``too-many-calls``.
    """
    number = check_iin(iin)
    runtime.resource(CallLimits).count_identity("challenges", number)
    return await accounts.give_challenge(runtime, ACCOUNTS, number, purpose)


async def log_in_with_key(runtime: Runtime, iin: str, signed_document: bytes) -> tuple[str, EmployeeRow]:
    """The token of a new session, and the employee: with a login challenge that the employee signed with a key
    certified for the place of work.

    The codes of the ИИН check and of «условие 2» (``eds-…``); ``document-malformed``, ``challenge-unknown``;
    Untrusted ``authorization-refused`` for somebody who does not work here.
    """
    number = check_iin(iin)
    person = await _check_proof(runtime, number, ProofPurpose.LOGIN, signed_document)
    if person is None:
        raise Untrusted("authorization-refused", "nobody with this ИИН works here")
    return await runtime.write(lambda uow: logins.open_session(uow, LOGINS, number)), person


async def recover_password(runtime: Runtime, iin: str, signed_document: bytes, new_password: str) -> None:
    """Set a new password with a signed challenge; the errors of ``POST /api/v1/password/recovery``."""
    number = check_iin(iin)
    await _check_proof(runtime, number, ProofPurpose.RECOVERY, signed_document)
    replace = partial(storage.set_password, is_first=False)
    if not await accounts.recover_password(runtime, ACCOUNTS, number, new_password, replace):
        raise NotFound("employee-unknown", "nobody with this ИИН works here")


async def _check_proof(
    runtime: Runtime, iin: str, purpose: ProofPurpose, signed_document: bytes
) -> EmployeeRow | None:
    """Use up a challenge of this purpose; returns the employee who signed it, None where nobody works here."""
    runtime.resource(CallLimits).count_identity(purpose.value, iin)
    person = await runtime.read(lambda session: storage.get_employee(session, iin))
    expected = runtime.resource(WorkplaceProfile).purpose
    signer = SignerExpectation(expected, iin, None if person is None else person.bin)
    await accounts.check_proof(runtime, ACCOUNTS, purpose, signed_document, signer)
    return person
