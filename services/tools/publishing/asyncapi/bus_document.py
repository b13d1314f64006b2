"""The AsyncAPI 3.0 document of the bus: what a system sends and receives over RabbitMQ.

The document is written from the side of a system that joins: the system *sends* through an exchange and *receives*
from its own queue. Names come from the carrier's topology, payloads from the message contracts. A schema of the
document has the meaning of JSON Schema draft 7, as AsyncAPI says of schemas without a format of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from services.tools.publishing.asyncapi.channels import BINDING, PARAMETERS, make_channels, make_operations
from services.tools.publishing.message_schemas import describe_fields, list_contracts
from services.tools.publishing.pacts.message_flows import MessageFlow
from shared.bus.carriers.amqp_values import CONTENT_TYPE, HOP, LONGEST_PROPERTY, MESSAGE_ID, PERSISTENT, SIGNATURE
from shared.bus.http.glossary import Glossary
from shared.bus.messages.jws import MAX_TOKEN
from shared.bus.messages.message import MessageContract, MessageInfo, MessageType

SCHEMAS = "#/components/schemas/"
PROPERTIES = "x-amqp-properties"
"""The extension of a message with the schema of its AMQP properties, for which AsyncAPI has no word."""
FLOWS = "x-flows"
"""The extension of a message with who sends it to whom in the country; none for what any system may send."""
_TOKEN = r"^[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+$"  # noqa: S105 - the form of a token

Json = dict[str, Any]


def make_bus_document(glossary: Glossary, version: int, flows: Iterable[MessageFlow]) -> Json:
    """The document; of the contracts that are imported: load the systems first. ``flows`` tells who sends which
    contract to whom.
    """
    sent = list(flows)
    contracts = sorted(list_contracts(), key=lambda contract: contract.contract)
    names = [name_message(contract) for contract in contracts]
    return {
        "asyncapi": "3.0.0",
        "id": "urn:egov-bus:amqp",
        "info": _describe_bus(version),
        "defaultContentType": CONTENT_TYPE,
        "servers": _make_servers(),
        "channels": make_channels(names),
        "operations": make_operations(),
        "components": {
            "schemas": _make_schemas(contracts, glossary),
            "messages": {name: _make_message(one, sent) for name, one in zip(names, contracts, strict=True)},
            "correlationIds": {
                "case": {
                    "description": "The case: every message of a case has the same value.",
                    "location": "$message.payload#/messageInfo/correlationId",
                }
            },
            "parameters": PARAMETERS,
            "securitySchemes": {
                "account": {
                    "type": "userPassword",
                    "description": "User and password of the AMQP URL; with accounts, the user is the address.",
                }
            },
        },
    }


def name_message(contract: type[MessageContract]) -> str:
    """The key of the message of a contract: ``noun-1`` for ``noun/1``."""
    return contract.contract.replace("/", "-")


def _describe_bus(version: int) -> Json:
    return {
        "title": "egov-bus over AMQP",
        "version": str(version),
        "description": "Signed messages between systems over RabbitMQ, as docs/reference/protocol.md tells. The "
        "operations are those of a system that joins.",
        "license": {"name": "MIT"},
    }


def _make_servers() -> Json:
    return {
        "plain": {
            "host": "{host}:5672",
            "protocol": "amqp",
            "protocolVersion": "0.9.1",
            "description": "RabbitMQ without TLS, on one machine.",
            "variables": {"host": {"default": "localhost"}},
            "security": [{"$ref": "#/components/securitySchemes/account"}],
        },
        "tls": {
            "host": "{host}:5671",
            "protocol": "amqps",
            "protocolVersion": "0.9.1",
            "description": "RabbitMQ over TLS: its certificate is of НУЦ and proves the host.",
            "variables": {"host": {"default": "localhost"}},
            "security": [{"$ref": "#/components/securitySchemes/account"}],
        },
    }


def _make_message(contract: type[MessageContract], flows: Iterable[MessageFlow]) -> Json:
    kind = contract.message_type
    sent = [{"from": one.sender, "to": one.recipient} for one in flows if one.contract == contract.contract]
    types = [one.value for one in MessageType] if kind is None else [kind.value]
    return {
        "name": contract.contract,
        "title": contract.__name__,
        "summary": " ".join((contract.__doc__ or "").split()),
        "contentType": CONTENT_TYPE,
        "correlationId": {"$ref": "#/components/correlationIds/case"},
        "headers": {"$ref": f"{SCHEMAS}MessageHeaders"},
        "payload": _make_payload(contract, types),
        "bindings": {"amqp": {**({} if kind is None else {"messageType": kind.value}), "bindingVersion": BINDING}},
        PROPERTIES: _make_properties(types),
        **({FLOWS: sent} if sent else {}),
    }


def _make_payload(contract: type[MessageContract], types: list[str]) -> Json:
    """The envelope with a message type that the contract allows, and the data of the contract."""
    envelope: Json = {"$ref": f"{SCHEMAS}{MessageInfo.__name__}"}
    carried = {"properties": {"messageType": {"type": "string", "enum": types}}}
    data: Json = {
        "type": "object",
        "required": ["contract", "data"],
        "properties": {
            "contract": {"type": "string", "const": contract.contract},
            "data": {"$ref": f"{SCHEMAS}{contract.__name__}"},
        },
    }
    return {
        "type": "object",
        "required": ["messageInfo", "messageData"],
        "properties": {"messageInfo": {"allOf": [envelope, carried]}, "messageData": data},
    }


def _make_properties(types: list[str]) -> Json:
    return {
        "type": "object",
        "required": ["content_type", "delivery_mode", "type"],
        "properties": {
            "content_type": {"type": "string", "const": CONTENT_TYPE},
            "delivery_mode": {"type": "integer", "const": PERSISTENT},
            "type": {"type": "string", "enum": types},
            "correlation_id": {"type": "string", "maxLength": LONGEST_PROPERTY},
        },
    }


def _make_schemas(contracts: Iterable[type[MessageContract]], glossary: Glossary) -> dict[str, Json]:
    models = [(model, "validation") for model in (MessageInfo, *contracts)]
    _, collected = models_json_schema(models, ref_template=f"{SCHEMAS}{{model}}")  # type: ignore[arg-type]
    schemas: dict[str, Json] = collected["$defs"]
    describe_fields(schemas.items(), glossary)
    return {"MessageHeaders": _make_headers(), **schemas}


def _make_headers() -> Json:
    return {
        "title": "MessageHeaders",
        "type": "object",
        "required": [SIGNATURE],
        "properties": {
            SIGNATURE: {
                "type": "string",
                "pattern": _TOKEN,
                "maxLength": MAX_TOKEN,
                "description": "The sender's token over the body: a compact, detached JWS, b64 false.",
            },
            HOP: {
                "type": "string",
                "pattern": _TOKEN,
                "maxLength": MAX_TOKEN,
                "description": "On forwarded messages: the gateway's token over signature and body.",
            },
            MESSAGE_ID: {
                "type": "string",
                "minLength": 1,
                "maxLength": 100,
                "description": "The messageId of the envelope, for listeners; a receiver does not read it.",
            },
        },
    }
