"""A synthetic population for the registers.

Every ИИН here has a birth between 1850 and 1899 (digit 7 is 1 or 2), so no living person holds one; names are
combined at random from lists of common names. `odd_people` are a few more, whose ИИН tells no date of birth, or
another date than the register's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from shared.contracts.addresses import REGIONS
from shared.contracts.identifiers import Sex, make_iin

_NAMES_FILE = Path(__file__).with_name("population_names.yaml")
_ODD_FILE = Path(__file__).with_name("odd_people.yaml")
_ODD_REGION = "KZ-YUZ"

_FIRST_BIRTH = date(1850, 1, 1)
_DAYS = (date(1900, 1, 1) - _FIRST_BIRTH).days
_SERIALS = 10_000
_SLOTS = _DAYS * _SERIALS * len(Sex)
# A prime that does not divide _SLOTS, about 0.618 of it: its multiples visit every slot once, far apart.
_STRIDE = 225_730_741
_DEAD_SHARE = 0.01

REMEMBERED = 10_000
"""The largest population that is cached."""

_MAKING = Lock()


@dataclass(frozen=True)
class SyntheticPerson:
    """One person of the population. Names are spelled as in documents."""

    iin: str
    surname: str
    name: str
    patronymic: str
    birth_date: date
    sex: Sex
    region: str
    address: str
    is_alive: bool


@dataclass(frozen=True)
class PopulationNames:
    """The names and addresses from which people are combined (``population_names.yaml``)."""

    places: Mapping[str, Sequence[str]]
    """By region."""
    streets: Sequence[str]
    kazakh_surnames: Sequence[str]
    kazakh_men: Sequence[str]
    kazakh_women: Sequence[str]
    russian_surnames: Sequence[str]
    russian_men: Mapping[str, str]
    """Each name with the stem of the children's patronymic."""
    russian_women: Sequence[str]


@cache
def _read_names() -> PopulationNames:
    return PopulationNames(**_read_yaml(_NAMES_FILE))


@cache
def odd_people() -> tuple[SyntheticPerson, ...]:
    """People whom НР ИИН knows beside the population, and whose ИИН does not tell their birth (decree 853, 2013).

    They are three grown-ups and two children (``odd_people.yaml``).
    """
    places = _read_names().places[_ODD_REGION]
    return tuple(
        SyntheticPerson(
            iin=odd["iin"],
            surname=odd["surname"],
            name=odd["name"],
            patronymic="",
            birth_date=odd["birth_date"],
            sex=Sex(odd["sex"]),
            region=_ODD_REGION,
            address=places[0],
            is_alive=True,
        )
        for odd in _read_yaml(_ODD_FILE)
    )


def _read_yaml(file: Path) -> Any:
    import yaml  # read with the first population

    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # S506 - both loaders are safe
    return yaml.load(file.read_text(encoding="utf-8"), fast)  # noqa: S506


def make_population(seed: int, size: int) -> Iterator[SyntheticPerson]:
    """`size` people, always the same for a `seed`; no ИИН occurs twice.

    A smaller population is the beginning of a larger one. The regions take turns; one person in a hundred has
    died. At most 100,000,000 (ValueError). A population of up to `REMEMBERED` people is made once per process.
    """
    if not 0 <= size <= 100_000_000:
        raise ValueError("a population has 0 to 100,000,000 people")
    if size > REMEMBERED:
        return _generate_people(seed, size)
    with _MAKING:  # a second caller waits until the population is made
        return iter(_small_population(seed, size))


@lru_cache(maxsize=16)
def _small_population(seed: int, size: int) -> tuple[SyntheticPerson, ...]:
    return tuple(_generate_people(seed, size))


def _generate_people(seed: int, size: int) -> Iterator[SyntheticPerson]:
    # The generator must repeat itself; no secret depends on it.
    chance = random.Random(seed)  # noqa: S311
    names, numbers = _read_names(), _generate_iins(chance.randrange(_SLOTS))
    for index in range(size):
        yield _make_person(chance, names, *next(numbers), REGIONS[index % len(REGIONS)])


def _generate_iins(start: int) -> Iterator[tuple[str, date, Sex]]:
    """Each possible ИИН once, with its birth and sex; numbers that are never issued are left out."""
    for step in range(_SLOTS):
        day, remainder = divmod((start + step * _STRIDE) % _SLOTS, _SERIALS * len(Sex))
        sex = (Sex.MALE, Sex.FEMALE)[remainder % len(Sex)]
        birth = _FIRST_BIRTH + timedelta(days=day)
        iin = make_iin(birth, female=sex is Sex.FEMALE, serial=remainder // len(Sex))
        if iin is not None:
            yield iin, birth, sex


def _make_person(
    chance: random.Random, names: PopulationNames, iin: str, birth: date, sex: Sex, region: str
) -> SyntheticPerson:
    make_name = _russian_name if chance.random() < _RUSSIAN_SHARE[region] else _kazakh_name
    surname, name, patronymic = make_name(chance, names, sex)
    address = _make_address(chance, names, region)
    is_alive = chance.random() >= _DEAD_SHARE
    return SyntheticPerson(iin, surname, name, patronymic, birth, sex, region, address, is_alive)


def _kazakh_name(chance: random.Random, names: PopulationNames, sex: Sex) -> tuple[str, str, str]:
    is_female = sex is Sex.FEMALE
    surname = chance.choice(names.kazakh_surnames) + ("а" if is_female else "")
    name = chance.choice(names.kazakh_women if is_female else names.kazakh_men)
    father = chance.choice(names.kazakh_men)
    return surname, name, father + ("қызы" if is_female else "ұлы")


def _russian_name(chance: random.Random, names: PopulationNames, sex: Sex) -> tuple[str, str, str]:
    is_female = sex is Sex.FEMALE
    surname = _russian_surname(chance.choice(names.russian_surnames), is_female=is_female)
    men = tuple(names.russian_men)
    name = chance.choice(names.russian_women if is_female else men)
    stem = names.russian_men[chance.choice(men)]
    return surname, name, stem + ("на" if is_female else "ич")


def _russian_surname(surname: str, *, is_female: bool) -> str:
    if not is_female or surname.endswith("ко"):
        return surname
    return surname.removesuffix("ий") + "ая" if surname.endswith("ий") else surname + "а"


def _make_address(chance: random.Random, names: PopulationNames, region: str) -> str:
    place = chance.choice(names.places[region])
    street = chance.choice(names.streets)
    house = chance.randint(1, 120)
    flat = f", кв. {chance.randint(1, 80)}" if place.startswith("г. ") else ""
    return f"{place}, ул. {street}, д. {house}{flat}"


_RUSSIAN_SHARE = {"KZ-AKM": 0.35, "KZ-ATY": 0.08, "KZ-SEV": 0.5, "KZ-YUZ": 0.08}
