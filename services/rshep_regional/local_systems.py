"""The systems of others behind this gateway over HTTP: its operator lets them in and takes them out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, status

from services.rshep_regional import storage
from services.rshep_regional.routes import OPERATOR, CachedRegionalRegister, derive_routes
from services.rshep_regional.settings import RegionalSettings
from services.rshep_regional.storage import PassageRow
from shared.bus.errors import NotFound, Refused
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.regulations.passport_book import PassportBook

router = APIRouter(prefix="/api/v1/systems", tags=["routes"], dependencies=[OperatorOnly])

Address = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_.-]{0,90}$")]
OF_THE_BUS = {addresses.GATEWAY, addresses.NUC, *addresses.REGIONAL_GATEWAYS}


@router.get("")
async def list_local_systems(
    runtime: ServiceRuntime,
) -> Annotated[list[str], at_most(1000, "the operator let each of them in")]:
    """The systems of others behind this gateway; those of the bus, which are always there, are not in the list."""
    return await runtime.read(storage.list_local_systems)


@router.put(
    "/{address}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=declare_errors(refused="address-of-the-bus"),
)
async def put_local_system(address: Address, runtime: ServiceRuntime) -> None:
    """Let a system in behind this gateway: it may send through the gateway and be named in the routes; recorded
    among the passages.

    ``address-of-the-bus``.
    """
    if address in OF_THE_BUS:
        raise Refused("address-of-the-bus", "this address belongs to the bus itself")
    await _change_register(runtime, lambda uow: _let_in(uow, address))


@router.delete(
    "/{address}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=declare_errors(not_found="local-system-unknown"),
)
async def remove_local_system(address: Address, runtime: ServiceRuntime) -> None:
    """Take a system out again; the services that it had here go back to the systems of the passports. Recorded
    among the passages. ``local-system-unknown``.
    """
    region = runtime.resource(RegionalSettings).region
    initial_routes = list(derive_routes(runtime.resource(PassportBook), region))

    def take_out(uow: UnitOfWork) -> None:
        if not storage.remove_local_system(uow.session, address):
            raise NotFound("local-system-unknown", "no such system was let in behind this gateway")
        for route in storage.list_local_routes(uow.session):
            if route.system == address:
                key = (route.service_id, route.channel)
                own = [each for each in initial_routes if (each.service_id, each.channel) == key]
                storage.put_routes(uow.session, *key, own)
        _record(uow, f"{address} left")

    await _change_register(runtime, take_out)


def _let_in(uow: UnitOfWork, address: str) -> None:
    storage.put_local_system(uow.session, address, uow.now)
    _record(uow, f"{address} joined")


def _record(uow: UnitOfWork, description: str) -> None:
    uow.session.add(PassageRow(at=uow.now, event="SYSTEM_CHANGED", sender=OPERATOR, to=description))


async def _change_register(runtime: Runtime, change: Callable[[UnitOfWork], None]) -> None:
    await runtime.write(change)
    runtime.resource(CachedRegionalRegister).invalidate_cache()
