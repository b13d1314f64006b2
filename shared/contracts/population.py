"""A synthetic population for the registers.

Every ИИН here has a birth between 1850 and 1899 (digit 7 is 1 or 2), so no living person holds one; names are
combined at random from lists of common names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from threading import Lock

from shared.contracts.identifiers import Sex, make_iin

REGIONS = ("KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ")

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
    numbers = _generate_iins(chance.randrange(_SLOTS))
    for index in range(size):
        yield _make_person(chance, *next(numbers), REGIONS[index % len(REGIONS)])


def _generate_iins(start: int) -> Iterator[tuple[str, date, Sex]]:
    """Each possible ИИН once, with its birth and sex; numbers that are never issued are left out."""
    for step in range(_SLOTS):
        day, remainder = divmod((start + step * _STRIDE) % _SLOTS, _SERIALS * len(Sex))
        sex = (Sex.MALE, Sex.FEMALE)[remainder % len(Sex)]
        birth = _FIRST_BIRTH + timedelta(days=day)
        iin = make_iin(birth, female=sex is Sex.FEMALE, serial=remainder // len(Sex))
        if iin is not None:
            yield iin, birth, sex


def _make_person(chance: random.Random, iin: str, birth: date, sex: Sex, region: str) -> SyntheticPerson:
    make_name = _russian_name if chance.random() < _RUSSIAN_SHARE[region] else _kazakh_name
    surname, name, patronymic = make_name(chance, sex)
    address = _make_address(chance, region)
    is_alive = chance.random() >= _DEAD_SHARE
    return SyntheticPerson(iin, surname, name, patronymic, birth, sex, region, address, is_alive)


def _kazakh_name(chance: random.Random, sex: Sex) -> tuple[str, str, str]:
    is_female = sex is Sex.FEMALE
    surname = chance.choice(_KAZAKH_SURNAMES) + ("а" if is_female else "")
    name = chance.choice(_KAZAKH_WOMEN if is_female else _KAZAKH_MEN)
    father = chance.choice(_KAZAKH_MEN)
    return surname, name, father + ("қызы" if is_female else "ұлы")


def _russian_name(chance: random.Random, sex: Sex) -> tuple[str, str, str]:
    is_female = sex is Sex.FEMALE
    surname = _russian_surname(chance.choice(_RUSSIAN_SURNAMES), is_female=is_female)
    names = tuple(_RUSSIAN_MEN)
    name = chance.choice(_RUSSIAN_WOMEN if is_female else names)
    stem = _RUSSIAN_MEN[chance.choice(names)]
    return surname, name, stem + ("на" if is_female else "ич")


def _russian_surname(surname: str, *, is_female: bool) -> str:
    if not is_female or surname.endswith("ко"):
        return surname
    return surname.removesuffix("ий") + "ая" if surname.endswith("ий") else surname + "а"


def _make_address(chance: random.Random, region: str) -> str:
    place = chance.choice(_PLACES[region])
    street = chance.choice(_STREETS)
    house = chance.randint(1, 120)
    flat = f", кв. {chance.randint(1, 80)}" if place.startswith("г. ") else ""
    return f"{place}, ул. {street}, д. {house}{flat}"


_RUSSIAN_SHARE = {"KZ-AKM": 0.35, "KZ-ATY": 0.08, "KZ-SEV": 0.5, "KZ-YUZ": 0.08}

_PLACES = {
    "KZ-AKM": ("г. Кокшетау", "г. Степногорск", "г. Атбасар", "г. Макинск", "с. Зеренда", "с. Астраханка"),
    "KZ-ATY": ("г. Атырау", "г. Кульсары", "с. Доссор", "с. Махамбет", "с. Индербор", "с. Аккистау"),
    "KZ-SEV": ("с. Новоишимское", "с. Рузаевка", "с. Чистополье", "с. Дружба", "с. Шукырколь", "с. Ломоносовка"),
    "KZ-YUZ": ("г. Шымкент", "г. Туркестан", "г. Кентау", "г. Сарыагаш", "с. Аксукент", "с. Шаян"),
}

_STREETS = (
    "Абая",
    "Ауэзова",
    "Бейбітшілік",
    "Достық",
    "Жамбыла",
    "Желтоксан",
    "Интернациональная",
    "Мира",
    "Наурыз",
    "Привокзальная",
    "Садовая",
    "Сатпаева",
    "Степная",
    "Тәуелсіздік",
    "Школьная",
)

_KAZAKH_SURNAMES = (
    "Абдрахманов",
    "Айтбаев",
    "Алимов",
    "Аманжолов",
    "Асқаров",
    "Ахметов",
    "Байжанов",
    "Бекболатов",
    "Бекетов",
    "Болатов",
    "Досанов",
    "Есенов",
    "Ермеков",
    "Жақыпов",
    "Жұмабаев",
    "Жүнісов",
    "Ибраев",
    "Искаков",
    "Кәрімов",
    "Кенжебаев",
    "Қасымов",
    "Қожахметов",
    "Мұратов",
    "Мусин",
    "Нұрғалиев",
    "Нұрпейісов",
    "Омаров",
    "Оразбаев",
    "Оспанов",
    "Рахимов",
    "Сағынбаев",
    "Садыков",
    "Сейітов",
    "Сүлейменов",
    "Тілеубаев",
    "Төлегенов",
    "Тұрсынов",
    "Шәріпов",
)

_KAZAKH_MEN = (
    "Айдар",
    "Алмас",
    "Арман",
    "Асқар",
    "Бауыржан",
    "Бекзат",
    "Болат",
    "Данияр",
    "Дәулет",
    "Ерлан",
    "Ержан",
    "Жандос",
    "Қайрат",
    "Қанат",
    "Марат",
    "Мұрат",
    "Нұрлан",
    "Руслан",
    "Самат",
    "Серік",
    "Талғат",
    "Тимур",
)

_KAZAKH_WOMEN = (
    "Айгүл",
    "Айжан",
    "Айнұр",
    "Ақмарал",
    "Алма",
    "Асель",
    "Бақыт",
    "Ботагөз",
    "Гүлмира",
    "Гүлнар",
    "Динара",
    "Жанар",
    "Зарина",
    "Қарлығаш",
    "Ләззат",
    "Мадина",
    "Меруерт",
    "Назгүл",
    "Нұргүл",
    "Сәуле",
    "Шолпан",
)

_RUSSIAN_SURNAMES = (
    "Андреев",
    "Белов",
    "Васильев",
    "Волков",
    "Григорьев",
    "Егоров",
    "Зайцев",
    "Иванов",
    "Коваленко",
    "Козлов",
    "Кузнецов",
    "Лебедев",
    "Макаров",
    "Морозов",
    "Никитин",
    "Новиков",
    "Павлов",
    "Петренко",
    "Петров",
    "Покровский",
    "Романов",
    "Семёнов",
    "Смирнов",
    "Соколов",
    "Степанов",
    "Фёдоров",
    "Яковлев",
)

# A man's name and the stem of his children's patronymic: +ич for a son, +на for a daughter.
_RUSSIAN_MEN = {
    "Александр": "Александров",
    "Алексей": "Алексеев",
    "Андрей": "Андреев",
    "Борис": "Борисов",
    "Василий": "Васильев",
    "Виктор": "Викторов",
    "Владимир": "Владимиров",
    "Дмитрий": "Дмитриев",
    "Евгений": "Евгеньев",
    "Иван": "Иванов",
    "Константин": "Константинов",
    "Михаил": "Михайлов",
    "Николай": "Николаев",
    "Павел": "Павлов",
    "Пётр": "Петров",
    "Сергей": "Сергеев",
    "Степан": "Степанов",
    "Юрий": "Юрьев",
}

_RUSSIAN_WOMEN = (
    "Александра",
    "Анна",
    "Валентина",
    "Вера",
    "Галина",
    "Елена",
    "Ирина",
    "Людмила",
    "Мария",
    "Надежда",
    "Наталья",
    "Ольга",
    "Светлана",
    "Софья",
    "Татьяна",
)
