"""The public form of a passport: the answer of ШЭП on ``/api/v1/regulations``.

Field names and nesting are fixed, because other tools compare them. The form holds JSON values only and leaves out
our bindings (``performs``), sources and directories.
"""

from __future__ import annotations

from typing import Any

from shared.regulations.model import ChannelStep, Deadline, Passport, ProcedureStep, ProcedureVariant, TableStep
from shared.regulations.translations import kazakh_title


def public_form(passport: Passport) -> dict[str, Any]:
    """The passport as ШЭП publishes it: a new dictionary of JSON values."""
    return {
        "id": passport.id,
        "region": passport.region,
        "annex": passport.annex,
        "service_type": passport.service_type,
        "title": {"ru": passport.title.ru, "kk": kazakh_title(passport).text},
        "provider": passport.provider,
        "channels": {"accept": list(passport.channels.accept), "issue": list(passport.channels.issue)},
        "procedures": [_variant_form(variant) for variant in passport.procedures],
        "channel_steps": {
            channel: [_channel_step_form(step) for step in steps]
            for channel, steps in passport.channel_steps.channel_values()
        },
        "step_tables": {
            channel: [_table_step_form(row) for row in table.rows]
            for channel, table in passport.step_tables.channel_values()
        },
        "flk": [rule.model_dump(include={"field", "mandatory", "size", "format"}) for rule in passport.flk],
        "statuses": [
            status.model_dump(include={"status", "shown_in", "table", "step"}) for status in passport.statuses
        ],
        "systems": [system.name for system in passport.systems],
        "contradictions": [item.text for item in passport.contradictions],
    }


def _variant_form(variant: ProcedureVariant) -> dict[str, Any]:
    return {"variant": variant.variant, "steps": [_procedure_step_form(step) for step in variant.steps]}


def _procedure_step_form(step: ProcedureStep) -> dict[str, Any]:
    return {
        "n": step.n,
        "actor": step.actor,
        "action": step.action,
        "deadline": _deadline_form(step.deadline),
        "next": list(step.next),
    }


def _channel_step_form(step: ChannelStep) -> dict[str, Any]:
    return {
        "label": step.label,
        "by": step.by,
        "action": step.action,
        "systems": list(step.systems),
        "refusal": step.refusal,
        "deadline": _deadline_form(step.deadline),
    }


def _table_step_form(row: TableStep) -> dict[str, Any]:
    return {
        "n": row.n,
        "unit": row.unit,
        "action": row.action,
        "completion": row.completion,
        "deadline": _deadline_form(row.deadline),
        "next": list(row.next),
    }


def _deadline_form(deadline: Deadline | None) -> dict[str, Any] | None:
    return None if deadline is None else deadline.model_dump(include={"text", "amount", "unit", "upper"})
