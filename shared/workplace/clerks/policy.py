"""The kinds of clerks, apart from their rules, so that the settings import no regulation."""

from __future__ import annotations

from enum import StrEnum


class ClerkPolicy(StrEnum):
    """The kinds of clerks."""

    MANUAL = "manual"
    INSTANT = "instant"
    PACED = "paced"
    SCRIPTED = "scripted"
