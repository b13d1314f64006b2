"""A whole country in this process, on the embedded carrier and SQLite, and the people who live and work in it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.catalog import INSTANCES
from services.launcher.country import Deployment
from services.launcher.ports import random_offset
from services.launcher.settings import settings_for
from shared.bus.clocks.clock import Clock
from shared.bus.http.tls import server_check
from shared.client import ApiError, CertifiedPerson, OperatorClient, PortalClient, WorkplaceClient, certify_person
from shared.contracts.population import SyntheticPerson, make_population
from shared.pki.certificates import keys
from shared.pki.client.nuc import SystemEnrolment
from tests.journeys.declared import hold_to_document
from tests.prepared_countries import PreparedShelf

T = TypeVar("T")

SERVICE = "KZ-YUZ.3"
AUTHORITY = "kz-yuz.employment.15"
OTHER_AUTHORITY = "kz-yuz.employment.01"
PASSWORD = "a-citizen's-password"
EMPLOYEE_PASSWORD = "an-employee's-password"
FORM = {"postal_index": "160000", "phone": "87252000000", "sik": "0000000000000000"}
PHONES = count()
MOST_BYTES = 1_000_000
"""The limit on messages and requests in these countries, low enough to be broken cheaply."""

LIVING = [person for person in make_population(1, 1000) if person.is_alive]


@dataclass(repr=False)
class Citizen:
    """Somebody with a certificate and an account, logged in at the portal."""

    person: SyntheticPerson
    signer: CertifiedPerson
    portal: PortalClient

    @property
    def form(self) -> dict[str, str]:
        """A form that passes ФЛК, with another phone each time: the same is not asked twice at a time."""
        return {**FORM, "phone": f"8725{next(PHONES):07}", "iin": self.person.iin}

    async def draft(self, authority: str = AUTHORITY) -> bytes:
        return await self.portal.draft_application(SERVICE, authority, self.form)

    def sign(self, document: bytes) -> bytes:
        return self.signer.sign(document, datetime.now(UTC))  # noqa: TID251 - a citizen looks at his own clock

    async def apply(self, authority: str = AUTHORITY) -> str:
        """Draft, sign, submit; returns the application's id."""
        told = await self.portal.submit_application(self.sign(await self.draft(authority)))
        return str(told["id"])

    async def sees(self, case: str, status: str) -> Any:
        """The application once it has this status."""
        return await eventually(lambda: self.portal.get_application(case), lambda told: told["status"] == status)

    async def is_served(self, case: str) -> Any:
        """The application once there is a decision."""
        return await eventually(
            lambda: self.portal.get_application(case), lambda told: told["outcome"] is not None
        )


@dataclass(repr=False)
class RunningCountry:
    """A running country with its data directory; whoever it makes is closed with it."""

    deployment: Deployment
    folder: Path
    stack: AsyncExitStack
    revoked: CertifiedPerson | None = None
    """A citizen whose certificate was revoked before any system looked at the list of the revoked."""
    ousted: SystemEnrolment | None = None
    """A system whose certificate was revoked as early."""
    _http: httpx.AsyncClient | None = None
    _operators: dict[str, OperatorClient] = field(default_factory=dict)
    _citizens: dict[str, Citizen] = field(default_factory=dict)
    _workplaces: dict[str, WorkplaceClient] = field(default_factory=dict)
    _strangers: Iterator[SyntheticPerson] = field(default_factory=lambda: iter(LIVING))

    def url(self, instance: str) -> str:
        return self.deployment.instance_url(instance)

    def runtime(self, instance: str) -> Any:
        """What runs an instance, to read its database."""
        return self.deployment.nodes[instance].runtime

    async def answer(self, instance: str, method: str, path: str, **how: Any) -> httpx.Response:
        """One bare request, whatever comes back."""
        if self._http is None:
            self._http = await self.stack.enter_async_context(
                httpx.AsyncClient(timeout=30, verify=server_check("http://"))
            )
        return await self._http.request(method, self.url(instance) + path, **how)

    def operator(self, instance: str) -> OperatorClient:
        if instance not in self._operators:
            made = OperatorClient.of_instance(self.url(instance), self.folder, instance)
            self.stack.push_async_callback(made.close)
            self._operators[instance] = made
        return self._operators[instance]

    def stranger(self, *, is_even: bool = True) -> SyntheticPerson:
        """A living person whom no test has met."""
        return next(person for person in self._strangers if (int(person.iin[-1]) % 2 == 0) == is_even)

    def portal(self, language: str = "ru") -> PortalClient:
        """A connection to the portal with nobody logged in."""
        made = PortalClient(self.url("portal_pep"), language=language)
        self.stack.push_async_callback(made.close)
        return made

    async def certify(self, person: SyntheticPerson, key: keys.PrivateKey | None = None) -> CertifiedPerson:
        """A certificate from НУЦ's counter, over a key that is quickly made."""
        name = (person.iin, person.surname, person.name, person.patronymic)
        return await certify_person(self.url("is_nuc"), *name, key=key or keys.new_ec_key())

    async def newcomer(self, *, is_even: bool = True) -> Citizen:
        """Somebody new, certified, registered and logged in."""
        person, portal = self.stranger(is_even=is_even), self.portal()
        signer, _ = await asyncio.gather(self.certify(person), portal.register_citizen(person.iin, PASSWORD))
        await portal.log_in(person.iin, PASSWORD)
        return Citizen(person, signer, portal)

    async def citizen(self, *, is_even: bool = True) -> Citizen:
        """The same citizen for every test that asks; even is granted by an instant clerk, odd is refused."""
        name = "even" if is_even else "odd"
        if name not in self._citizens:
            self._citizens[name] = await self.newcomer(is_even=is_even)
        return self._citizens[name]

    async def clerk(self, authority: str = AUTHORITY) -> WorkplaceClient:
        """The employee of an authority, logged in at his workplace."""
        if authority not in self._workplaces:
            place = WorkplaceClient(self.url("is_mio"))
            self.stack.push_async_callback(place.close)
            await place.log_in((await self.employee(authority))["iin"], EMPLOYEE_PASSWORD)
            self._workplaces[authority] = place
        return self._workplaces[authority]

    async def works_as(self, instance: str, iin: str) -> WorkplaceClient:
        """An employee of a system, logged in at its workplace."""
        name = f"{instance} {iin}"
        if name not in self._workplaces:
            place = WorkplaceClient(self.url(instance))
            self.stack.push_async_callback(place.close)
            await place.log_in(iin, EMPLOYEE_PASSWORD)
            self._workplaces[name] = place
        return self._workplaces[name]

    async def employee(self, authority: str = AUTHORITY) -> Any:
        staff = await self.operator("is_mio").get("/api/v1/employees")
        return next(one for one in staff if one["authority"] == authority)

    async def arrived(self, case: str) -> None:
        """Wait until the application, its notice and its number have come to where they go."""
        await self.delivered(case, 3)

    async def delivered(self, case: str, count: int) -> Any:
        """The deliveries of a case once there are this many and all have arrived."""
        gateway = self.operator("shep_gateway")
        return await eventually(
            lambda: gateway.list_deliveries(correlation_id=case),
            lambda told: len(told) == count and all(row["state"] == "DELIVERED" for row in told),
        )

    async def revoke(self, certificate: x509.Certificate) -> None:
        """By НУЦ's operator; the systems notice when they read the list again, half a minute later at most."""
        body = {"thumbprint": keys.certificate_thumbprint(certificate), "reason": "keyCompromise"}
        await self.operator("is_nuc").post("/api/v1/revocations", body)

    def anchors(self) -> bytes:
        """Root and issuing certificate of НУЦ, PEM, as openssl wants them."""
        home = self.folder / "is_nuc"
        return (home / "root.crt").read_bytes() + (home / "issuing.crt").read_bytes()


@dataclass(repr=False)
class Served:
    """An application that was granted, and what its citizen signed."""

    country: RunningCountry
    citizen: Citizen
    case: str
    signed: bytes


@asynccontextmanager
async def running(
    folder: Path,
    *,
    names: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
    clock: Clock | None = None,
    is_new: bool = False,
) -> AsyncIterator[RunningCountry]:
    """A country of these instances (all of them by default) on free ports, with its data in ``folder``; its time
    is ``clock``'s, where one is given.

    In an empty folder the files are copies of a prepared country's. НУЦ alone begins with nothing, as its tests
    are about that; so does whoever ``is_new``. Where there are files, the country goes on with them.
    """
    given = {
        "EGOV_DATA_DIR": str(folder),
        "EGOV_PORT_OFFSET": str(random_offset()),
        "EGOV_EMPLOYEE_PASSWORD": EMPLOYEE_PASSWORD,
        "EGOV_MAX_MESSAGE_BYTES": str(MOST_BYTES),
        "EGOV_REGISTER_SECONDS": "30",
        **(environment or {}),
    }
    wanted = [one for one in INSTANCES if not names or one.name in names]
    is_copied = len(wanted) > 1 and not is_new and "DATABASE_URL" not in given
    is_copied = is_copied and not any((folder / one.name).exists() for one in wanted)
    if is_copied:
        (await PreparedShelf.fetch(given, clock)).copy_to(folder, wanted)
    settled = [(one, settings_for(one, given, is_alone=False)) for one in wanted]
    deployment = Deployment(settled, given_clock=clock, is_prepared=is_copied)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(deployment.stop)
        await deployment.start()
        for node in deployment.nodes.values():
            hold_to_document(node.app)
        yield RunningCountry(deployment, folder, stack)


async def eventually(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], seconds: float = 30) -> T:
    """The first answer that holds, asked again and again; after ``seconds`` a failure that shows the last."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        answer = await ask()
        if holds(answer):
            return answer
        assert asyncio.get_running_loop().time() < deadline, answer
        await asyncio.sleep(0.02)


async def refused(call: Awaitable[Any]) -> ApiError:
    """The refusal that this call gets; a failure when it is let through."""
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value


def openssl(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """The real openssl, run where its files lie."""
    return subprocess.run(("openssl", *command.split()), cwd=folder, capture_output=True, text=True, check=False)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
