"""The organisations of the register: those of the acts, and synthetic companies with branches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from services.gbd_ul.domain import LegalEntity, RegistrationStatus
from shared.contracts.identifiers import OrganisationBranch, make_bin
from shared.contracts.organisations import Organisation
from shared.contracts.population import SyntheticPerson

NUMBER_OF_COMPANIES = 200
FIRST_YEAR, YEARS = 2001, 15
"""The organisations of the acts have numbers of 1999, so that no number occurs twice."""
ACTS_REGISTERED_ON = date(1999, 1, 1)
BRANCH_EVERY, LIQUIDATED_EVERY = 5, 20
_NAMES_FILE = Path(__file__).with_name("company_names.yaml")


@cache
def _read_names() -> Mapping[str, Any]:
    import yaml

    content: dict[str, Any] = yaml.safe_load(_NAMES_FILE.read_text(encoding="utf-8"))
    return content


def make_companies(people: Sequence[SyntheticPerson]) -> Iterator[LegalEntity]:
    """The synthetic companies, led by living people of the population; always the same for a population."""
    leaders = cycle(person for person in people if person.is_alive)
    for n in range(NUMBER_OF_COMPANIES):
        leader = next(leaders)
        head = _make_company(n, leader)
        if head is None:
            continue
        yield head
        if n % BRANCH_EVERY == 0 and (branch := _make_branch(n, head, next(leaders))) is not None:
            yield branch


def list_authorities(
    organisations: Iterable[Organisation], people: Sequence[SyntheticPerson]
) -> Iterator[LegalEntity]:
    """The organisations of the acts, each led by a living person of its region."""
    living: dict[str, list[SyntheticPerson]] = {}
    for person in people:
        if person.is_alive:
            living.setdefault(person.region, []).append(person)
    everybody = [person for group in living.values() for person in group]
    for n, organisation in enumerate(organisations):
        region = organisation.office[:6].upper()
        group = living.get(region, everybody)
        leader = group[n % len(group)]
        yield LegalEntity(
            bin=organisation.bin,
            name_ru=organisation.name,
            name_kk=organisation.name,
            registration=RegistrationStatus.REGISTERED,
            registered_on=ACTS_REGISTERED_ON,
            region=region,
            leader_iin=leader.iin,
            leader_name=full_name(leader),
        )


def full_name(person: SyntheticPerson) -> str:
    """Surname, name and patronymic in one text."""
    return " ".join(part for part in (person.surname, person.name, person.patronymic) if part)


def _make_company(n: int, leader: SyntheticPerson) -> LegalEntity | None:
    """The company with the number ``n``; None where its БИН is never issued."""
    names = _read_names()
    form, words = names["forms"][n % len(names["forms"])], names["names"]
    word = words[n % len(words)] + (f"-{n // len(words) + 1}" if n >= len(words) else "")
    registered_on = date(FIRST_YEAR + n % YEARS, n % 12 + 1, n % 28 + 1)
    number = make_bin(registered_on.year, registered_on.month, serial=n)
    is_liquidated = n % LIQUIDATED_EVERY == LIQUIDATED_EVERY - 1
    if number is None:
        return None
    return LegalEntity(
        bin=number,
        name_ru=form["ru"].format(name=word),
        name_kk=form["kk"].format(name=word),
        registration=RegistrationStatus.LIQUIDATED if is_liquidated else RegistrationStatus.REGISTERED,
        registered_on=registered_on,
        region=leader.region,
        leader_iin=leader.iin,
        leader_name=full_name(leader),
    )


def _make_branch(n: int, head: LegalEntity, leader: SyntheticPerson) -> LegalEntity | None:
    branch = _read_names()["branch"]
    registered_on = head.registered_on.replace(year=head.registered_on.year + 1)
    number = make_bin(registered_on.year, registered_on.month, serial=n, branch=OrganisationBranch.BRANCH)
    if number is None:
        return None
    return LegalEntity(
        bin=number,
        name_ru=branch["ru"].format(head=head.name_ru),
        name_kk=branch["kk"].format(head=head.name_kk),
        registration=head.registration,
        registered_on=registered_on,
        region=leader.region,
        leader_iin=leader.iin,
        leader_name=full_name(leader),
        head_bin=head.bin,
    )
