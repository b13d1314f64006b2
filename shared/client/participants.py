"""Participants of the doors of ШЭП: what the operators of ШЭП and НУЦ do for a system that joins or leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography import x509

from shared.bus.errors import BusError
from shared.client.http import ApiError
from shared.client.operator import OperatorClient
from shared.pki.certificates import profile
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.keys import PrivateKey, certificate_thumbprint
from shared.pki.client.enrolment import pem_text

SERVICE_ROUTES = "/api/v1/service-routes"
LOCAL_SYSTEMS = "/api/v1/systems"


@dataclass(frozen=True)
class ServicePlace:
    """A place in which a service is provided; None for every region, or for every channel."""

    service_type: str
    region: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class JoiningOrder:
    """A system that wants to join; ``asks`` are the services that it may query."""

    address: str
    title: str
    bin: str | None = None
    oid: str | None = None
    asks: Sequence[str] = ()
    provides: Sequence[ServicePlace] = ()
    is_strict: bool = False
    """Whether the doors refuse what departs from their contract."""
    has_queue: bool = False
    """Whether its messages come to a queue of its own at RabbitMQ, where it signs itself."""
    tenant: str | None = None
    """The team to which it belongs, at an installation that several teams share."""
    regions: Sequence[str] = ()
    """The regions behind whose РШЭП it stands, as the systems of authorities do; only with a queue."""


@dataclass(frozen=True)
class JoinedParticipant:
    """A participant with its own certified key, and the token of the REST door."""

    address: str
    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    issuing: x509.Certificate
    root: x509.Certificate
    token: str = field(repr=False)
    amqp_url: str | None = field(default=None, repr=False)
    """The address of the broker with the participant's own user and password; None without a queue."""


class BrokerAccounts(Protocol):
    """The accounts of participants at the broker."""

    async def open_account(self, address: str, *, is_regional: bool) -> str:
        """Make a user, a queue and an exchange with the least rights; returns the broker's address for the user.

        Conflict ``broker-account-exists``; Refused ``broker-refused``; Unavailable ``broker-unavailable``.
        """
        ...

    async def close_account(self, address: str) -> None:
        """Remove user, rights, queue and exchange; what is gone already is no error."""
        ...

    async def take_over_account(self, address: str, *, is_regional: bool) -> str:
        """Make a user for the queue of a system of the bus; otherwise as ``open_account``."""
        ...

    async def return_account(self, address: str) -> None:
        """Remove the user of a system of the bus; its queue stays."""
        ...


@dataclass
class Operators:
    """The operators of НУЦ and ШЭП; errors of either are ``ApiError``.

    ``broker`` makes the accounts of participants with a queue, ``regional`` are the operators of РШЭП by region:
    both only for such participants.
    """

    nuc: OperatorClient
    gateway: OperatorClient
    broker: BrokerAccounts | None = None
    regional: Mapping[str, OperatorClient] = field(default_factory=dict)

    async def join(self, order: JoiningOrder, key: PrivateKey) -> JoinedParticipant:
        """Make a system a participant, certify its key, and give it the places that it provides.

        The register comes first. After an error of either system nothing has changed: what was done until then is
        thrown away.
        """
        routes = await self._find_routes(order.provides)
        invitation = await self._invite(order.address)
        token = await self._register(order, invitation, sorted({route["service_type"] for route in routes}))
        amqp_url = None
        try:
            issued = await self._certify(order.address, key)
            if order.has_queue and self.broker is not None:
                amqp_url = await self.broker.open_account(order.address, is_regional=bool(order.regions))
            for region in order.regions:
                await self.regional[region].call("PUT", f"{LOCAL_SYSTEMS}/{order.address}")
            await self._take_places(order.address, routes)
        except (ApiError, BusError) as error:
            await self._throw_away(order.address, has_account=amqp_url is not None, regions=order.regions)
            raise error from None
        return JoinedParticipant(
            order.address,
            key,
            certificate=_read_pem(issued["certificate"]),
            issuing=_read_pem(issued["issuing"]),
            root=_read_pem(invitation["root"]),
            token=token,
            amqp_url=amqp_url,
        )

    async def take_place(self, address: str, key: PrivateKey, *, is_regional: bool) -> JoinedParticipant:
        """Certify a key for a system of the bus, and make a user for its queue: somebody else's system takes its
        place whole, under its address, with its rights and routes. There is no token: it comes through no door.
        """
        invitation, issued = await self._invite(address), await self._certify(address, key)
        amqp_url = None
        if self.broker is not None:
            amqp_url = await self.broker.take_over_account(address, is_regional=is_regional)
        return JoinedParticipant(
            address,
            key,
            certificate=_read_pem(issued["certificate"]),
            issuing=_read_pem(issued["issuing"]),
            root=_read_pem(invitation["root"]),
            token="",
            amqp_url=amqp_url,
        )

    async def return_place(self, address: str, certificate: x509.Certificate) -> None:
        """Revoke the certificate with which somebody's system took a place, and remove its user."""
        body = {"thumbprint": certificate_thumbprint(certificate), "reason": "cessationOfOperation"}
        await self.nuc.post("/api/v1/revocations", body)
        if self.broker is not None:
            await self.broker.return_account(address)

    async def fetch_token(self, order: JoiningOrder) -> str:
        """The token of a participant without a key of its own; a participant that is there gets another token."""
        try:
            return await self._register(order, await self._invite(order.address), [])
        except ApiError as error:
            if error.code != "member-exists":
                raise
        renewed = await self.gateway.post(f"/api/v1/participants/{order.address}/token")
        return str(renewed["token"])

    async def find_places(self, system: str) -> list[ServicePlace]:
        """The places in which a system provides services by the passports.

        ApiError ``service-unknown`` for a system that provides none.
        """
        routes = await self.gateway.get(SERVICE_ROUTES)
        places = [
            ServicePlace(route["service_type"], route["region"], route["channel"])
            for route in routes
            if route["passport"] == system
        ]
        if not places:
            raise ApiError(404, {"code": "service-unknown", "detail": f"{system} provides no service"})
        return places

    async def leave(self, address: str) -> Any:
        """Throw a participant away: its account at the broker is closed, its certificates are revoked, its offices
        taken back, its member removed. Returns the participant as it was.

        ApiError ``participant-unknown`` for a system that comes through no door; nothing has changed then.
        """
        participant = await self.gateway.get(f"/api/v1/participants/{address}")
        regions = list(self.regional) if participant["is_regional"] else []
        await self._throw_away(address, has_account=participant["has_queue"], regions=regions)
        return participant

    async def drop_tenant(self, tenant: str) -> list[Any]:
        """Throw away every participant of a tenant; returns them as they were. ApiError ``tenant-unknown``."""
        members = await self.gateway.list_all("/api/v1/participants", tenant=tenant)
        if not members:
            raise ApiError(404, {"code": "tenant-unknown", "detail": f"{tenant} has no participants"})
        return [await self.leave(member["address"]) for member in members]

    async def _throw_away(self, address: str, *, has_account: bool, regions: Sequence[str]) -> None:
        if has_account and self.broker is not None:
            await self.broker.close_account(address)
        for region in regions:
            if address in await self.regional[region].get(LOCAL_SYSTEMS):
                await self.regional[region].call("DELETE", f"{LOCAL_SYSTEMS}/{address}")
        for organisation in await self.nuc.get("/api/v1/organisations"):
            if address in organisation["added_systems"]:
                office = organisation["office"]
                await self.nuc.call("DELETE", f"/api/v1/organisations/{office}/systems/{address}")
        body = {"reason": "cessationOfOperation", "and_own": True}
        await self.nuc.post(f"/api/v1/systems/{address}/vouched/revocation", body)
        await self.gateway.call("DELETE", f"/api/v1/participants/{address}")

    async def _register(self, order: JoiningOrder, invitation: Any, provides: Sequence[str]) -> str:
        body = {
            "title": order.title,
            "bin": order.bin,
            "oid": order.oid,
            "invitation_token": invitation["token"],
            "root": invitation["root"],
            "asks": list(order.asks),
            "provides": list(provides),
            "is_strict": order.is_strict,
            "has_queue": order.has_queue,
            "is_regional": bool(order.regions),
            "tenant": order.tenant,
        }
        joined = await self.gateway.call("PUT", f"/api/v1/participants/{order.address}", json=body)
        return str(joined.json()["token"])

    async def _invite(self, address: str) -> Any:
        return await self.nuc.post(f"/api/v1/invitations/{address}")

    async def _certify(self, address: str, key: PrivateKey) -> Any:
        invitation = await self._invite(address)
        csr = make_csr(key, profile.system_subject("2.999", address, organisation="-", bin_="000000000000"))
        body = {"address": address, "token": invitation["token"], "csr": pem_text(csr)}
        return await self.nuc.post("/api/v1/systems", body)

    async def _find_routes(self, places: Sequence[ServicePlace]) -> list[Any]:
        """The service routes of the places; ApiError ``service-unknown`` for a place that has none."""
        routes = await self.gateway.get(SERVICE_ROUTES) if places else []
        selected = []
        for place in places:
            fits = [route for route in routes if _is_in(route, place)]
            if not fits:
                raise ApiError(404, {"code": "service-unknown", "detail": f"no such place: {place}"})
            selected += fits
        return selected

    async def _take_places(self, address: str, routes: Sequence[Any]) -> None:
        for route in routes:
            change = {"channel": route["channel"] or None, "recipient": address}
            await self.gateway.call(
                "PUT", f"{SERVICE_ROUTES}/{route['service_type']}/{route['region']}", json=change
            )
        if routes:
            await self._let_vouch(address, routes)

    async def _let_vouch(self, address: str, routes: Sequence[Any]) -> None:
        """Let the system vouch for the employees of the offices to which people apply in these places."""
        from shared.regulations.passport_book import PassportBook  # late: most participants provide nothing

        places = {(route["service_type"], route["region"]) for route in routes}
        offices = {
            department.code
            for passport in PassportBook.load().passports
            if (passport.service_type, passport.region) in places
            for department in passport.directories.departments
        }
        for office in sorted(offices):
            await self.nuc.call("PUT", f"/api/v1/organisations/{office}/systems/{address}")


def _is_in(route: Any, place: ServicePlace) -> bool:
    return (
        route["service_type"] == place.service_type
        and place.region in (None, route["region"])
        and place.channel in (None, route["channel"])
    )


def _read_pem(text: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(text.encode())
