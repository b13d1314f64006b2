"""A country as a test has it: its addresses, its people, its operators, its clock, and what joins it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from services.tools.testing.citizens import SandboxCitizen
from services.tools.testing.employees import SandboxEmployee
from services.tools.testing.journal import SandboxJournal
from services.tools.testing.members import SandboxMember
from services.tools.testing.waiting import CallRunner
from shared.bus.errors import NotFound
from shared.client import OperatorClient, PortalClient, WorkplaceClient, certify_person
from shared.client.clock import ClockClient
from shared.client.http import HttpClient
from shared.client.participants import JoiningOrder, Operators, ServicePlace
from shared.contracts.population import SyntheticPerson, make_population
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates.keys import new_ec_key, new_rsa_key

Client = TypeVar("Client", bound=HttpClient)

EMPLOYEE_PASSWORD = "password-of-every-employee"  # noqa: S105 - synthetic people of a country that a test throws away
CITIZEN_PASSWORD = "password-of-the-citizen"  # noqa: S105 - as above
MOST_CITIZENS = 1000
TOKEN_FILE = "operator.token"  # noqa: S105 - the name of a file


@dataclass(repr=False)
class SandboxCountry:
    """A whole country that one test has for itself."""

    folder: Path
    """The data of the systems, a folder for each, with ``country.log`` beside them."""
    urls: Mapping[str, str]
    runner: CallRunner
    _clients: list[HttpClient] = field(default_factory=list)
    _operators: dict[str, OperatorClient] = field(default_factory=dict)
    _people: Iterator[SyntheticPerson] = field(
        default_factory=lambda: (person for person in make_population(1, MOST_CITIZENS) if person.is_alive)
    )

    def url(self, system: str) -> str:
        """The address of a system (its name in ``egov-bus --list``). NotFound ``system-unknown``."""
        if system not in self.urls:
            raise NotFound("system-unknown", f"{system} does not run here; these do: {', '.join(self.urls)}")
        return self.urls[system]

    def operator_token(self, system: str) -> str:
        """The token of the operator of a system."""
        self.url(system)
        return (self.folder / system / TOKEN_FILE).read_text()

    def operator(self, system: str) -> OperatorClient:
        """The asynchronous client of the operator of a system."""
        if system not in self._operators:
            token = self.operator_token(system)
            self._operators[system] = self._open(lambda: OperatorClient(self.url(system), token=token))
        return self._operators[system]

    def portal(self) -> PortalClient:
        """The asynchronous client of the portal, for a visitor."""
        return self._open(lambda: PortalClient(self.url("portal_pep")))

    @property
    def journal(self) -> SandboxJournal:
        """The journal of ШЭП."""
        return SandboxJournal(self.operator("shep_gateway"), self.runner)

    def citizen(self, *, is_even: bool = True) -> SandboxCitizen:
        """A new citizen, registered and logged in. Instant clerks grant to an even ИИН and refuse an odd one."""
        wanted = 0 if is_even else 1
        person = next(person for person in self._people if int(person.iin) % 2 == wanted)
        return self.runner.run(self._settle(person))

    async def _settle(self, person: SyntheticPerson) -> SandboxCitizen:
        names = (person.surname, person.name, person.patronymic)
        signer = await certify_person(self.url("is_nuc"), person.iin, *names, key=new_ec_key())
        client = self._keep(PortalClient(self.url("portal_pep")))
        await client.register_citizen(person.iin, CITIZEN_PASSWORD)
        await client.log_in(person.iin, CITIZEN_PASSWORD)
        return SandboxCitizen(person, signer, client, self.runner)

    def employee(
        self, system: str = "is_mio", *, authority: str | None = None, role: str | None = None
    ) -> SandboxEmployee:
        """An employee of a system, logged in: the first one of this office and role.

        NotFound ``employee-unknown`` where nobody is so.
        """
        staff = self.runner.run(self.operator(system).list_all("/api/v1/employees"))
        for person in staff:
            if authority in (None, person["authority"]) and role in (None, person["role"]):
                return self.runner.run(self._let_in(system, person))
        raise NotFound("employee-unknown", f"{system} has no employee with office {authority} and role {role}")

    async def _let_in(self, system: str, person: Mapping[str, Any]) -> SandboxEmployee:
        client = self._keep(WorkplaceClient(self.url(system)))
        await client.log_in(person["iin"], EMPLOYEE_PASSWORD)
        return SandboxEmployee(person["iin"], person["role"], person["authority"], client, self.runner)

    def join(
        self,
        address: str,
        *,
        asks: Sequence[str] = (PERSON_SERVICE,),
        provides: Sequence[ServicePlace] = (),
        is_strict: bool = False,
    ) -> SandboxMember:
        """A system of yours that joins the bus: certified, registered, with a token for the REST door.

        ``asks`` are the services that it may query; in the places that it ``provides`` it replaces what stood
        there. ApiError as ШЭП and НУЦ answer.
        """
        order = JoiningOrder(address, address, asks=asks, provides=provides, is_strict=is_strict)
        operators = Operators(self.operator("is_nuc"), self.operator("shep_gateway"))
        joined = self.runner.run(operators.join(order, new_rsa_key()))
        client = self._open(lambda: HttpClient(self.url("shep_gateway"), token=joined.token))
        return SandboxMember(joined, client, self.runner)

    def list_late_cases(self, system: str) -> list[str]:
        """The ids of the cases that wait at a system for a step whose deadline has passed."""
        rows = self.runner.run(self.operator(system).list_all("/api/v1/deadlines/cases"))
        return [str(row["case"]) for row in rows if row["late"] is not None]

    def advance_clock(self, by: timedelta) -> None:
        """Move the clock of the whole bus ahead; deadlines that end meanwhile have ended."""
        self.runner.run(self._clock.advance(by))

    def freeze_clock(self, at: datetime | None = None) -> None:
        """Stop the clock of the bus, now or at a future moment."""
        self.runner.run(self._clock.freeze(at))

    @property
    def now(self) -> datetime:
        """The time of the bus."""
        return datetime.fromisoformat(self.runner.run(self._clock.get_clock())["now"])

    @property
    def _clock(self) -> ClockClient:
        return self._open(lambda: ClockClient(self.url("is_nuc"), token=self.operator_token("is_nuc")))

    def close(self) -> None:
        """Close the clients."""
        for client in self._clients:
            self.runner.run(client.close())

    def _open(self, make: Callable[[], Client]) -> Client:
        async def make_in_the_loop() -> Client:
            return self._keep(make())

        return self.runner.run(make_in_the_loop())

    def _keep(self, client: Client) -> Client:
        self._clients.append(client)
        return client
