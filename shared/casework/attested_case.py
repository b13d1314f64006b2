"""The case for which a system queries a register, attested by ШЭП."""

from __future__ import annotations

from shared.bus.errors import Malformed, Refused
from shared.bus.runtime.unit_of_work import ReceivedMessage
from shared.contracts.cases import CASE, REGULATION


def check_attested_case(case: str | None, regulation: str | None, received: ReceivedMessage) -> None:
    """Check that a question is asked for a case in which ШЭП attests the asker's part; ``case`` and
    ``regulation`` are those in the data of the question.

    Malformed ``case-missing``; Refused ``case-not-attested`` with the names of what ``differs``.
    """
    if case is None:
        raise Malformed("case-missing", "the question names no case")
    named = {
        "case": (case, received.hop.get(CASE)),
        "regulation": (regulation, received.info.find_property(REGULATION)),
    }
    if differing := [name for name, (left, right) in named.items() if left != right]:
        raise Refused("case-not-attested", "ШЭП attests no part in the case", differs=differing)
