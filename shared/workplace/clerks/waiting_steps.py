"""A step that waits for people: since when, and what a rule of the sandbox sees of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from shared.regulations.deadlines import step_began_at
from shared.regulations.process.graph import ProcessNode
from shared.sandbox.matching import ExchangeFacts
from shared.sandbox.rules import StepStage
from shared.workplace.clerks.choices import find_deciding_step
from shared.workplace.steps.case_session import WorkplaceCaseSession


def facts_of_step(case_session: WorkplaceCaseSession, node: ProcessNode) -> ExchangeFacts:
    """What a rule looks at in a step that waits."""
    case = case_session.case
    is_deciding = node.id == find_deciding_step(case_session)
    stages: Iterable[tuple[bool, str]] = (
        (is_deciding, StepStage.DECISION),
        (node.wait is not None, StepStage.WAIT),
    )
    return ExchangeFacts(
        service=case.service_type,
        regulation=case.regulation,
        region=case.region,
        step=node.id,
        case_id=case.case_id,
        iin=case.applicant,
        channel=case.channel,
        variant=case.variant,
        op=node.op,
        stages=frozenset(stage for holds, stage in stages if holds),
        offers=frozenset(node.chooses),
    )


def waiting_since(case_session: WorkplaceCaseSession, node: ProcessNode) -> datetime:
    """When the step began to wait: with the last step before it, or for a first step with the case."""
    times = {
        node_id: at
        for node_id in case_session.process_state.answers
        if (at := case_session.process_state.done_at(node_id)) is not None
    }
    return step_began_at(case_session.graph, node, times) or case_session.case.received_at
