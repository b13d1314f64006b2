"""Passwords: what a guess costs, and what the cost betrays."""

from __future__ import annotations

from time import process_time

from shared.people.passwords import PasswordChecker

PASSWORD = "a-long-password"
ATTEMPTS = 3


async def test_password_is_right_for_its_own_hash_alone() -> None:
    checker = PasswordChecker()
    hashed = await checker.hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")  # OWASP's parameters
    assert await checker.is_right(PASSWORD, hashed)
    assert not await checker.is_right(f"{PASSWORD}!", hashed)
    assert not await checker.is_right(PASSWORD, "no hash")


async def test_password_hashed_with_little_work_is_checked_with_as_little_by_everybody() -> None:
    quick, hashed = PasswordChecker("little"), await PasswordChecker().hash_password(PASSWORD)
    quickly_hashed = await quick.hash_password(PASSWORD)
    assert await PasswordChecker().is_right(PASSWORD, quickly_hashed)
    assert await quick.is_right(PASSWORD, hashed)
    assert await processor_seconds(quick, quickly_hashed) < 0.5 * await processor_seconds(quick, hashed)


async def test_password_of_nobody_is_wrong_after_the_same_work_from_the_first_question_on() -> None:
    hashed = await PasswordChecker().hash_password(PASSWORD)
    of_somebody = min([await processor_seconds(PasswordChecker(), hashed) for _ in range(ATTEMPTS)])
    of_nobody = min([await processor_seconds(PasswordChecker(), None) for _ in range(ATTEMPTS)])
    assert of_somebody / 1.5 < of_nobody < of_somebody * 1.5


async def processor_seconds(checker: PasswordChecker, hashed: str | None) -> float:
    """What the check of a wrong password takes."""
    begin = process_time()
    assert not await checker.is_right("wrong-password", hashed)
    return process_time() - begin
