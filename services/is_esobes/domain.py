"""The terms for which services are granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from shared.contracts.payments import PAYS
from shared.contracts.population import SyntheticPerson


class GrantState(StrEnum):
    """Whether a grant is running on a day."""

    RUNNING = "running"
    ENDED = "ended"


DAYS = MappingProxyType(dict.fromkeys(PAYS, 365) | {"targeted-social-assistance": 91})
"""The term of a grant in days, by service type (ours). Services without a term here are granted for good."""


@dataclass(frozen=True)
class ServiceGrant:
    """A granted service; ``until`` is the last day."""

    id: str
    iin: str
    service_type: str
    regulation: str
    region: str
    since: date
    until: date


def last_day_of(service_type: str, since: date) -> date:
    """The last day of a service granted on ``since``."""
    return since + timedelta(days=DAYS[service_type] - 1)


def state_on(until: date, day: date) -> GrantState:
    """The state of a grant on ``day``, by its last day."""
    return GrantState.RUNNING if until >= day else GrantState.ENDED


def synthetic_grants(people: Iterable[SyntheticPerson], today: date) -> Iterator[ServiceGrant]:
    """The grants of every fifth living person of Atyrau oblast: running for an odd last digit of the ИИН, ended a
    year ago for an even one.
    """
    for n, person in enumerate(
        resident for resident in people if resident.region == "KZ-ATY" and resident.is_alive
    ):
        if n % 5:
            continue
        service, regulation = OWN[n % len(OWN)]
        since = today if int(person.iin[-1]) % 2 else today - timedelta(days=2 * DAYS[service])
        number = f"seed-{person.iin}"
        yield ServiceGrant(
            number, person.iin, service, regulation, person.region, since, last_day_of(service, since)
        )


OWN = (("home-taught-children-support", "KZ-ATY.9"), ("needy-citizens-assistance", "KZ-ATY.11"))
"""The services that the acts have «Е-собес» provide."""
