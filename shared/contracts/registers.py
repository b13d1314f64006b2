"""Questions to the registers and their answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from shared.bus.message import Contract, Wire

PERSON_SERVICE = "nr-iin-person"
POWER_SERVICE = "enis-power-of-attorney"

Number = Annotated[str, Field(min_length=1, max_length=40)]


class PersonQuery(Contract):
    """To НР ИИН: who holds this number?"""

    contract: ClassVar[str] = "person-query/1"

    iin: Annotated[str, Field(pattern=r"^\d{12}$")]


class Person(Wire):
    """What НР ИИН discloses of a person."""

    iin: str
    surname: str
    name: str
    patronymic: str = ""
    birth_date: date
    sex: str
    region: str
    address: str
    is_alive: bool


class PersonAnswer(Contract):
    """From НР ИИН: the person, or nobody."""

    contract: ClassVar[str] = "person-answer/1"

    person: Person | None


class PowerQuery(Contract):
    """To ЕНИС: does this power of attorney hold for these two people?"""

    contract: ClassVar[str] = "power-of-attorney-query/1"

    number: Number
    principal_iin: Annotated[str, Field(pattern=r"^\d{12}$")]
    attorney_iin: Annotated[str, Field(pattern=r"^\d{12}$")]


class Power(Wire):
    """A power of attorney as the register keeps it."""

    number: str
    principal_iin: str
    attorney_iin: str
    valid_from: date
    valid_to: date
    is_revoked: bool


class PowerAnswer(Contract):
    """From ЕНИС: the power of attorney, or nothing when number and people do not belong together."""

    contract: ClassVar[str] = "power-of-attorney-answer/1"

    power: Power | None
    is_in_force: bool
