"""A case in the form in which its messages name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CaseReference:
    """A case in the form in which its messages name it; ``next_hop`` is the neighbour that carries the messages,
    ``system_address`` the system by which the journal records the steps as done.
    """

    case_id: str
    regulation: str
    service_type: str
    region: str
    channel: str
    variant: str
    next_hop: str
    system_address: str
