"""Every message of every process of all passports, checked against the initial register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from services.shep_gateway import register
from services.shep_gateway.chains import provider_of
from services.shep_gateway.domain import WHOLE_COUNTRY, RegisterSnapshot
from shared.bus.errors import BusError
from shared.casework.runner import REGISTERS
from shared.contracts import addresses
from shared.contracts.cases import qualified_step
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph

KINDS = ("REQUEST", "UPDATE", "NOTIFICATION", "RESPONSE")


@dataclass(frozen=True)
class Country:
    """All processes, and the gateway's recipients of their messages."""

    book: PassportBook
    directions: RegisterSnapshot

    @property
    def graphs(self) -> list[tuple[Passport, ProcessGraph]]:
        return list(self.book.all_graphs())

    def legs(self, passport: Passport, graph: ProcessGraph, kind: str, step: str) -> list[str]:
        where = qualified_step(graph.variant, step)
        legs = self.directions.find_targets(passport.service_type, passport.region, kind, graph.channel, where)
        return [leg.recipient for leg in legs]


@pytest.fixture(scope="module")
def country() -> Country:
    book = PassportBook.load()
    return Country(
        book,
        RegisterSnapshot.from_register(
            register.MEMBERS, register.derive_rights(book), register.derive_routes(book)
        ),
    )


def posted(graph: ProcessGraph) -> Iterator[tuple[str, str, str, set[str]]]:
    """The messages of each step: the step, the type, the sender's address and the recipients' addresses."""
    for node in graph.nodes:
        for posting in graph.message_rules(node.id):
            to = {addresses.system_address(one) for one in posting.to if one not in REGISTERS}
            if to:
                yield node.id, posting.kind, addresses.system_address(node.holder), to


def test_passport_processes_are_all_looked_at(country: Country) -> None:
    assert len(country.graphs) == 112
    assert sum(1 for _, graph in country.graphs for _ in posted(graph)) > 150


def test_message_reaches_those_whom_its_step_names_and_nobody_else(country: Country) -> None:
    wrong = [
        (passport.id, graph.channel, graph.variant, step, kind, reached, to)
        for passport, graph in country.graphs
        for step, kind, _, to in posted(graph)
        if sorted(reached := country.legs(passport, graph, kind, step)) != sorted(to)
    ]
    assert wrong == []


def refusal(country: Country, passport: Passport, sender: str, kind: str) -> str | None:
    """The code with which a sender is refused on its own way; None when the sender is accepted."""
    way_in = addresses.regional_gateway(passport.region)
    neighbour = way_in if sender in addresses.REGIONAL else sender
    try:
        country.directions.check_sender(sender, neighbour, way_in)
        country.directions.check_right(sender, passport.service_type, passport.region, kind)
    except BusError as error:
        return error.code
    return None


def test_sender_has_the_right_and_comes_its_own_way(country: Country) -> None:
    sent = [(passport, sender, kind) for passport, graph in country.graphs for _, kind, sender, _ in posted(graph)]
    assert {refusal(country, *one) for one in sent} == {None}
    assert {refusal(country, passport, "is_cgo", kind) for passport, _, kind in sent} == {"no-right"}


def test_recipients_of_messages_are_all_in_the_register(country: Country) -> None:
    recipients = {to for _, graph in country.graphs for *_, all_of_them in posted(graph) for to in all_of_them}
    assert recipients <= set(country.directions.members)
    assert {"portal_pep", "is_con", *addresses.PROVIDERS} <= recipients


def test_message_at_a_step_that_does_not_send_that_kind_goes_nowhere(country: Country) -> None:
    passed = 0
    for passport, graph in country.graphs:
        known = {(step, kind) for step, kind, *_ in posted(graph)}
        for step in (node.id for node in graph.nodes if node.end is None):
            for kind in KINDS:
                if (step, kind) not in known:
                    with pytest.raises(BusError) as caught:
                        country.legs(passport, graph, kind, step)
                    assert caught.value.code in ("no-route", "service-unknown")
                    passed += 1
    assert passed > 1000


@pytest.mark.parametrize("step", [None, "t99", "w0", "other/t1"])
def test_message_at_no_step_of_the_passport_goes_nowhere(country: Country, step: str | None) -> None:
    with pytest.raises(BusError) as caught:
        country.directions.find_targets("unemployment-certificate", "KZ-YUZ", "REQUEST", "portal", step)
    assert caught.value.code == "no-route"


def test_variant_has_its_own_routes(country: Country) -> None:
    seen = set()
    for passport, graph in country.graphs:
        for step, kind, _, to in posted(graph):
            if graph.variant != "main":
                assert set(country.legs(passport, graph, kind, step)) == to
                seen.add(graph.variant)
    assert seen, "variants send messages of their own"


def test_service_has_one_provider_in_a_region_by_a_channel(country: Country) -> None:
    named: dict[tuple[str, str, str], set[str]] = {}
    for passport, graph in country.graphs:
        if (provider := provider_of(graph)) is not None:
            way = (passport.service_type, passport.region, graph.channel)
            named.setdefault(way, set()).add(addresses.system_address(provider))
    assert all(len(providers) == 1 for providers in named.values())
    told = {
        (one.service_type, one.region, one.channel): {one.recipient}
        for one in country.directions.list_service_routes()
        if one.region != WHOLE_COUNTRY
    }
    assert told == named
    registers = {one.service_type: one.recipient for one in country.directions.list_service_routes(None, "KZ")}
    assert registers == {service: provider for service, provider, _ in register.REGISTER_QUERIES}


def test_gateway_steps_follow_what_is_sent(country: Country) -> None:
    book = country.book
    assert book.routing_steps("unemployment-certificate", "KZ-YUZ", "portal", "t1") == ("t2",)
    assert book.routing_steps("unemployment-certificate", "KZ-YUZ", "portal", "t3") == ()
    for place_, channel, region in (
        ("t1", "fax", "KZ-YUZ"),
        ("no-such/t1", "portal", "KZ-YUZ"),
        ("t1", "portal", "KZ-AKM"),
        (None, "portal", "KZ-YUZ"),
        ("t1", None, "KZ-YUZ"),
    ):
        assert book.routing_steps("unemployment-certificate", region, channel, place_) == ()
    carried = {
        (passport.id, graph.channel, step)
        for passport, graph in country.graphs
        for sent in {step for step, *_ in posted(graph)}
        for step in book.routing_steps(
            passport.service_type, passport.region, graph.channel, qualified_step(graph.variant, sent)
        )
    }
    asked = {("KZ-SEV.1", "provider", "t3"), ("KZ-SEV.1", "akim", "t3"), ("KZ-YUZ.4", "provider", "t3")}
    named = {
        (passport.id, graph.channel, node.id)
        for passport, graph in country.graphs
        for node in graph.nodes
        if node.holder == "gateways"
    }
    assert carried == named - asked, "what stands behind a query is known from the query's own chain"
