"""The rules of the clerks over HTTP, for the operator of the workplace."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from shared.bus.errors import Refused
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.profiles import ActiveProfile, Opening
from shared.workplace.clerks.clerk_office import ClerkOffice
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import ClerkRule, ClerkRules, WrittenRules

MOST_RULES_BYTES = 1024 * 1024
"""The limit of a request with rules, in bytes."""

router = APIRouter(prefix="/api/v1/clerks", tags=["clerks"], dependencies=[OperatorOnly])


class ClerkRulesRequest(RequestModel):
    """All rules from now on; earlier rules end."""

    rules: WrittenRules


class ClerkRulesView(BaseModel):
    """The rules; ``otherwise`` applies where no rule does (EGOV_CLERKS)."""

    otherwise: ClerkPolicy
    rules: tuple[ClerkRule, ...]
    version: int

    @classmethod
    def from_rules(cls, rules: ClerkRules) -> ClerkRulesView:
        return cls(otherwise=rules.otherwise.policy, rules=rules.rules, version=rules.version)


@router.get("", response_model_exclude_defaults=True)
async def show_clerk_rules(runtime: ServiceRuntime) -> ClerkRulesView:
    """The rules of the clerks."""
    await runtime.resource(ClerkOffice).refresh_rules(runtime)
    return ClerkRulesView.from_rules(runtime.resource(ClerkOffice).rules)


@router.put(
    "",
    response_model_exclude_defaults=True,
    responses=declare_errors(
        not_found="channel-not-found clerks-region-unknown clerks-service-unknown regulation-unknown "
        "step-not-found variant-not-found",
        refused="clerks-closed",
        conflict="clerks-rule-twice",
        malformed="answer-needed clerks-line-contradicts reason-missing",
    ),
)
@accepts_body(MOST_RULES_BYTES)
async def replace_clerk_rules(request: ClerkRulesRequest, runtime: ServiceRuntime) -> ClerkRulesView:
    """Set other rules, also for cases that already wait.

    ``clerks-service-unknown``, ``clerks-region-unknown``, ``clerks-rule-twice``, ``clerks-line-contradicts``,
    ``regulation-unknown``, ``step-not-found``, ``reason-missing``, ``answer-needed``; ``clerks-closed`` in
    production.
    """
    if not runtime.resource(ActiveProfile).opens(Opening.CLERKS):
        raise Refused("clerks-closed", "people take the steps here")
    return ClerkRulesView.from_rules(await runtime.resource(ClerkOffice).replace_rules(runtime, request.rules))
