"""The roles that a participant may have, and what each run of them needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.tools.conformance.judging import CheckFunction, RunTrace
from services.tools.conformance.serving import KitAnswer, ServedCall


class DoorScript(Protocol):
    """The part that the kit plays where the participant is the caller."""

    @property
    def is_done(self) -> bool: ...

    def answer_call(self, call: ServedCall) -> KitAnswer: ...


@dataclass(frozen=True)
class PlayedRole:
    """A role of a participant.

    ``open_script`` makes the kit's side of a door, for a participant that calls; ``play`` calls a participant that
    serves, at its ``target``. ``path`` is what the kit serves below its own address.
    """

    name: str
    groups: Sequence[str]
    checks: Mapping[str, CheckFunction]
    door: str = ""
    path: str = ""
    open_script: Callable[[RunTrace], DoorScript] | None = None
    play: Callable[[RunTrace, Any], Awaitable[None]] | None = None
    tasks: Sequence[str] = ()
    """What the participant is asked to do, as codes of the texts."""


def load_roles() -> dict[str, PlayedRole]:
    """The roles by name."""
    from services.tools.conformance.checks import rest
    from services.tools.conformance.roles.rest_door import MESSAGES, RestDoor

    roles = (PlayedRole("rest", ("rest",), rest.checks.checks, "rest", MESSAGES, RestDoor, tasks=RestDoor.tasks),)
    return {role.name: role for role in roles}
