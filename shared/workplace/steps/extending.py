"""The extension of a step's deadline, where the act gives one; the citizen's side is notified where it says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.bus.errors import Conflict, Malformed, Refused
from shared.bus.messages.message import MessageType
from shared.contracts.cases import StatusChanged
from shared.regulations.deadlines import prolonged
from shared.regulations.model import Extension
from shared.regulations.process.graph import Node
from shared.workplace.records.deadlines import (
    CALENDAR,
    Extended,
    Waiting,
    read_extensions,
    read_waits,
    write_extensions,
)
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import Desk

STATUS = "срок продлён"
"""What the notification shows as status; the acts that notify of it name none (ours)."""


@dataclass(frozen=True)
class Asked:
    """An extension as an employee asks for it; ``until`` where the act does not say by how much."""

    extension: str
    reason: str
    until: datetime | None = None


def extend(desk: Desk, employee: EmployeeRow, asked: Asked) -> Extended:
    """Extend the deadline of the step that waits here for this employee, once; nothing is saved yet.

    Refused ``extension-not-given`` where the act has no such extension of this variant, ``extension-unmeasured``,
    ``extension-backwards``, and what ``Desk.check_person`` refuses; Conflict ``extension-given`` the second time,
    ``extension-not-now`` while no step waits here whose deadline it extends; Malformed ``reason-missing``.
    """
    extension = _given(desk, asked.extension)
    if not asked.reason.strip():
        raise Malformed("reason-missing", "an extension states its reason")
    before = read_extensions(desk.case.extensions)
    if any(one.extension == extension.id for one in before):
        raise Conflict("extension-given", "the act extends a deadline once", extension=extension.id)
    node, waiting = _waiting(desk, extension)
    desk.check_person(employee, node)
    assert waiting.due is not None  # noqa: S101 - looked for
    new = prolonged(extension, waiting.due, CALENDAR, variant=desk.case.variant, until=asked.until)
    made = Extended(extension.id, node.id, waiting.due, new.due, asked.reason.strip(), employee.iin, desk.work.now)
    desk.case = replace(desk.case, extensions=write_extensions((*before, made)))
    _notify(desk, node, made)
    return made


def _given(desk: Desk, extension_id: str) -> Extension:
    """The extension of the act; Refused ``extension-not-given``."""
    for one in desk.passport.extensions:
        if one.id == extension_id and (not one.variants or desk.case.variant in one.variants):
            return one
    raise Refused("extension-not-given", "the act gives no such extension", extension=extension_id)


def _waiting(desk: Desk, extension: Extension) -> tuple[Node, Waiting]:
    """The step that waits here and its deadline; Conflict ``extension-not-now``."""
    waits = {one.step: one for one in read_waits(desk.case.waits)}
    for node in desk.waiting():
        found = waits.get(node.id)
        if extension.id in node.extensions and found is not None and found.due is not None:
            return node, found
    raise Conflict("extension-not-now", "no step waits here whose deadline the act extends so")


def _notify(desk: Desk, node: Node, made: Extended) -> None:
    """Tell the citizen's side, where the act wants it told and there is a system on that side."""
    for posting in desk.graph.postings(node.id):
        if posting.is_on_extension:
            kind = MessageType(posting.kind)
            told = desk.payload(node, kind)
            assert isinstance(told, StatusChanged)  # noqa: S101 - the graph posts an UPDATE
            changed = {"status": STATUS, "text": made.reason, "until": made.due}
            desk.runner.send(node, kind, told.model_copy(update=changed))
