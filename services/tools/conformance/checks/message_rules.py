"""Rules of messages that hold by whatever door they come: forms of fields, contracts, times."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from shared.bus.errors import BusError, Malformed
from shared.bus.messages.message import MessageContract, MessageType, read_data
from shared.contracts.identifiers import check_iin

WORD = re.compile(r"[\w.:{}/-]{1,100}")
REGION = re.compile(r"KZ-[A-Z]{2,3}")
TWELVE_DIGITS = re.compile(r"(?<!\d)\d{12}(?!\d)")
TYPES = tuple(MessageType)
LONGEST_KEY, LONGEST_VALUE = 30, 500


@cache
def load_contracts() -> dict[str, type[MessageContract]]:
    """The contracts of the bus by name."""
    from shared.bus.messages import receipts, withdrawals  # noqa: F401
    from shared.contracts import cases, payments, registers  # noqa: F401 - importing a contract makes it known

    contracts: dict[str, type[MessageContract]] = {}
    waiting = list(MessageContract.__subclasses__())
    while waiting:
        contract = waiting.pop()
        waiting += contract.__subclasses__()
        if "contract" in vars(contract):
            contracts[contract.contract] = contract
    return contracts


def find_data_fault(contract: str, data: Any) -> str:
    """What is wrong with the data of a known contract; "" for nothing, and for a contract that nobody knows."""
    model = load_contracts().get(contract)
    if model is None:
        return ""
    try:
        read_data(json.dumps({"messageData": {"data": data}}).encode(), model)
    except Malformed as error:
        return ", ".join(f"{fault['field']}: {fault['fault']}" for fault in error.details["fields"])
    return ""


def read_moment(text: object) -> datetime | None:
    """A moment in ISO 8601; None for anything else."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def has_zone(text: object) -> bool:
    """Whether a text is a moment with its zone."""
    moment = read_moment(text)
    return moment is not None and moment.tzinfo is not None


def is_iin(text: object) -> bool:
    """Whether a text is an ИИН with the right check digit."""
    try:
        check_iin(str(text))
    except BusError:
        return False
    return True


def find_iins(text: str) -> Iterator[str]:
    """The ИИН that stand in a text."""
    return (number for number in TWELVE_DIGITS.findall(text) if is_iin(number))
