"""The systems with an account at the servers, and the receivers to which each may send over the broker."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.catalog import INSTANCES
from shared.contracts import addresses

PASSWORD_BYTES = 24


def _new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_BYTES)


@dataclass(frozen=True)
class SystemAccount:
    """The account of one instance: a user of the broker named by the address, a role of the database named by the
    instance, each with a password of its own.
    """

    instance: str
    address: str | None
    """None for a system that is not on the bus and has no account at the broker."""
    is_regional: bool = False
    """Whether the system is behind the gateway of a region."""
    broker_password: str = field(default_factory=_new_password, repr=False)
    database_password: str = field(default_factory=_new_password, repr=False)


def make_accounts() -> list[SystemAccount]:
    """New accounts for every instance of the catalogue."""
    return [
        SystemAccount(instance.name, instance.address, is_regional=instance.address in addresses.REGIONAL)
        for instance in INSTANCES
    ]


def choose_receivers(sender: str, known: Iterable[str], *, is_regional: bool) -> list[str]:
    """The addresses among ``known`` to which a system may send.

    Gateways send to everybody; the systems of a region to the РШЭП, and their receipts to ШЭП; everybody else to
    ШЭП.
    """
    others = [address for address in known if address != sender]
    if is_gateway(sender):
        return others
    return [
        address
        for address in others
        if address == addresses.GATEWAY or (is_regional and addresses.is_regional_gateway(address))
    ]


def is_gateway(address: str) -> bool:
    """Whether ``address`` is ШЭП's or that of a РШЭП."""
    return address == addresses.GATEWAY or addresses.is_regional_gateway(address)
