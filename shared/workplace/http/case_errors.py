"""The errors that endpoints about cases share, for their declarations."""

from __future__ import annotations

from shared.bus.errors import Conflict, Malformed, NotFound, Refused, Unavailable

OWN_CASE = (NotFound("case-unknown"), Refused("other-authority"))
"""The errors of every endpoint with a case: an unknown case, or a case of another authority."""
STEP = (
    NotFound("step-not-found"),
    Refused("not-here"),
    Refused("role-refused"),
    Conflict("case-taken"),
    Conflict("step-already-done"),
    Conflict("step-out-of-order"),
    Malformed("message-too-large"),
    Unavailable("directory-unavailable"),
)
"""The errors of every endpoint that takes a step."""
OUTPUT = (
    NotFound("no-application"),
    NotFound("no-draft"),
    Refused("other-document"),
    Refused("own-signature-needed"),
    Refused("signer-missing"),
)
"""The errors of every endpoint that signs an output document."""
