"""The operator's changes of the register, each journaled; the API and the console call them."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sqlalchemy import delete
from sqlmodel import col

from services.shep_gateway import storage
from services.shep_gateway.domain import WHOLE_COUNTRY, AccessRight, RegisterSnapshot, ServiceRoute
from services.shep_gateway.doors import participants
from services.shep_gateway.register import CachedRegister
from services.shep_gateway.storage import MemberRow, RightRow
from shared.bus.errors import NotFound
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses

OPERATOR = "operator"
T = TypeVar("T")


async def change_member(
    runtime: Runtime, address: str, title: str, *, is_regional: bool, is_active: bool
) -> MemberRow:
    """Connect a system, or change or switch one on or off."""

    def merge_member(uow: UnitOfWork) -> MemberRow:
        present = uow.session.get(MemberRow, address)
        is_at_door = present is not None and present.is_at_door  # the doors say so, not this request
        row = uow.session.merge(
            MemberRow(
                address=address, title=title, is_regional=is_regional, is_active=is_active, is_at_door=is_at_door
            )
        )
        _journal_change(uow, f"member {address} active={is_active}")
        return row

    return _invalidate(runtime, await runtime.write(merge_member))


async def change_right(runtime: Runtime, right: AccessRight, *, is_revoked: bool = False) -> RightRow:
    """Grant a right, or revoke it."""
    row = RightRow(sender=right.sender, service_id=right.service_id, message_type=right.message_type)

    def write_right(uow: UnitOfWork) -> RightRow:
        _journal_change(
            uow,
            f"right {'revoked' if is_revoked else 'granted'}: "
            f"{right.sender} {right.service_id} {right.message_type}",
        )
        if not is_revoked:
            return uow.session.merge(row)
        key = (col(RightRow.sender) == right.sender, col(RightRow.service_id) == right.service_id)
        uow.session.execute(delete(RightRow).where(*key, col(RightRow.message_type) == right.message_type))
        return row

    return _invalidate(runtime, await runtime.write(write_right))


async def change_provider(
    runtime: Runtime, service_type: str, region: str, channel: str | None, recipient: str
) -> list[ServiceRoute]:
    """Make ``recipient`` the provider of a service in a channel, or in all; raises as the endpoint says."""

    def change_routes(uow: UnitOfWork) -> list[ServiceRoute]:
        snapshot = storage.load_snapshot(uow.session)
        before = _select_routes(snapshot, service_type, region, channel)
        able = set(participants.list_provisions(uow.session, service_type))
        able |= set() if region == WHOLE_COUNTRY else set(addresses.PROVIDERS)
        for route in before:
            snapshot.check_recipient(route.service_key, recipient, able)
        tenant = snapshot.tenants.get(recipient)
        if tenant is not None:
            return _take_for_tenant(before, tenant, recipient, uow)
        for route in before:
            storage.put_service_route(uow.session, route, recipient, uow.now)
        return _journal_changes(before, uow)

    return _invalidate(runtime, await runtime.write(change_routes))


async def restore_provider(
    runtime: Runtime, service_type: str, region: str, channel: str | None
) -> list[ServiceRoute]:
    """Restore the provider of the passport; raises as the endpoint says."""

    def reset_routes(uow: UnitOfWork) -> list[ServiceRoute]:
        before = _select_routes(storage.load_snapshot(uow.session), service_type, region, channel)
        for route in before:
            storage.reset_service_route(uow.session, route)
        return _journal_changes(before, uow)

    return _invalidate(runtime, await runtime.write(reset_routes))


def _take_for_tenant(
    routes: tuple[ServiceRoute, ...], tenant: str, recipient: str, uow: UnitOfWork
) -> list[ServiceRoute]:
    """Give the places to a participant in the cases of its tenant; each gets an entry in the journal."""
    for route in routes:
        storage.put_tenant_place(uow.session, tenant, route, recipient)
        entry = storage.empty_entry(uow.now, "ROUTE_CHANGED", f"tenant {tenant}: {recipient}")
        key_columns = {"service_id": route.service_type, "region": route.region, "channel": route.channel}
        uow.write_later(storage.write_journal, {**entry, **key_columns, "sender": OPERATOR})
    return [replace(route, recipient=recipient, is_changed=True) for route in routes]


def _select_routes(
    snapshot: RegisterSnapshot, service_type: str, region: str, channel: str | None
) -> tuple[ServiceRoute, ...]:
    snapshot.check_service(service_type, region)
    routes = snapshot.list_service_routes(service_type, region)
    selected_routes = tuple(route for route in routes if channel in (None, route.channel))
    if not selected_routes:
        raise NotFound("channel-not-found", "this channel sends no applications over the bus", channel=channel)
    return selected_routes


def _journal_changes(before: tuple[ServiceRoute, ...], uow: UnitOfWork) -> list[ServiceRoute]:
    """The current routes; each changed channel gets an entry in the journal."""
    uow.session.flush()
    first = before[0]
    routes = storage.load_snapshot(uow.session).list_service_routes(first.service_type, first.region)
    now = {route.channel: route for route in routes}
    for route in before:
        after = now[route.channel]
        if after != route:
            row = storage.empty_entry(
                uow.now, "ROUTE_CHANGED", f"{_describe_route(route)} -> {_describe_route(after)}"
            )
            key_columns = {"service_id": route.service_type, "region": route.region, "channel": route.channel}
            uow.write_later(storage.write_journal, {**row, **key_columns, "sender": OPERATOR})
    return [now[route.channel] for route in before]


def _describe_route(route: ServiceRoute) -> str:
    return route.recipient if route.is_changed else f"{route.recipient} (passport)"


def _journal_change(uow: UnitOfWork, description: str) -> None:
    uow.write_later(storage.write_journal, storage.empty_entry(uow.now, "CHANGED", description))


def _invalidate(runtime: Runtime, result: T) -> T:
    runtime.resource(CachedRegister).invalidate_cache()
    return result
