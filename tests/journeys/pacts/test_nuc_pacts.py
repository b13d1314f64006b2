"""Every pact of a system with НУЦ against the running НУЦ, by Pact's own verifier."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from pact import Verifier

from services.tools.publishing.pacts.nuc_calls import INVITED, REGISTERED
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.client.enrolment import pem_text
from tests.journeys.kit import RunningCountry, running
from tests.journeys.pacts.message_server import serving
from tests.journeys.rogue import certified

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

FOLDER = Path(__file__).parents[3] / "shared/contracts/published/pacts"
NO_STATE = ""
"""The verifier also asks for the state of an interaction that needs none."""
PACTS = sorted(FOLDER.glob("*-is_nuc.json"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc-pacts"), names=("is_nuc",)) as made:
        yield made


async def states_of(country: RunningCountry, system: str) -> dict[str, bytes]:
    """What the interactions take from the provider's states: an invitation with a key, and a certified key."""
    address = f"invited-{system}".replace("_", "-")
    invitation = await country.operator("is_nuc").post(f"/api/v1/invitations/{address}")
    subject = profile.system_subject("2.999", address, organisation="egov-bus", bin_="000000000000")
    csr = pem_text(make_csr(keys.new_ec_key(), subject))
    registered = await certified(country, f"known-{system}".replace("_", "-"))
    values = {
        INVITED: {"address": address, "token": invitation["token"], "csr": csr},
        REGISTERED: {"thumbprint": certificate_thumbprint(registered.certificate)},
    }
    return {NO_STATE: b"{}", **{state: json.dumps(told).encode() for state, told in values.items()}}


def verify(pact: Path, url: str, states: Mapping[str, bytes]) -> None:
    with serving(states) as port:
        verifier = Verifier("is_nuc", "127.0.0.1").add_transport(url=url)
        verifier.state_handler(f"http://127.0.0.1:{port}/states", body=True)
        verifier.add_source(pact).verify()


@pytest.mark.parametrize("pact", PACTS, ids=lambda pact: pact.stem)
async def test_nuc_answers_as_each_system_relies_on(country: RunningCountry, pact: Path) -> None:
    states = await states_of(country, pact.stem.partition("-")[0])
    await asyncio.to_thread(verify, pact, country.url("is_nuc"), states)


async def test_answer_that_nuc_does_not_give_is_refused(country: RunningCountry, tmp_path: Path) -> None:
    pact = json.loads(PACTS[0].read_text())
    pact["interactions"] = [one for one in pact["interactions"] if one["request"]["path"] == "/root.crt"]
    pact["interactions"][0]["response"]["headers"] = {"Content-Type": ["application/x-pem-file"]}
    other = tmp_path / "other.json"
    other.write_text(json.dumps(pact))
    with pytest.raises(RuntimeError, match="Failed to execute verifier"):
        await asyncio.to_thread(verify, other, country.url("is_nuc"), {NO_STATE: b"{}"})


async def test_no_pact_is_without_an_interaction() -> None:
    assert PACTS
    assert all(json.loads(path.read_text())["interactions"] for path in FOLDER.iterdir())
