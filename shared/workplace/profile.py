"""The profile of a system with a workplace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.pki.certificates.profile import SignaturePurpose
from shared.regulations.model import Channel, System
from shared.web.page_sites import SiteLink
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.registers.provider_rules import RegisterRules


@dataclass(frozen=True)
class WorkplaceProfile:
    """One system: its address on the bus, the systems whose steps it takes, the numbering of its documents, its
    capabilities.

    ``takes`` are the channels in which people come to this system itself. ``mark`` distinguishes the numbers of
    this system from those of other systems. ``seed`` distinguishes the system's synthetic employees. ``rules`` are
    those of the system's own register. Capabilities of some systems:

    * ``is_regional``: the system is behind the gateway of a region, and sends by that gateway.
    * ``is_at_centres``: the system's people are operators at the service centres of the acts; elsewhere they are
      employees of the departments, each in the role that the act names.
    * ``is_intermediary``: the system takes applications in for any authority, and the authority numbers the case;
      elsewhere an employee takes in for the employee's own authority, which numbers the case.
    * ``has_shelf``: results wait here for the applicants, and the recipient is recorded.
    * ``has_board``: the system shows the status of other systems' cases, by their notices.
    * ``has_places``: applicants queue here for places (kindergartens).
    * ``further_links``: the system's own pages in the navigation of its employees.
    * ``window_path``: the page of a case at a window, where results are handed over; ``{case}`` stands for its id.
    * ``serve_ticket``: the system has an electronic queue; the function closes a ticket by number for a case.
    """

    address: str
    systems: frozenset[System]
    mark: str
    seed: int
    takes: frozenset[Channel] = frozenset()
    is_regional: bool = False
    is_at_centres: bool = False
    is_intermediary: bool = False
    has_shelf: bool = False
    has_board: bool = False
    has_places: bool = False
    further_links: tuple[SiteLink, ...] = ()
    window_path: str = ""
    serve_ticket: Callable[[UnitOfWork, EmployeeRow, str, str], None] | None = None
    rules: RegisterRules = field(default_factory=RegisterRules)

    @property
    def purpose(self) -> SignaturePurpose:
        """The purpose that certificates of its people must serve."""
        return SignaturePurpose.CON_OPERATOR if self.is_at_centres else SignaturePurpose.EMPLOYEE

    def next_hop(self, region: str) -> str:
        """The neighbour that carries this system's messages of a region."""
        return addresses.regional_gateway(region) if self.is_regional else addresses.GATEWAY
