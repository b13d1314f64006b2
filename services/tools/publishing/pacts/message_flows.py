"""Which system sends which contract to which: by the processes of the acts, and outside of any case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.bus.messages.message import MessageContract
from shared.contracts import addresses
from shared.contracts.cases import ApplicationMessage, CaseResult, StatusChanged, StatusNotice
from shared.contracts.payments import PaymentExecuted, PaymentOrder
from shared.contracts.registers import (
    CitizenAnswer,
    CitizenQuery,
    ConsentAnswer,
    ConsentQuery,
    PersonAnswer,
    PersonQuery,
    PowerAnswer,
    PowerQuery,
)
from shared.regulations.passport_book import PassportBook

Contract = type[MessageContract]

QUESTIONS: Mapping[str, tuple[Contract, Contract]] = {
    addresses.NR_IIN: (PersonQuery, PersonAnswer),
    addresses.ENIS: (PowerQuery, PowerAnswer),
    addresses.CGO: (CitizenQuery, CitizenAnswer),
    addresses.GCVP: (PaymentOrder, PaymentExecuted),
    addresses.KDP: (ConsentQuery, ConsentAnswer),
}
"""The contracts of a question to a register and of its answer."""
OUTSIDE_OF_STEPS = (
    (addresses.PORTAL, addresses.NR_IIN),  # who registers; whose child a form names
    (addresses.CON, addresses.NR_IIN),  # whose child a form names
    (addresses.MIO, addresses.NR_IIN),
    (addresses.NR_IIN, addresses.KDP),  # whether the person consents
    (addresses.ESOBES, addresses.GCVP),  # what an act grants in money is paid
    (addresses.ARM_SHEP, addresses.GCVP),
    (addresses.ARM_RSHEP, addresses.GCVP),
)
"""Who asks which register where no step of an act says so."""
CASE_CONTRACTS: Mapping[str, Contract] = {
    str(contract.message_type): contract
    for contract in (ApplicationMessage, StatusChanged, StatusNotice, CaseResult)
}
"""The contracts of a case by the type of the message."""


@dataclass(frozen=True, order=True)
class MessageFlow:
    """A contract that one system sends to another; the instances of all regions count as one system."""

    sender: str
    recipient: str
    contract: str


def find_contract(kind: str, recipient: str) -> Contract:
    """The contract of a step's message of type ``kind``; a register gets a question instead of the case."""
    return QUESTIONS[recipient][0] if recipient in QUESTIONS else CASE_CONTRACTS[kind]


def list_flows(book: PassportBook) -> list[MessageFlow]:
    """Every flow between two systems of the country, in order."""
    asked = {flow for pair in {*OUTSIDE_OF_STEPS, *_askers_of_steps(book)} for flow in _ask(*pair)}
    return sorted({*asked, *_flows_of_cases(book)})


def _flows_of_cases(book: PassportBook) -> Iterator[MessageFlow]:
    for sender, recipient, kind in _routes_of_steps(book):
        if recipient not in QUESTIONS:
            yield MessageFlow(sender, recipient, find_contract(kind, recipient).contract)


def _askers_of_steps(book: PassportBook) -> Iterator[tuple[str, str]]:
    for sender, recipient, _ in _routes_of_steps(book):
        if recipient in QUESTIONS:
            yield sender, recipient


def _routes_of_steps(book: PassportBook) -> Iterator[tuple[str, str, str]]:
    for _, graph in book.all_graphs():
        for route in graph.message_routes():
            yield addresses.system_address(route.sender), addresses.system_address(route.recipient), route.kind


def _ask(asker: str, register: str) -> Iterator[MessageFlow]:
    question, answer = QUESTIONS[register]
    yield MessageFlow(asker, register, question.contract)
    yield MessageFlow(register, asker, answer.contract)
