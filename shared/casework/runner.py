"""Takes the steps of cases by a table from the operation of a step (``op`` of the passport) to a function.

Automatic steps follow one another until the case waits for a person, for another system, or for an answer that is
missing. Each side of the bus has one table, and every function in the table has the same form:
``(session, step, context)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from shared.bus.messages.message import MessageContract, MessageType
from shared.casework.case_session import CaseSession
from shared.regulations.model import StepOperation, System
from shared.regulations.process.graph import MessageRule, ProcessNode

REGISTERS: frozenset[System] = frozenset({"nr_iin", "enis", "is_cgo", "gcvp"})
"""The registers: systems that get a query of their own service instead of the case."""


@dataclass(frozen=True)
class StepContext:
    """The input of a step: the ``answer`` where the step asks for one. Each side adds the acting person and
    further data.
    """

    answer: str | None = None


SessionT = TypeVar("SessionT", bound=CaseSession[Any])
ContextT = TypeVar("ContextT", bound=StepContext)


@dataclass(frozen=True)
class StepRunner(Generic[SessionT, ContextT]):
    """The table of one side.

    ``operations`` are called before the messages of a step are composed; a step without an operation in the table
    is only noted. ``automatic_answers`` give the answer of an automatic step, None while the answer is unknown.
    ``payloads`` compose the message of a step, ``query_register`` sends a query of a step to a register.
    """

    operations: Mapping[StepOperation, Callable[[SessionT, ProcessNode, ContextT], None]]
    automatic_answers: Mapping[StepOperation, Callable[[SessionT, ProcessNode], str | None]]
    payloads: Mapping[MessageType, Callable[[SessionT, ProcessNode, ContextT], MessageContract]]
    query_register: Callable[[SessionT, ProcessNode, System], None]

    def take_step(self, session: SessionT, node_id: str, context: ContextT) -> ProcessNode:
        """Take one step and send its messages; raises as ``ProcessState.check_step`` does."""
        node = session.process_state.check_step(node_id, context.answer)
        operation = None if node.op is None else self.operations.get(node.op)
        if operation is not None:
            operation(session, node, context)
        session.show_step(node)
        session.mark_done(node_id, session.uow.now, context.answer)
        for message_rule in session.process_state.messages_sent_by(node_id):
            self._post_messages(session, node, message_rule, context)
        return node

    def run_automatic(self, session: SessionT, context: ContextT) -> None:
        """Take the automatic steps that this system holds, as far as possible, each with an answer of its own."""
        while self._take_next(session, context):
            pass

    def _take_next(self, session: SessionT, context: ContextT) -> bool:
        for node in session.available_steps():
            if node.is_automatic:
                answer = self._automatic_answer(session, node) if node.chooses else None
                if answer is not None or not node.chooses:
                    self.take_step(session, node.id, replace(context, answer=answer))
                    return True
        return False

    def _automatic_answer(self, session: SessionT, node: ProcessNode) -> str | None:
        decide_answer = None if node.op is None else self.automatic_answers.get(node.op)
        return None if decide_answer is None else decide_answer(session, node)

    def _post_messages(
        self, session: SessionT, node: ProcessNode, message_rule: MessageRule, context: ContextT
    ) -> None:
        for register in REGISTERS.intersection(message_rule.to):
            self.query_register(session, node, register)
        if REGISTERS.issuperset(message_rule.to):
            return
        kind = MessageType(message_rule.kind)
        session.send_message(node, kind, self.payloads[kind](session, node, context))
