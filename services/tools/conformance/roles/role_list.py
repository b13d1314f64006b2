"""The roles that a participant may have, and what each run of them needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
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
    roles = (*_door_roles(), *_case_roles(), *_called_roles())
    return {role.name: role for role in roles}


def _door_roles() -> Iterator[PlayedRole]:
    """The roles of a participant that calls a door."""
    from services.tools.conformance.checks import rest
    from services.tools.conformance.checks.soap import asynchronous, envelopes, soap_signature, sync
    from services.tools.conformance.roles import mailbox, rest_door
    from services.tools.conformance.roles.soap import async_door, sync_door

    soap_checks = {**envelopes.checks.checks, **soap_signature.checks.checks}
    script: Any = rest_door.RestDoor
    yield PlayedRole("rest", ("rest",), rest.checks.checks, "rest", mailbox.MESSAGES, script, tasks=script.tasks)
    script, path = sync_door.SyncDoor, sync_door.PATH
    sync_checks = {**soap_checks, **sync.checks.checks}
    yield PlayedRole("sync", ("soap", "sign", "sync"), sync_checks, "sync", path, script, tasks=script.tasks)
    script, path = async_door.AsyncDoor, async_door.PATH
    async_checks = {**soap_checks, **asynchronous.checks.checks}
    yield PlayedRole("async", ("soap", "sign", "async"), async_checks, "async", path, script, tasks=script.tasks)


def _case_roles() -> Iterator[PlayedRole]:
    """The roles of a participant that takes a place in cases, through the REST door."""
    from services.tools.conformance.checks.cases import portal, provider, register
    from services.tools.conformance.roles.cases.portal_script import PortalScript
    from services.tools.conformance.roles.cases.provider_script import ProviderScript
    from services.tools.conformance.roles.cases.register_script import RegisterScript
    from services.tools.conformance.roles.mailbox import MESSAGES

    places: Sequence[tuple[str, Any, Any]] = (
        ("register", register, RegisterScript),
        ("provider", provider, ProviderScript),
        ("portal", portal, PortalScript),
    )
    for name, group, script in places:
        yield PlayedRole(name, (name,), group.checks.checks, "rest", MESSAGES, script, tasks=script.tasks)


def _called_roles() -> Iterator[PlayedRole]:
    """The roles of a participant that the kit calls."""
    from services.tools.conformance.checks import amqp, phone
    from services.tools.conformance.checks.soap import push
    from services.tools.conformance.roles.amqp_caller import play_amqp
    from services.tools.conformance.roles.phone_caller import play_phone
    from services.tools.conformance.roles.soap.push_caller import play_push

    yield PlayedRole("amqp", ("amqp",), amqp.checks.checks, "amqp", play=play_amqp, tasks=("answer-questions",))
    yield PlayedRole("phone", ("phone",), phone.checks.checks, "phone", play=play_phone, tasks=("open-session",))
    yield PlayedRole("push", ("push",), push.checks.checks, "push", play=play_push)
