"""The errors that endpoints about cases share, for their declarations."""

from __future__ import annotations

from shared.bus.errors import Conflict, Malformed, NotFound, Refused, Unavailable

OWN_CASE = (NotFound("case-unknown"), Refused("other-authority"))
"""No such case, or a case of another authority."""
STEP = (
    NotFound("step-not-found"),
    Refused("not-here"),
    Refused("role-refused"),
    Conflict("step-already-done"),
    Conflict("step-out-of-order"),
    Malformed("message-too-large"),
    Unavailable("directory-unavailable"),
)
"""Taking a step, whatever the step is."""
OUTPUT = (
    NotFound("no-application"),
    NotFound("no-draft"),
    Refused("other-document"),
    Refused("signer-missing"),
)
"""Signing an output document."""
