"""The people who take the steps of a process: by the act's words (``performers.yaml``), or by ``performs.roles``.

A case of the channel ``akim`` begins at the аким's office, and is at the department after a step that forwards it;
words that name people of both offices mean those of the office at which the case is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import yaml
from pydantic import Field, Strict, TypeAdapter

from shared.regulations.model import CENTRE_ROLES, Channel, EmployeeRole, OfficeKind, PassportPart, System
from shared.regulations.model.parts import Many, Text
from shared.regulations.process.graph import ProcessNode, Transition, reachable_from

PERFORMERS_FILE = Path(__file__).parents[1] / "performers.yaml"

AKIM_ROLES = frozenset({EmployeeRole.AKIM, EmployeeRole.AKIM_SPECIALIST})
"""The people who work at an аким's office only."""

CITIZENS_SYSTEMS: frozenset[System] = frozenset({"portal_pep"})
"""The systems whose steps the applicant takes."""

_Office = Annotated[OfficeKind, Strict(False)]
_Role = Annotated[EmployeeRole, Strict(False)]


class PerformerWords(PassportPart):
    """Ways in which acts name people, and who they are at each kind of office."""

    words: Annotated[Many[Text], Field(min_length=1)]
    at: Annotated[dict[_Office, _Role], Field(min_length=1)]


class PerformerUnclear(Exception):
    """Nobody can tell who takes a step: the message says why."""

    def __init__(self, step: str, message: str) -> None:
        super().__init__(message)
        self.step = step


@cache
def known_words() -> Mapping[str, Mapping[OfficeKind, EmployeeRole]]:
    """The people by the act's words in lower case; read once, when first needed."""
    rows = TypeAdapter(tuple[PerformerWords, ...]).validate_python(
        tuple(yaml.safe_load(PERFORMERS_FILE.read_bytes()))
    )
    return MappingProxyType({word.lower(): MappingProxyType(row.at) for row in rows for word in row.words})


def mark_performers(
    nodes: Mapping[str, ProcessNode],
    transitions: Iterable[Transition],
    channel: Channel,
    offices: Collection[OfficeKind],
) -> dict[str, ProcessNode]:
    """The nodes with the office and the people of each step; ``offices`` are the kinds of offices that the act
    lists. PerformerUnclear for a step that nobody may take.
    """
    choices = {node.id: _choose_people(nodes, node) for node in nodes.values() if _is_taken_by_people(node)}
    followers: dict[str, set[str]] = {}
    for transition in transitions:
        followers.setdefault(transition.source, set()).add(transition.target)
    forwards = [
        node_id
        for node_id, people in choices.items()
        if nodes[node_id].op == "forward" and OfficeKind.AKIM in people and channel == "akim"
    ]
    handed_over = reachable_from(
        {after for node_id in forwards for after in followers.get(node_id, ())}, followers
    )
    marked = dict(nodes)
    for node_id, people in choices.items():
        office = _choose_office(node_id, people, channel, is_handed_over=node_id in handed_over)
        if office not in offices:
            raise PerformerUnclear(node_id, f"the act lists no office of the kind {office}")
        marked[node_id] = replace(nodes[node_id], office=office, roles=people[office])
    return marked


def _is_taken_by_people(node: ProcessNode) -> bool:
    return node.end is None and not node.is_automatic and node.holder not in CITIZENS_SYSTEMS


def _choose_people(
    nodes: Mapping[str, ProcessNode], node: ProcessNode
) -> dict[OfficeKind, frozenset[EmployeeRole]]:
    """The people who may take a step, by office; a wait is noted by the people of the step that waits."""
    waiting = nodes.get(node.id.removesuffix(":wait"), node)
    named = known_words().get(waiting.actor.lower())
    if named is None and not waiting.roles:
        raise PerformerUnclear(node.id, f"«{waiting.actor}» names no people, and performs.roles is missing")
    if named is not None and waiting.roles:
        raise PerformerUnclear(node.id, f"«{waiting.actor}» names the people, performs.roles is too much")
    possible = _offices_of(node.holder)
    if named is not None:
        people = {office: frozenset({role}) for office, role in named.items() if office in possible}
    else:
        people = {
            office: roles
            for office in possible
            if (roles := frozenset(role for role in waiting.roles if _works_at(role, office)))
        }
    if not people:
        raise PerformerUnclear(node.id, f"nobody at {node.holder} is «{waiting.actor}»")
    return people


def _offices_of(holder: System) -> tuple[OfficeKind, ...]:
    """The offices at which the people of a system work."""
    if holder == "is_con":
        return (OfficeKind.CENTRE,)
    return (OfficeKind.DEPARTMENT, OfficeKind.AKIM) if holder == "is_mio" else (OfficeKind.DEPARTMENT,)


def _works_at(role: EmployeeRole, office: OfficeKind) -> bool:
    return (role in CENTRE_ROLES) == (office is OfficeKind.CENTRE) and (
        role not in AKIM_ROLES or office is OfficeKind.AKIM
    )


def _choose_office(
    node_id: str, people: Collection[OfficeKind], channel: Channel, *, is_handed_over: bool
) -> OfficeKind:
    """The office at which the step is taken."""
    if OfficeKind.CENTRE in people:
        return OfficeKind.CENTRE
    is_at_akims = channel == "akim" and not is_handed_over
    if len(people) == 1:
        office = next(iter(people))
        if office is OfficeKind.DEPARTMENT and is_at_akims:
            raise PerformerUnclear(node_id, "the case is at the akim's office, and no step forwards it")
        if office is OfficeKind.AKIM and channel != "akim":
            raise PerformerUnclear(node_id, f"no case of the channel {channel} is at an akim's office")
        return office
    return OfficeKind.AKIM if is_at_akims else OfficeKind.DEPARTMENT
