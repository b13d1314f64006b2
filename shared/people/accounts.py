"""The doors of an account, the same in every system with logins: login, change and recovery of a password.

A person who lost the password signs a challenge of the system with the person's ЭЦП.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Table
from sqlmodel import Session

from shared.bus.errors import Malformed, Untrusted
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import IdentityProofDocument, ProofPurpose, read_identity_proof
from shared.people import challenges, logins
from shared.people.challenges import CHALLENGE_TERM
from shared.people.logins import LoginAttempt, LoginTables
from shared.people.passwords import PasswordChecker
from shared.pki.client.nuc import CertificationCentre
from shared.pki.verification.check import SignerExpectation

SetPassword = Callable[[Session, str, str], bool]
"""Stores the hash of a new password for a login; False where nobody has the login."""


@dataclass(frozen=True)
class AccountTables:
    """Where a system keeps what people log in with.

    ``find_hash`` gives the hash of a login's password, None where nobody has the login.
    """

    logins: LoginTables
    challenges: Table
    find_hash: Callable[[Session, str], str | None]


@dataclass(frozen=True)
class PasswordChange:
    """The present password and the new one; ``may_repeat``: the new one may be the present one."""

    password: str
    new_password: str
    may_repeat: bool = True


async def log_in(runtime: Runtime, tables: AccountTables, attempt: LoginAttempt, password: str) -> str:
    """The token of a new session; Untrusted ``authorization-refused``, Throttled ``too-many-attempts``."""
    is_right = await _check_password(runtime, tables, attempt, password)
    token = await runtime.write(
        lambda uow: logins.conclude_attempt(uow, tables.logins, attempt, is_right=is_right)
    )
    if token is None:
        raise Untrusted("authorization-refused", "the ИИН or the password is wrong")
    return token


async def change_password(
    runtime: Runtime, tables: AccountTables, attempt: LoginAttempt, change: PasswordChange, replace: SetPassword
) -> str:
    """Change the password of a person who knows it: ends every session, and returns the token of a new one.

    Untrusted ``authorization-refused`` for a wrong present password, Malformed ``password-same``,
    ``password-weak``, Throttled ``too-many-attempts``.
    """
    is_right = await _check_password(runtime, tables, attempt, change.password)
    if is_right and not change.may_repeat and change.new_password == change.password:
        raise Malformed("password-same", "the new password is the present one")
    new_hash = await runtime.resource(PasswordChecker).hash_password(change.new_password)

    def replace_password(uow: UnitOfWork) -> str | None:
        if is_right:
            replace(uow.session, attempt.login, new_hash)
            logins.close_sessions(uow.session, tables.logins, attempt.login)
        return logins.conclude_attempt(uow, tables.logins, attempt, is_right=is_right)

    token = await runtime.write(replace_password)
    if token is None:
        raise Untrusted("authorization-refused", "the present password is wrong")
    return token


async def give_challenge(runtime: Runtime, tables: AccountTables, iin: str, purpose: ProofPurpose) -> bytes:
    """The document (JSON) that the person signs, once and within ten minutes of the machine's time; given for
    every valid ИИН, so that it tells nobody anything.
    """

    def compose_document(uow: UnitOfWork) -> bytes:
        token = challenges.give_challenge(uow.session, tables.challenges, iin, purpose, uow.machine_now)
        document = IdentityProofDocument(
            purpose=purpose, iin=iin, challenge=token, until=uow.machine_now + CHALLENGE_TERM
        )
        return document.model_dump_json().encode()

    return await runtime.write(compose_document)


async def check_proof(
    runtime: Runtime,
    tables: AccountTables,
    purpose: ProofPurpose,
    signed_document: bytes,
    signer: SignerExpectation,
) -> None:
    """Check that this signer signed a challenge of the system for this purpose, and use the challenge up.

    The codes of «условие 2» (``eds-…``); Malformed ``document-malformed``, Refused ``challenge-unknown``.
    """
    centre, iin = runtime.resource(CertificationCentre), signer.iin or ""
    checked = await runtime.compute(
        lambda: centre.check_document(
            signed_document,
            at=runtime.now,
            expected_iin=iin,
            purpose=signer.purpose,
            expected_bin=signer.bin,
        )
    )
    token = read_identity_proof(checked.content).challenge
    await runtime.write(
        lambda uow: challenges.use_challenge(uow.session, tables.challenges, token, iin, purpose, uow.machine_now)
    )


async def recover_password(
    runtime: Runtime, tables: AccountTables, iin: str, new_password: str, replace: SetPassword
) -> bool:
    """Set a new password for a person who has proved who it is: ends every session, and forgets failed logins.

    False where nobody has the login. Malformed ``password-weak``.
    """
    new_hash = await runtime.resource(PasswordChecker).hash_password(new_password)

    def replace_password(uow: UnitOfWork) -> bool:
        if not replace(uow.session, iin, new_hash):
            return False
        logins.close_sessions(uow.session, tables.logins, iin)
        logins.clear_failures(uow.session, tables.logins, iin)
        return True

    return await runtime.write(replace_password)


async def _check_password(runtime: Runtime, tables: AccountTables, attempt: LoginAttempt, password: str) -> bool:
    await runtime.read(lambda session: logins.check_attempts(session, tables.logins, attempt, runtime.machine_now))
    password_hash = await runtime.read(lambda session: tables.find_hash(session, attempt.login))
    is_right = await runtime.resource(PasswordChecker).is_right(password, password_hash)
    return is_right and password_hash is not None
