"""A whole country in this process, on the embedded carrier and SQLite, with citizens and employees."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
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
from shared.bus.profiles import Profile
from shared.client import ApiError, CertifiedPerson, OperatorClient, PortalClient, WorkplaceClient, certify_person
from shared.contracts.population import SyntheticPerson, make_population
from shared.pki.certificates import keys
from shared.pki.client.enrolment import SystemEnrolment
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
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.2
MOST_BYTES = 1_000_000
"""The limit on messages and requests in bytes, low enough for a test to exceed it cheaply."""

LIVING = [person for person in make_population(1, 1000) if person.is_alive]


@dataclass(repr=False)
class Citizen:
    """A person with a certificate and an account, logged in at the portal."""

    person: SyntheticPerson
    signer: CertifiedPerson
    portal: PortalClient

    @property
    def form(self) -> dict[str, str]:
        """A form that passes ФЛК, with a new telephone each time, because equal open applications are refused."""
        return {**FORM, "phone": f"8725{next(PHONES):07}", "iin": self.person.iin}

    async def draft(self, authority: str = AUTHORITY) -> bytes:
        return await self.portal.draft_application(SERVICE, authority, self.form)

    def sign(self, document: bytes) -> bytes:
        return self.signer.sign(document, datetime.now(UTC))  # noqa: TID251 - the citizen's own clock

    async def apply(self, authority: str = AUTHORITY) -> str:
        """Draft, sign and submit an application; returns the application's id."""
        application = await self.portal.submit_application(self.sign(await self.draft(authority)))
        return str(application["id"])

    async def sees(self, case: str, status: str) -> Any:
        """Wait until the application has this status; returns the application."""
        return await eventually(lambda: self.portal.get_application(case), lambda view: view["status"] == status)

    async def is_served(self, case: str) -> Any:
        """Wait until the application is decided; returns the application."""
        return await eventually(
            lambda: self.portal.get_application(case), lambda view: view["outcome"] is not None
        )


@dataclass(repr=False)
class RunningCountry:
    """A running country with its data directory; the clients that it makes are closed at its end."""

    deployment: Deployment
    folder: Path
    stack: AsyncExitStack
    revoked: CertifiedPerson | None = None
    """A citizen whose certificate was revoked before any system read the revocation list."""
    ousted: SystemEnrolment | None = None
    """A system whose certificate was revoked before any system read the revocation list."""
    _http: httpx.AsyncClient | None = None
    _operators: dict[str, OperatorClient] = field(default_factory=dict)
    _citizens: dict[str, Citizen] = field(default_factory=dict)
    _workplaces: dict[str, WorkplaceClient] = field(default_factory=dict)
    _strangers: Iterator[SyntheticPerson] = field(default_factory=lambda: iter(LIVING))

    def url(self, instance: str) -> str:
        return self.deployment.instance_url(instance)

    def runtime(self, instance: str) -> Any:
        """The runtime of an instance, for reading the instance's database."""
        return self.deployment.nodes[instance].runtime

    async def answer(self, instance: str, method: str, path: str, **how: Any) -> httpx.Response:
        """The response to one plain request, whatever the status is."""
        if self._http is None:
            self._http = await self.stack.enter_async_context(
                httpx.AsyncClient(timeout=30, verify=server_check("http://"))
            )
        self._http.cookies.clear()  # each caller is a new one: a page remembers its reader's language
        return await self._http.request(method, self.url(instance) + path, **how)

    def operator(self, instance: str) -> OperatorClient:
        if instance not in self._operators:
            client = OperatorClient.of_instance(self.url(instance), self.folder, instance)
            self.stack.push_async_callback(client.close)
            self._operators[instance] = client
        return self._operators[instance]

    def stranger(self, *, is_even: bool = True) -> SyntheticPerson:
        """A living person whom no test has used yet; ``is_even`` chooses the last digit of the ИИН."""
        return next(person for person in self._strangers if (int(person.iin[-1]) % 2 == 0) == is_even)

    def portal(self, language: str = "ru") -> PortalClient:
        """A client of the portal without a login."""
        client = PortalClient(self.url("portal_pep"), language=language)
        self.stack.push_async_callback(client.close)
        return client

    async def certify(self, person: SyntheticPerson, key: keys.PrivateKey | None = None) -> CertifiedPerson:
        """Have НУЦ certify a person; by default with a new P-256 key, which is fast to make."""
        name = (person.iin, person.surname, person.name, person.patronymic)
        return await certify_person(self.url("is_nuc"), *name, key=key or keys.new_ec_key())

    async def newcomer(self, given: SyntheticPerson | None = None, *, is_even: bool = True) -> Citizen:
        """A new citizen: certified, registered and logged in; ``given`` instead of the next stranger."""
        person, portal = given or self.stranger(is_even=is_even), self.portal()
        signer, _ = await asyncio.gather(self.certify(person), portal.register_citizen(person.iin, PASSWORD))
        await portal.log_in(person.iin, PASSWORD)
        return Citizen(person, signer, portal)

    async def citizen(self, *, is_even: bool = True) -> Citizen:
        """A citizen that all tests share; an instant clerk grants to an even ИИН and refuses an odd ИИН."""
        name = "even" if is_even else "odd"
        if name not in self._citizens:
            self._citizens[name] = await self.newcomer(is_even=is_even)
        return self._citizens[name]

    async def clerk(self, authority: str = AUTHORITY) -> WorkplaceClient:
        """An employee of an authority, logged in at ИС МИО."""
        if authority not in self._workplaces:
            place = WorkplaceClient(self.url("is_mio"))
            self.stack.push_async_callback(place.close)
            await place.log_in((await self.employee(authority))["iin"], EMPLOYEE_PASSWORD)
            self._workplaces[authority] = place
        return self._workplaces[authority]

    async def works_as(self, instance: str, iin: str, password: str = EMPLOYEE_PASSWORD) -> WorkplaceClient:
        """The employee with this ИИН, logged in at the workplace of this instance."""
        name = f"{instance} {iin}"
        if name not in self._workplaces:
            place = WorkplaceClient(self.url(instance))
            self.stack.push_async_callback(place.close)
            await place.log_in(iin, password)
            self._workplaces[name] = place
        return self._workplaces[name]

    async def employee(self, authority: str = AUTHORITY) -> Any:
        staff = await self.operator("is_mio").get("/api/v1/employees")
        return next(employee for employee in staff if employee["authority"] == authority)

    async def arrived(self, case: str) -> None:
        """Wait until the messages with the application, the notice and the number are delivered."""
        await self.delivered(case, 3)

    async def delivered(self, case: str, count: int) -> Any:
        """Wait until a case has ``count`` deliveries, all of them delivered; returns the deliveries."""
        gateway = self.operator("shep_gateway")
        return await eventually(
            lambda: gateway.list_deliveries(correlation_id=case),
            lambda rows: len(rows) == count and all(row["state"] == "DELIVERED" for row in rows),
        )

    async def revoke(self, certificate: x509.Certificate) -> None:
        """Revoke a certificate as НУЦ's operator; other systems notice within half a minute."""
        body = {"thumbprint": keys.certificate_thumbprint(certificate), "reason": "keyCompromise"}
        await self.operator("is_nuc").post("/api/v1/revocations", body)

    def anchors(self) -> bytes:
        """The root and issuing certificates of НУЦ in one PEM, as openssl needs them."""
        home = self.folder / "is_nuc"
        return (home / "root.crt").read_bytes() + (home / "issuing.crt").read_bytes()


@dataclass(repr=False)
class Served:
    """A granted application, and the CMS that the citizen signed."""

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
    own: Mapping[str, Mapping[str, str]] | None = None,
    clock: Clock | None = None,
    is_new: bool = False,
) -> AsyncIterator[RunningCountry]:
    """Run a country of these instances (by default all) on free ports, with its data in ``folder``; ``clock``
    replaces the bus's clock, ``own`` gives further settings of single instances.

    An empty folder gets copies of a prepared country's files. НУЦ alone, and a country with ``is_new``, start
    without files. A folder with files continues the earlier country.
    """
    is_production = (environment or {}).get("EGOV_PROFILE") == Profile.PRODUCTION
    settings = {
        "EGOV_DATA_DIR": str(folder),
        "EGOV_EMPLOYEE_PASSWORD": EMPLOYEE_PASSWORD,
        "EGOV_EMPLOYEE_KEYS": "ec",  # fast to make
        **({} if is_production else {"EGOV_PASSWORD_WORK": "little"}),
        "EGOV_MAX_MESSAGE_BYTES": str(MOST_BYTES),
        "EGOV_REGISTER_SECONDS": "30",
        **(environment or {}),
    }
    instances = [instance for instance in INSTANCES if not names or instance.name in names]
    given = [settings, *(own or {}).values()]
    is_copied = len(instances) > 1 and not is_new and not any("DATABASE_URL" in each for each in given)
    is_copied = is_copied and not any((folder / instance.name).exists() for instance in instances)
    if is_copied:
        (await PreparedShelf.fetch(settings, clock)).copy_to(folder, instances)
    # chosen last, because a free port is only free now
    settings.setdefault("EGOV_PORT_OFFSET", str(random_offset()))
    configured = [
        (instance, settings_for(instance, {**settings, **(own or {}).get(instance.name, {})}, is_alone=False))
        for instance in instances
    ]
    deployment = Deployment(configured, given_clock=clock, is_prepared=is_copied)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(deployment.stop)
        await deployment.start()
        for node in deployment.nodes.values():
            hold_to_document(node.app)
        yield RunningCountry(deployment, folder, stack)


async def eventually(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], seconds: float = 60) -> T:
    """Call ``ask`` until ``holds`` accepts the answer, and return the answer; fail after ``seconds``.

    The pauses grow: the questions take processor time from the systems that the caller waits for.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    pause = FIRST_PAUSE
    while True:
        answer = await ask()
        if holds(answer):
            return answer
        assert asyncio.get_running_loop().time() < deadline, answer
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)


async def refused(call: Awaitable[Any]) -> ApiError:
    """The error with which this call is refused; the test fails when the call succeeds."""
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value


def openssl(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run the real openssl in ``folder``."""
    return subprocess.run(("openssl", *command.split()), cwd=folder, capture_output=True, text=True, check=False)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
