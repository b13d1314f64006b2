"""The hosts to which ШЭП may push: names lead nowhere that the operator did not list."""

from __future__ import annotations

import pytest

from services.shep_gateway.doors.push.allowed_hosts import THIS_MACHINE, AllowedHosts
from shared.bus.errors import Refused


async def test_listed_name_that_leads_to_an_inner_address_is_refused() -> None:
    hosts = AllowedHosts.of_list("localhost")
    with pytest.raises(Refused) as caught:
        await hosts.resolve(hosts.check_url("http://localhost:9000/"))
    assert caught.value.code == "push-host-refused"


async def test_listed_name_leads_to_a_listed_network() -> None:
    hosts = AllowedHosts.of_list(THIS_MACHINE)
    assert await hosts.resolve(hosts.check_url("http://localhost:9000/")) in ("127.0.0.1", "::1")


@pytest.mark.parametrize("url", ["http://10.1.2.3/", "https://10.1.255.1:8443/in", "https://Partner.example/"])
def test_host_in_the_list_is_taken(url: str) -> None:
    parts = AllowedHosts.of_list("10.1.0.0/16, partner.example").check_url(url)
    assert parts.geturl().rstrip("/") == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://10.2.0.1/", "http://sub.partner.example/", "ftp://partner.example/", "http://[::1", "http://"]
)
def test_host_outside_the_list_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        AllowedHosts.of_list("10.1.0.0/16,partner.example").check_url(url)


def test_empty_list_allows_nobody() -> None:
    hosts = AllowedHosts.of_list(" , ")
    assert hosts.is_empty
    with pytest.raises(Refused):
        hosts.check_url("http://127.0.0.1/")
