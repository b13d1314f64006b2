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
    from services.tools.conformance.checks import asynchronous, push, rest, soap, soap_signature, sync
    from services.tools.conformance.roles import async_door, rest_door, sync_door
    from services.tools.conformance.roles.push_caller import play_push

    soap_checks = {**soap.checks.checks, **soap_signature.checks.checks}
    rest_script, sync_script, async_script = rest_door.RestDoor, sync_door.SyncDoor, async_door.AsyncDoor
    roles = (
        PlayedRole(
            "rest", ("rest",), rest.checks.checks, "rest", rest_door.MESSAGES, rest_script, tasks=rest_script.tasks
        ),
        PlayedRole(
            "sync", ("soap", "sign", "sync"), {**soap_checks, **sync.checks.checks},
            "sync", sync_door.PATH, sync_script, tasks=sync_script.tasks,
        ),
        PlayedRole(
            "async", ("soap", "sign", "async"), {**soap_checks, **asynchronous.checks.checks},
            "async", async_door.PATH, async_script, tasks=async_script.tasks,
        ),
        PlayedRole("push", ("push",), push.checks.checks, "push", play=play_push),
    )  # fmt: skip
    return {role.name: role for role in roles}
