"""The pytest plugin ``egov_bus``: a fresh country for each test that asks for one.

Fixtures: ``country`` (`SandboxCountry`); of that country ``citizen`` (registered and logged in), ``portal`` (the
portal's client for a visitor), ``employee`` (a function that lets an employee in), ``gateway`` (the client of the
operator of ШЭП), ``member`` (a system that has joined). ``@pytest.mark.egov_bus(clerks="manual",
without=["is_mio"], settings={"EGOV_…": "…"})`` changes the country of a test; the fixture ``egov_bus_settings``,
of a session, changes the country that is prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.launcher.running.forked_countries import ForkedCountries
    from services.tools.testing.citizens import SandboxCitizen
    from services.tools.testing.country import SandboxCountry
    from services.tools.testing.employees import SandboxEmployee
    from services.tools.testing.members import SandboxMember
    from services.tools.testing.waiting import CallRunner
    from shared.client import OperatorClient, PortalClient

MARKER = "egov_bus"


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    meaning = "how the country of the test is set up"
    config.addinivalue_line("markers", f"{MARKER}(clerks, without, settings): {meaning}")


@pytest.fixture(scope="session")
def egov_bus_settings() -> Mapping[str, str]:
    """The settings of the prepared country; redefine the fixture to change them."""
    return {}


@pytest.fixture(scope="session")
def egov_bus_countries(
    egov_bus_settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForkedCountries]:
    """The process that keeps a prepared country in memory and forks it."""
    from services.launcher.running.forked_countries import ForkedCountries
    from services.tools.testing.country import EMPLOYEE_PASSWORD

    settings = {"EGOV_EMPLOYEE_PASSWORD": EMPLOYEE_PASSWORD, **egov_bus_settings}
    countries = ForkedCountries.open(tmp_path_factory.mktemp("egov-bus"), settings)
    countries.keep_ready(_wish_settings(egov_bus_settings, {}))
    yield countries
    countries.close()


@pytest.fixture(scope="session")
def egov_bus_runner() -> Iterator[CallRunner]:
    """The loop in which the clients run."""
    from anyio.from_thread import start_blocking_portal

    from services.tools.testing.waiting import CallRunner

    with start_blocking_portal() as portal:
        yield CallRunner(portal)


@pytest.fixture
def country(
    request: pytest.FixtureRequest,
    egov_bus_countries: ForkedCountries,
    egov_bus_runner: CallRunner,
    egov_bus_settings: Mapping[str, str],
) -> Iterator[SandboxCountry]:
    """A whole country that this test has for itself; it is thrown away afterwards."""
    from services.tools.testing.country import SandboxCountry

    marker = request.node.get_closest_marker(MARKER)
    wish: dict[str, Any] = dict(marker.kwargs) if marker else {}
    forked = egov_bus_countries.take(_wish_settings(egov_bus_settings, wish), wish.get("without", ()))
    running = SandboxCountry(forked.folder, forked.urls, egov_bus_runner)
    try:
        yield running
    finally:
        running.close()
        egov_bus_countries.throw_away(forked)


def _wish_settings(session: Mapping[str, str], wish: Mapping[str, Any]) -> dict[str, str]:
    """The settings of a country that a test wishes for by its marker."""
    return {
        "EGOV_CLOCK": "sandbox",
        "EGOV_CLERKS": wish.get("clerks", "instant"),
        "EGOV_EMPLOYEE_KEYS": "ec",
        **session,
        **wish.get("settings", {}),
    }


@pytest.fixture
def citizen(country: SandboxCountry) -> SandboxCitizen:
    """A citizen, logged in at the portal, whose applications instant clerks grant."""
    return country.citizen()


@pytest.fixture
def portal(country: SandboxCountry) -> PortalClient:
    """The asynchronous client of the portal, not logged in."""
    return country.portal()


@pytest.fixture
def employee(country: SandboxCountry) -> Callable[..., SandboxEmployee]:
    """Let an employee in: see `SandboxCountry.employee`."""
    return country.employee


@pytest.fixture
def gateway(country: SandboxCountry) -> OperatorClient:
    """The asynchronous client of the operator of ШЭП."""
    return country.operator("shep_gateway")


@pytest.fixture
def member(country: SandboxCountry) -> SandboxMember:
    """A system that has joined and may ask who holds an ИИН."""
    return country.join("system-under-test")
