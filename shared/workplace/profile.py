"""What is particular about a system with a workplace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.pki.certificates.profile import SignaturePurpose
from shared.regulations.model import Channel, System
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.registers.rules import RegisterRules


@dataclass(frozen=True)
class WorkplaceProfile:
    """One system: where it is on the bus, whose steps it takes, how its papers are numbered.

    ``takes`` are the channels in which people come to this system itself. ``mark`` tells its numbers from those of
    the other systems. ``seed`` makes its employees other people than everybody else's. ``serve_ticket`` closes a
    ticket of the electronic queue (its number) for a case, where the system has such a queue. ``rules`` are its
    own register's.
    """

    address: str
    systems: frozenset[System]
    mark: str
    seed: int
    takes: frozenset[Channel] = frozenset()
    is_regional: bool = False
    is_con: bool = False
    serve_ticket: Callable[[UnitOfWork, EmployeeRow, str, str], None] | None = None
    rules: RegisterRules = field(default_factory=RegisterRules)

    @property
    def purpose(self) -> SignaturePurpose:
        """What a certificate of its people must be good for."""
        return SignaturePurpose.CON_OPERATOR if self.is_con else SignaturePurpose.EMPLOYEE

    def next_hop(self, region: str) -> str:
        """The neighbour that carries this system's messages of a region."""
        return addresses.regional_gateway(region) if self.is_regional else addresses.GATEWAY
