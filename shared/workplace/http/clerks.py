"""The clerks' rules over HTTP, for the operator of the workplace."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.workplace.clerks.office import ClerkOffice
from shared.workplace.clerks.rules import Policy, Rule, Rules, Written

router = APIRouter(prefix="/api/v1/clerks", tags=["clerks"], dependencies=[OperatorOnly])


class ClerksIn(BaseModel):
    """All rules that shall hold from now on; none of those before."""

    model_config = ConfigDict(extra="forbid")

    rules: Written


class ClerksOut(BaseModel):
    """``otherwise`` holds where no rule does (EGOV_CLERKS)."""

    otherwise: Policy
    rules: tuple[Rule, ...]
    version: int

    @classmethod
    def of(cls, rules: Rules) -> ClerksOut:
        return cls(otherwise=rules.otherwise.policy, rules=rules.given, version=rules.version)


@router.get("", response_model_exclude_defaults=True)
async def clerks(bus: Bus) -> ClerksOut:
    """Who does the human steps here."""
    await bus.use(ClerkOffice).refresh(bus)
    return ClerksOut.of(bus.use(ClerkOffice).rules)


@router.put("", response_model_exclude_defaults=True)
async def change(given: ClerksIn, bus: Bus) -> ClerksOut:
    """Have other clerks, also for the cases that wait already. ``clerks-service-unknown``,
    ``clerks-region-unknown``, ``clerks-rule-twice``, ``clerks-line-contradicts``, ``regulation-unknown``,
    ``step-not-found``, ``reason-missing``, ``answer-needed``."""
    return ClerksOut.of(await bus.use(ClerkOffice).change(bus, given.rules))
