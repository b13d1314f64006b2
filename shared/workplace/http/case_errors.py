"""The errors that endpoints about cases share, for them to declare."""

from __future__ import annotations

from shared.bus.errors import Conflict, Malformed, NotFound, Refused, Unavailable

OWN_CASE = (NotFound("case-unknown"), Refused("other-authority"))
"""There is no such case, or it is another authority's."""
STEP = (
    NotFound("step-not-found"),
    Refused("not-here"),
    Refused("role-refused"),
    Conflict("step-already-done"),
    Conflict("step-out-of-order"),
    Malformed("message-too-large"),
    Unavailable("directory-unavailable"),
)
"""A step is taken, whatever the step is."""
OUTPUT = (
    NotFound("no-application"),
    NotFound("no-draft"),
    Refused("other-document"),
    Refused("signer-missing"),
)
"""An output document is signed."""
