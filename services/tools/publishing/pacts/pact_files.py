"""The Pact files (specification 4): one for each pair of systems, with the messages that the reader relies on.

The reader of a message is Pact's consumer, its sender the provider. A pact holds the required members of envelope
and data; ШЭП and РШЭП carry the bytes unread, so that the pairs are those of sender and last recipient.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from services.catalog import INSTANCES
from services.tools.publishing.json_text import render_json
from services.tools.publishing.message_schemas import list_contracts
from services.tools.publishing.pacts.expectations import ExpectationComposer, ExpectedBody
from services.tools.publishing.pacts.message_flows import MessageFlow, list_flows
from services.tools.publishing.pacts.nuc_calls import make_nuc_interactions
from shared.bus.http.glossary import Glossary
from shared.bus.messages.message import MessageContract, MessageInfo
from shared.contracts import addresses
from shared.regulations.passport_book import PassportBook

Json = dict[str, Any]
SPECIFICATION = "4.0"
JSON_TYPE = "application/json"
_INFO, _DATA = "$.messageInfo", "$.messageData.data"


def make_pact_files(book: PassportBook, glossary: Glossary) -> dict[str, str]:
    """The text of each file by its name, ``consumer-provider.json``."""
    interactions: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for flow in list_flows(book):
        interactions[flow.recipient, flow.sender].append(_make_interaction(flow, glossary))
    for system in sorted({instance.service for instance in INSTANCES} - {addresses.NUC}):
        interactions[system, addresses.NUC] = make_nuc_interactions()
    return {
        f"{consumer}-{provider}.json": render_pact(consumer, provider, expected)
        for (consumer, provider), expected in sorted(interactions.items())
    }


def render_pact(consumer: str, provider: str, interactions: Sequence[Json]) -> str:
    """The text of one Pact file."""
    pair = {"consumer": {"name": consumer}, "provider": {"name": provider}}
    specification = {"pactSpecification": {"version": SPECIFICATION}}
    return render_json({**pair, "interactions": interactions, "metadata": specification})


def _make_interaction(flow: MessageFlow, glossary: Glossary) -> Json:
    expected = _expect_message(flow, glossary)
    return {
        "type": "Asynchronous/Messages",
        "description": flow.contract,
        "contents": {"content": expected.example, "contentType": JSON_TYPE, "encoded": False},
        "matchingRules": {"body": expected.rules},
        "metadata": {"contentType": JSON_TYPE},
    }


def _expect_message(flow: MessageFlow, glossary: Glossary) -> ExpectedBody:
    contract = next(one for one in list_contracts() if one.contract == flow.contract)
    info, data = _compose(MessageInfo, _INFO, glossary), _compose(contract, _DATA, glossary)
    envelope, rules = dict(info.example), {**info.rules, **data.rules}
    envelope["sender"] = {"senderId": flow.sender}
    if contract.message_type is not None:
        envelope["messageType"] = contract.message_type.value
        del rules[f"{_INFO}.messageType"]
    expected = ExpectedBody(
        {"messageInfo": envelope, "messageData": {"contract": flow.contract, "data": data.example}}, rules
    )
    expected.set_rule(f"{_INFO}.sender.senderId", {"match": "regex", "regex": rf"^{flow.sender}(\.[\w-]+)?$"})
    return expected


def _compose(model: type[MessageContract] | type[MessageInfo], path: str, glossary: Glossary) -> ExpectedBody:
    schema = model.model_json_schema()
    schema["required"] = [name for name in schema["required"] if name != "sender"]  # the sender is the provider
    return ExpectationComposer(schema, glossary).compose(schema, path)
