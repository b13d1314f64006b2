"""Every pact of messages against messages that the systems really sent: none lacks what its reader relies on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from pact import Verifier

from services.tools.publishing.pacts.message_flows import MessageFlow, list_flows
from tests.journeys.all_processes import book
from tests.journeys.kit import RunningCountry, eventually, running
from tests.journeys.pacts.message_server import serving
from tests.journeys.pacts.pact_cases import carried_messages, run_cases

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

FOLDER = Path(__file__).parents[3] / "shared/contracts/published/pacts"
FLOWS = set(list_flows(book()))
PAIRS = sorted({(flow.recipient, flow.sender) for flow in FLOWS})
Carried = Mapping[MessageFlow, bytes]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("pacts"), environment={"EGOV_CLERKS": "instant"}) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def carried(country: RunningCountry) -> Carried:
    await run_cases(country)

    async def missing() -> set[MessageFlow]:
        return FLOWS - (await carried_messages(country)).keys()

    await eventually(missing, lambda flows: not flows)
    return await carried_messages(country)


def verify(pact: Path, provider: str, messages: Mapping[str, bytes]) -> None:
    """Pact's own verifier over one file; the messages are those that the provider sent, by contract."""
    with serving(messages) as port:
        verifier = Verifier(provider, "127.0.0.1")
        verifier.add_transport(protocol="message", port=port, path="/messages", scheme="http")
        verifier.add_source(pact).verify()


def sent_to(carried: Carried, consumer: str, provider: str) -> dict[str, bytes]:
    pair = (consumer, provider)
    return {flow.contract: body for flow, body in carried.items() if (flow.recipient, flow.sender) == pair}


async def test_each_pair_of_systems_has_a_pact() -> None:
    of_messages = {path.stem for path in FOLDER.iterdir() if not path.stem.endswith("-is_nuc")}
    assert of_messages == {f"{consumer}-{provider}" for consumer, provider in PAIRS}


async def test_no_system_sends_a_contract_that_no_pact_speaks_of(carried: Carried) -> None:
    systems = {flow.sender for flow in FLOWS}
    between = {flow for flow in carried if {flow.sender, flow.recipient} <= systems}
    assert between == FLOWS


@pytest.mark.parametrize(("consumer", "provider"), PAIRS)
async def test_system_sends_what_its_reader_relies_on(carried: Carried, consumer: str, provider: str) -> None:
    messages = sent_to(carried, consumer, provider)
    pact = FOLDER / f"{consumer}-{provider}.json"
    assert {one["description"] for one in json.loads(pact.read_text())["interactions"]} == set(messages)
    await asyncio.to_thread(verify, pact, provider, messages)


@pytest.mark.parametrize("lost", ["steps", "regulation", "channel"])
async def test_message_without_a_member_that_its_reader_relies_on_is_refused(carried: Carried, lost: str) -> None:
    messages = sent_to(carried, "portal_pep", "is_mio")
    changed = json.loads(messages["status-changed/1"])
    del changed["messageData"]["data"][lost]
    broken = {**messages, "status-changed/1": json.dumps(changed).encode()}
    with pytest.raises(RuntimeError, match="Failed to execute verifier"):
        await asyncio.to_thread(verify, FOLDER / "portal_pep-is_mio.json", "is_mio", broken)
