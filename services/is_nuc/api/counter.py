"""The counter at which people get certificates: open to every caller in the sandbox, else for the operator."""

from __future__ import annotations

from fastapi import Depends, Request

from services.is_nuc.settings import NucSettings
from shared.bus.errors import Refused, Throttled, Untrusted
from shared.bus.http.endpoints import BearerToken, ServiceRuntime, require_operator
from shared.bus.http.problems import answers_errors
from shared.bus.http.requests.callers import CallerAddress


@answers_errors(Refused("counter-closed"), Untrusted("operator-only"), Throttled("too-many-attempts"))
async def require_counter(
    request: Request, runtime: ServiceRuntime, token: BearerToken, address: CallerAddress
) -> None:
    """Require an open counter, or the operator's token; ``counter-closed``, ``operator-only``,
    ``too-many-attempts``.
    """
    if runtime.resource(NucSettings).issues_to_people:
        return
    if not token:
        raise Refused("counter-closed", "certificates of people are not issued here")
    await require_operator(request, token, address)


AtCounter = Depends(require_counter)
