"""The rules of powers of attorney."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from shared.contracts.registers import PowerOfAttorney

ONE_YEAR = timedelta(days=365)


def is_in_force(power: PowerOfAttorney, on: date) -> bool:
    """Whether the power is in force on a day: not revoked, and the day is within the term, both ends included."""
    return not power.is_revoked and power.valid_from <= on <= power.valid_to


def is_between(power: PowerOfAttorney, principal_iin: str, attorney_iin: str) -> bool:
    """Whether ``principal_iin`` gave the power to ``attorney_iin``; the register discloses the power for no other
    pair.
    """
    return (power.principal_iin, power.attorney_iin) == (principal_iin, attorney_iin)


def synthetic_powers(numbers: Sequence[str], today: date) -> Iterator[PowerOfAttorney]:
    """Every tenth person gives the next person a power; one in five has expired, one in five is revoked."""
    for n, (principal, attorney) in enumerate(zip(numbers[::10], numbers[1::10], strict=False)):
        has_run_out = n % 5 == 3
        valid_from = today - (2 * ONE_YEAR if has_run_out else ONE_YEAR / 2)
        yield PowerOfAttorney(
            number=f"E-{n + 1:06}",
            principal_iin=principal,
            attorney_iin=attorney,
            valid_from=valid_from,
            valid_to=valid_from + ONE_YEAR,
            is_revoked=n % 5 == 4,
        )
