"""Settings of every system with a workplace."""

from __future__ import annotations

from enum import StrEnum

from shared.bus.settings import Settings


class Clerks(StrEnum):
    """Who does the human steps: people at the workplace, or the system at once."""

    MANUAL = "manual"
    INSTANT = "instant"


class WorkplaceSettings(Settings):
    """``employee_password`` is everyone's first password; made at the first start when not given."""

    clerks: Clerks = Clerks.MANUAL
    employee_password: str | None = None
