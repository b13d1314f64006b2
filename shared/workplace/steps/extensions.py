"""The extension of a step's deadline, where the act has one, and the longer limit that hangs on a fact;
the citizen's side gets a notice where the act requires it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.bus.errors import Conflict, Malformed, Refused
from shared.bus.messages.message import MessageType
from shared.regulations.deadline_extensions import extend_deadline, replace_limit
from shared.regulations.model import ExceptionalLimit, ExtensionRule
from shared.regulations.process.graph import ProcessNode
from shared.workplace.records.case_record import DeadlineExtension, WaitingStep
from shared.workplace.records.deadlines import CALENDAR
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.payloads import compose_update
from shared.workplace.steps.step_context import WorkplaceContext

STATUS = "срок продлён"
"""The status in the notice; the acts that require the notice name none (ours)."""


@dataclass(frozen=True)
class ExtensionRequest:
    """An employee's request for an extension, or the statement of a fact on which a longer limit hangs; ``until``
    where the act does not say by how much.
    """

    extension: str
    reason: str
    until: datetime | None = None


def extend_waiting_step(
    case_session: WorkplaceCaseSession, employee: EmployeeRow, request: ExtensionRequest
) -> DeadlineExtension:
    """Extend, once, the deadline of the step that waits here for this employee, by an extension or a fact of the
    act; the caller saves the case.

    Refused ``extension-not-given`` where the act has no such extension of this variant, ``extension-unmeasured``,
    ``extension-backwards``, and the refusals of ``WorkplaceCaseSession.check_person``; Conflict
    ``extension-given`` for a second extension, ``extension-not-now`` while no step with this deadline waits here;
    Malformed ``reason-missing``.
    """
    rule = _find_rule(case_session, request.extension)
    if not request.reason.strip():
        raise Malformed("reason-missing", "an extension needs a reason")
    if any(previous.extension == request.extension for previous in case_session.case.extensions):
        raise Conflict(
            "extension-given", "the act allows one extension of a deadline", extension=request.extension
        )
    node, waiting = _find_waiting_step(case_session, request.extension)
    case_session.check_person(employee, node)
    new = _compute_deadline(case_session, rule, waiting, request.until)
    reason, now = request.reason.strip(), case_session.uow.now
    record = DeadlineExtension(request.extension, node.id, waiting.due, new, reason, employee.iin, now)
    case_session.add_extension(record)
    _notify_citizen(case_session, employee, node, record)
    return record


def _compute_deadline(
    case_session: WorkplaceCaseSession,
    rule: ExtensionRule | ExceptionalLimit,
    waiting: WaitingStep,
    until: datetime | None,
) -> datetime | None:
    old, since = waiting.due, waiting.since
    assert old is not None  # noqa: S101 - looked for
    assert since is not None  # noqa: S101 - looked for
    if isinstance(rule, ExceptionalLimit):
        return replace_limit(rule, since, old, CALENDAR)
    return extend_deadline(rule, old, CALENDAR, variant=case_session.case.variant, until=until).due


def _find_rule(case_session: WorkplaceCaseSession, extension_id: str) -> ExtensionRule | ExceptionalLimit:
    """The extension of the act, or the limit of the fact; Refused ``extension-not-given``."""
    for extension in case_session.passport.extensions:
        if extension.id == extension_id and (
            not extension.variants or case_session.case.variant in extension.variants
        ):
            return extension
    for node in case_session.graph.nodes:
        if extension_id in node.extensions and node.deadline is not None:
            return node.deadline.limits_by_fact()[extension_id]
    raise Refused("extension-not-given", "the act gives no such extension", extension=extension_id)


def _find_waiting_step(case_session: WorkplaceCaseSession, extension_id: str) -> tuple[ProcessNode, WaitingStep]:
    """The waiting step and its deadline; Conflict ``extension-not-now``."""
    waits = {wait.step: wait for wait in case_session.case.waits}
    for node in case_session.waiting_steps():
        step_wait = waits.get(node.id)
        if extension_id in node.extensions and step_wait is not None and step_wait.due is not None:
            return node, step_wait
    raise Conflict("extension-not-now", "no step with a deadline of this extension waits here")


def _notify_citizen(
    case_session: WorkplaceCaseSession, employee: EmployeeRow, node: ProcessNode, extension: DeadlineExtension
) -> None:
    """Notify the citizen's side, where the act requires it and a system is on that side."""
    for message_rule in case_session.graph.message_rules(node.id):
        if message_rule.is_on_extension:
            update = compose_update(case_session, node, WorkplaceContext(employee=employee))
            changed = {"status": STATUS, "text": extension.reason, "until": extension.due}
            case_session.send_message(node, MessageType.UPDATE, update.model_copy(update=changed))
