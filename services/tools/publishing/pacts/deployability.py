"""Whether a system fits those that run: its own pacts against published contracts, its messages against pacts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.tools.publishing.pacts.pact_matching import (
    find_schema_faults,
    find_value_faults,
    list_paths,
    select_first,
)
from shared.bus.errors import Malformed, NotFound

Json = Any
DATA, INFO = "$.messageData.data", "$.messageInfo"


@dataclass(frozen=True)
class PairVerdict:
    """Whether a pair of systems fits in one message or call; ``faults`` say what does not."""

    consumer: str
    provider: str
    subject: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class PublishedContracts:
    """The contracts of the systems that run, as ``egov-bus contracts`` publishes them."""

    folder: Path

    def read_schema(self, contract: str) -> Json | None:
        """The JSON Schema of a message contract; None where there is none."""
        return self._read(f"messages/{contract.replace('/', '-')}.json")

    def read_document(self, system: str) -> Json | None:
        """The OpenAPI document of a system; None where there is none."""
        return self._read(f"openapi/{system}.json")

    def list_pacts(self) -> Iterator[Json]:
        """The pacts of all pairs of systems."""
        for file in sorted((self.folder / "pacts").glob("*.json")):
            yield json.loads(file.read_text(encoding="utf-8"))

    def _read(self, place: str) -> Json | None:
        file = self.folder / place
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


@dataclass(frozen=True)
class BroughtFiles:
    """What a system brings: its pacts, and examples of the messages that it sends."""

    pacts: tuple[Json, ...]
    messages: tuple[Json, ...]

    @classmethod
    def read(cls, folder: Path) -> BroughtFiles:
        """The JSON files of a folder and of those inside; NotFound ``pacts-missing``, Malformed
        ``pact-malformed`` for a file that is neither a pact nor a message.
        """
        pacts, messages = [], []
        for file in sorted(folder.rglob("*.json")):
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
            except (ValueError, OSError):
                raise Malformed("pact-malformed", f"{file}: no JSON") from None
            if isinstance(content, dict) and {"consumer", "provider"} <= content.keys():
                pacts.append(content)
            elif isinstance(content, dict) and "messageInfo" in content:
                messages.append(content)
            else:
                raise Malformed("pact-malformed", f"{file}: neither a pact nor a message")
        if not pacts and not messages:
            raise NotFound("pacts-missing", f"{folder} has no pact and no message", path=str(folder))
        return cls(tuple(pacts), tuple(messages))


def judge_deployment(
    system: str, brought: BroughtFiles, published: PublishedContracts, place: str | None = None
) -> list[PairVerdict]:
    """The verdict for each message and call of a system with each system that runs.

    ``place`` is the system whose readers it will serve, for one that takes the place of another.
    """
    verdicts = []
    for pact in brought.pacts:
        if pact["consumer"]["name"] == system:
            verdicts += list(_judge_reading(pact, published))
    for pact in published.list_pacts():
        if pact["provider"]["name"] == (place or system):
            verdicts += list(_judge_sending(pact, system, brought.messages))
    return verdicts


def _judge_reading(pact: Json, published: PublishedContracts) -> Iterator[PairVerdict]:
    consumer, provider = pact["consumer"]["name"], pact["provider"]["name"]
    for interaction in _list_interactions(pact):
        description = str(interaction.get("description", ""))
        is_call = "request" in interaction
        judge = _list_call_faults if is_call else _list_message_faults
        yield PairVerdict(consumer, provider, description, tuple(judge(interaction, provider, published)))


def _list_message_faults(interaction: Json, provider: str, published: PublishedContracts) -> Iterator[str]:
    content = _content_of(interaction.get("contents", {}))
    contract = select_first(content, "$.messageData.contract") or interaction.get("description", "")
    schema, envelope = published.read_schema(str(contract)), published.read_schema("envelope")
    if schema is None or envelope is None:
        yield f"{contract}: no such contract"
        return
    if not any(_sends(pact, provider, str(contract)) for pact in published.list_pacts()):
        yield f"{provider} sends no {contract}"
    paths = _paths_of(interaction.get("matchingRules", {}).get("body", {}), content)
    yield from find_schema_faults(schema, _below(paths, DATA))
    yield from find_schema_faults(envelope, _below(paths, INFO))


def _list_call_faults(interaction: Json, provider: str, published: PublishedContracts) -> Iterator[str]:
    document = published.read_document(provider)
    request, response = interaction["request"], interaction["response"]
    method, path = str(request["method"]).lower(), str(request["path"])
    if document is None:
        yield f"{provider} has no API"
        return
    operation = next(
        (ways[method] for way, ways in document["paths"].items() if _fits(way, path) and method in ways), None
    )
    if operation is None:
        yield f"{method.upper()} {path}: no such operation"
        return
    declared = operation["responses"].get(str(response.get("status", 200)))
    if declared is None:
        yield f"{method.upper()} {path} never answers {response.get('status', 200)}"
        return
    schema = declared.get("content", {}).get("application/json", {}).get("schema")
    content = _content_of(response.get("body", {}))
    if schema is not None and isinstance(content, dict):
        paths = _paths_of(response.get("matchingRules", {}).get("body", {}), content)
        whole = {**schema, "$defs": document["components"]["schemas"]}
        yield from find_schema_faults(whole, {place: example for place, example in paths.items() if place != "$"})


def _judge_sending(pact: Json, system: str, messages: Iterable[Json]) -> Iterator[PairVerdict]:
    consumer = pact["consumer"]["name"]
    examples = {select_first(message, "$.messageData.contract"): message for message in messages}
    for interaction in _list_interactions(pact):
        if "request" in interaction:
            continue
        contract = interaction["description"]
        faults: tuple[str, ...] = ("no example of this message was brought",)
        if (message := examples.get(contract)) is not None:
            rules = interaction["matchingRules"]["body"]
            expected = {path: rule for path, rule in rules.items() if not path.endswith(".senderId")}
            faults = tuple(find_value_faults(message, expected, _content_of(interaction["contents"])))
        yield PairVerdict(consumer, system, contract, faults)


def _list_interactions(pact: Json) -> Iterator[Json]:
    """The interactions of Pact 4; the messages and calls of Pact 2 and 3 in the same form."""
    yield from pact.get("messages", ())
    yield from pact.get("interactions", ())


def _content_of(contents: Json) -> Json:
    return contents["content"] if isinstance(contents, dict) and "content" in contents else contents


def _paths_of(rules: Mapping[str, Json], content: Json) -> dict[str, Json]:
    return {path: select_first(content, path) for path in (rules or list_paths(content))}


def _below(paths: Mapping[str, Json], root: str) -> dict[str, Json]:
    return {
        f"${path.removeprefix(root)}": example for path, example in paths.items() if path.startswith(f"{root}.")
    }


def _sends(pact: Json, provider: str, contract: str) -> bool:
    return pact["provider"]["name"] == provider and any(
        interaction["description"] == contract for interaction in pact["interactions"]
    )


def _fits(template: str, path: str) -> bool:
    parts, steps = template.split("/"), path.split("/")
    pairs = zip(parts, steps, strict=False)
    return len(parts) == len(steps) and all(part == step or part.startswith("{") for part, step in pairs)
