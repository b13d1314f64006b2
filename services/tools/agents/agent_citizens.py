"""Citizens for whom an agent files applications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any

from services.launcher.launch import LaunchContext
from shared.bus.errors import NotFound
from shared.client import ApiError, CertifiedPerson, PortalClient, certify_person
from shared.contracts.population import SyntheticPerson, make_population
from shared.pki.certificates.keys import new_ec_key
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.passport_book import PassportBook

PASSWORD = "password-of-an-agents-citizen"  # noqa: S105 - of invented people in a sandbox
FIRST_PHONE = 87_251_000_000


@dataclass
class AgentCitizens:
    """Synthetic people with ЭЦП and an account; each is registered when first needed."""

    launch: LaunchContext
    _signers: dict[str, CertifiedPerson] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _phones: count[int] = field(default_factory=lambda: count(FIRST_PHONE))

    def list_people(self, number: int) -> list[dict[str, str]]:
        """The first living people."""
        return [
            {"iin": person.iin, "surname": person.surname, "name": person.name, "region": person.region}
            for person in islice(self._living(), number)
        ]

    async def apply(self, regulation: str, iin: str | None) -> Any:
        """The filed application; ApiError as the portal answers, NotFound ``person-unknown``."""
        person = self._find(iin)
        async with PortalClient(self.launch.instance_url("portal_pep")) as portal:
            signer = await self._let_in(portal, person)
            authority = (await portal.list_authorities(regulation))[0]["code"]
            passport = PassportBook.load().get_passport(regulation)
            form = make_valid_form(passport, person.iin, phone=str(next(self._phones)))
            filed = await portal.apply_for_service(signer, regulation, authority, form, passport.variants[0])
        self._owners[str(filed["id"])] = person.iin
        return filed

    async def show(self, case_id: str) -> Any:
        """An application as its citizen sees it, with its steps; NotFound ``application-unknown``."""
        if case_id not in self._owners:
            raise NotFound("application-unknown", "no application of this id was filed here")
        async with PortalClient(self.launch.instance_url("portal_pep")) as portal:
            await portal.log_in(self._owners[case_id], PASSWORD)
            view = await portal.get_application(case_id)
            return {**view, "steps_done": await portal.list_steps(case_id)}

    async def _let_in(self, portal: PortalClient, person: SyntheticPerson) -> CertifiedPerson:
        if person.iin not in self._signers:
            names = (person.surname, person.name, person.patronymic)
            self._signers[person.iin] = await certify_person(
                self.launch.nuc_url, person.iin, *names, key=new_ec_key()
            )
            try:
                await portal.register_citizen(person.iin, PASSWORD)
            except ApiError as error:
                if error.status != 409:  # the account of an earlier run
                    raise
        await portal.log_in(person.iin, PASSWORD)
        return self._signers[person.iin]

    def _find(self, iin: str | None) -> SyntheticPerson:
        for person in self._living():
            if iin in (None, person.iin):
                return person
        raise NotFound("person-unknown", "no living person of the synthetic population has this ИИН")

    def _living(self) -> Iterator[SyntheticPerson]:
        seed, size = self.launch.population_parameters
        return (person for person in make_population(seed, size) if person.is_alive)
