"""The document that waits for a signature, for the pages that may show it to this visitor."""

from __future__ import annotations

from services.portal_pep.signing import signing_requests
from services.portal_pep.signing.signing_requests import SigningPurpose, SigningRequestRow
from services.portal_pep.submission import CabinetVisitor
from shared.bus.errors import NotFound, Untrusted
from shared.bus.runtime.service_runtime import Runtime

OF_A_CITIZEN = frozenset({SigningPurpose.APPLICATION.value, SigningPurpose.SUPPLEMENT.value})
"""What only the logged-in citizen signs; the rest proves who comes in."""


async def open_request(runtime: Runtime, request_id: str, citizen: CabinetVisitor | None) -> SigningRequestRow:
    """What waits for a signature; of a citizen's case for this citizen only: Untrusted ``login-needed``, NotFound
    ``signing-unknown``.
    """
    row = await runtime.read(
        lambda session: signing_requests.get_request(session, request_id, runtime.machine_now)
    )
    if row.purpose in OF_A_CITIZEN and citizen is None:
        raise Untrusted("login-needed", "log in first")
    if row.purpose in OF_A_CITIZEN and citizen is not None and citizen.iin != row.iin:
        raise NotFound("signing-unknown", "nothing waits for a signature here")
    return row
