"""The start page tells secrets to a browser on this machine, in the sandbox, and to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from services.shep_gateway.pages.start.sandbox_facts import (
    find_first_password,
    list_people,
    list_tokens,
    may_see_secrets,
)
from services.shep_gateway.pages.start.start_site import GROUPS, list_entries
from services.shep_gateway.settings import GatewaySettings
from shared.bus.profiles import Profile
from shared.contracts.population import make_population
from shared.sandbox.magic_people import list_magic_people

SANDBOX = GatewaySettings()


def asking(host: str = "127.0.0.1:8002", client: str = "127.0.0.1", **headers: str) -> Request:
    pairs = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        "client": (client, 50000),
        "server": ("127.0.0.1", 8002),
    }
    return Request(scope)


@pytest.mark.parametrize("host", ["127.0.0.1:8002", "localhost:8002", "[::1]:8002"])
def test_secrets_are_told_to_a_browser_on_this_machine(host: str) -> None:
    assert may_see_secrets(asking(host), SANDBOX)
    assert may_see_secrets(asking(host, sec_fetch_site="same-origin"), SANDBOX)


@pytest.mark.parametrize(
    "request_of_another",
    [
        asking(client="192.168.0.7"),
        asking(host="192.168.0.7:8002"),
        asking(host="evil.example:8002"),
        asking(x_forwarded_for="10.0.0.1"),
        asking(forwarded="for=10.0.0.1"),
        asking(via="1.1 proxy"),
        asking(origin="https://evil.example"),
        asking(sec_fetch_site="cross-site"),
    ],
    ids=["other-machine", "other-address", "rebound-name", "proxy", "forwarded", "via", "cors", "foreign-page"],
)
def test_secrets_are_told_to_nobody_else(request_of_another: Request) -> None:
    assert not may_see_secrets(request_of_another, SANDBOX)


def test_secrets_are_told_to_nobody_in_production() -> None:
    assert not may_see_secrets(asking(), SANDBOX.model_copy(update={"profile": Profile.PRODUCTION}))


def test_person_is_named_for_every_ending_that_a_script_knows() -> None:
    shown = list(list_people(SANDBOX))
    for row in list_magic_people():
        (person,) = (one for one in shown if one.texts is row.texts)
        assert person.iin.endswith(row.digits)
        assert set(person.texts or ()) == {"ru", "kk", "en"}
    people = {one.outcome: one.iin for one in shown}
    assert int(people["granted"][-1]) % 2 == 0
    assert int(people["refused"][-1]) % 2 == 1
    population = {
        one.iin: one.is_alive for one in make_population(SANDBOX.population_seed, SANDBOX.population_size)
    }
    assert population[people["granted"]]
    assert not population[people["deceased"]]


def test_tokens_and_passwords_are_those_of_the_systems_folders(tmp_path: Path) -> None:
    settings = GatewaySettings(data_dir=tmp_path)
    assert list_tokens(settings, ("enis",)) == []
    assert find_first_password(settings, "is_mio") == ""
    (tmp_path / "is_mio").mkdir()
    (tmp_path / "is_mio" / "operator.token").write_text("a-token-of-twenty-characters\n")
    (tmp_path / "is_mio" / "employee.password").write_text("first-password\n")
    assert [(secret.system, secret.token) for secret in list_tokens(settings, ("enis", "is_mio"))] == [
        ("is_mio", "a-token-of-twenty-characters")
    ]
    assert find_first_password(settings, "is_mio") == "first-password"
    common = settings.model_copy(update={"employee_password": "common-password"})
    assert find_first_password(common, "is_mio") == "common-password"


def test_address_of_a_system_is_that_of_the_visitors_host() -> None:
    urls = "portal_pep=http://127.0.0.1:9001 is_mio=http://is_mio:8003 enis=https://enis.example/x"
    entries = list_entries(asking("10.1.2.3:8002"), SANDBOX.model_copy(update={"system_urls": urls}))
    assert entries["portal_pep"].url == "http://10.1.2.3:9001/"
    assert entries["is_mio"].url == "http://10.1.2.3:8003/"
    assert entries["enis"].url == "https://enis.example/x/"
    assert entries["shep_gateway"].url == "http://10.1.2.3:8002/"
    assert len(entries) == sum(map(len, GROUPS.values()))
