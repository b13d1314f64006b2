"""Who comes to the doors of the sandbox: its operator, and in production nobody."""

from __future__ import annotations

from fastapi import Depends

from services.shep_gateway.sandbox.rule_keeping import opens_rules
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import answers_errors


@answers_errors(NotFound("not-found"))
async def require_sandbox(runtime: ServiceRuntime) -> None:
    """NotFound ``not-found`` in production, as for every path that leads nowhere."""
    if not opens_rules(runtime):
        raise NotFound("not-found", "only in the sandbox")


SandboxOnly = Depends(require_sandbox)
