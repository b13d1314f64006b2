"""The states to which the whole country can go back, as ШЭП's readiness sees them."""

from __future__ import annotations

from collections.abc import Iterable

from shared.bus.runtime.readiness import ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime
from shared.sandbox.country.country_reset import CountryReset


def check_settled(runtime: Runtime) -> Iterable[ReadinessProblem]:
    """A readiness check: what is done to a new country before it has kept its seeded state would be kept too."""
    if not runtime.resource(CountryReset).is_settled:
        yield ReadinessProblem("country-settling")
