"""The codes of a case's statuses: each act has its own words, and a code is the same over all acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from shared.contracts.cases import CaseResult, StatusChanged, StatusNotice

STATUS_CODE = "status-code"
"""Key of the property of a message that carries the code of the status in its data."""


class StatusCode(StrEnum):
    """The status of a case for machines.

    ``sent``: the citizen's side has sent the application; ``received``: it lies at the provider; ``in-work``: the
    provider works on it; ``extended``: the deadline is a later one; ``executed``: the provider is done, and the
    result is to be delivered or handed over; ``completed``: the citizen has the result; ``refused``: no service;
    ``not-delivered``: the application did not reach the provider; ``other``: words that no act has.
    """

    SENT = "sent"
    RECEIVED = "received"
    IN_WORK = "in-work"
    EXTENDED = "extended"
    EXECUTED = "executed"
    COMPLETED = "completed"
    REFUSED = "refused"
    NOT_DELIVERED = "not-delivered"
    OTHER = "other"


@dataclass(frozen=True)
class CodedStatus:
    """A code with the words that it stands for, and its title by language."""

    code: StatusCode
    words: tuple[str, ...]
    titles: Mapping[str, str]


@cache
def list_coded_statuses() -> tuple[CodedStatus, ...]:
    """Every code with its words and titles, as a case goes."""
    import yaml

    content = yaml.safe_load(Path(__file__).with_name("statuses.yaml").read_text(encoding="utf-8"))
    return tuple(
        CodedStatus(StatusCode(code), tuple(entry.pop("words")), entry) for code, entry in content.items()
    )


@cache
def _codes_by_words() -> Mapping[str, StatusCode]:
    return {words: coded.code for coded in list_coded_statuses() for words in coded.words}


def code_of_status(words: str) -> StatusCode:
    """The code of a status by its words; ``other`` for words that no act has."""
    return _codes_by_words().get(words, StatusCode.OTHER)


_CONTRACTS_WITH_STATUS = frozenset((StatusNotice.contract, StatusChanged.contract, CaseResult.contract))


def find_status_code(message_data: Mapping[str, Any]) -> StatusCode | None:
    """The code of the status in ``messageData``; None for a message without a case's status."""
    data = message_data.get("data")
    if message_data.get("contract") not in _CONTRACTS_WITH_STATUS or not isinstance(data, dict):
        return None
    words = data.get("status")
    return code_of_status(words) if isinstance(words, str) and words else None
