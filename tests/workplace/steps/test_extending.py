"""A deadline is extended where the act allows it: once, with a reason, and the citizen's side is notified."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.bus.errors import Conflict, Malformed, Refused
from shared.contracts.cases import StatusChanged
from shared.workplace.steps.extensions import ExtensionRequest, extend_waiting_step
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

REASON = "запрошены сведения"
LATER = timedelta(days=60)


@pytest.fixture
def mio(open_workplace: OpenWorkplace) -> Workplace:
    """KZ-YUZ.4: the act mentions an extended term of t5 (прил. 6), without a reason and without a length."""
    return open_workplace("is_mio", "KZ-YUZ.4")


def extend(desk: Workplace, case: str, **changes: Any) -> None:
    fields: dict[str, Any] = {"extension": "term", "reason": REASON, "until": desk.now + LATER, **changes}
    request = ExtensionRequest(**fields)
    worker = desk.employee_for(case, "t5")
    desk.work_on(case, lambda session: extend_waiting_step(session, worker, request))


def accepted(desk: Workplace) -> str:
    """A case that waits to be decided (t5)."""
    case = desk.receive("portal")
    desk.act(case, "t4")
    return case


def test_extended_deadline_holds_and_the_citizen_is_told(mio: Workplace) -> None:
    case = accepted(mio)
    old = mio.case(case).due_at
    extend(mio, case)
    (record,) = mio.case(case).extensions
    assert (record.step, record.old, record.reason, record.by) == (
        "t5",
        old,
        REASON,
        mio.employee_for(case, "t5").iin,
    )
    assert mio.case(case).due_at == record.due
    update = mio.last(StatusChanged)
    assert (update.step, update.until, update.text) == ("t5", record.due, REASON)
    assert mio.kinds(case)[-1] == "UPDATE t5"


def test_deadline_is_extended_once(mio: Workplace) -> None:
    case = accepted(mio)
    extend(mio, case)
    with pytest.raises(Conflict) as caught:
        extend(mio, case)
    assert caught.value.code == "extension-given"


def test_extension_waits_for_the_step_whose_deadline_it_extends(mio: Workplace) -> None:
    case = mio.receive("portal")
    with pytest.raises(Conflict) as caught:
        extend(mio, case)
    assert caught.value.code == "extension-not-now"


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"extension": "another"}, Refused, "extension-not-given"),
        ({"reason": " "}, Malformed, "reason-missing"),
        ({"until": None}, Malformed, "extension-unmeasured"),
        ({"until": datetime.fromisoformat("2026-03-03T12:00:00+05:00")}, Refused, "extension-backwards"),
    ],
)
def test_extension_that_the_act_does_not_give_changes_nothing(
    mio: Workplace, changes: dict[str, Any], kind: type[Exception], code: str
) -> None:
    case = accepted(mio)
    before = mio.case(case)
    with pytest.raises((Refused, Malformed)) as caught:
        extend(mio, case, **changes)
    assert caught.value.code == code
    assert mio.case(case) == before


FACTS = {"KZ-AKM.15": "2026-04-03T18:30:00+05:00", "KZ-ATY.11": "2026-04-02T18:30:00+05:00"}
"""By hand: 20 and 19 working days after Monday 2 March 2026, without 9 March and 23 to 25 March (days off)."""


@pytest.mark.parametrize("regulation", FACTS)
def test_limit_that_hangs_on_missing_papers_holds_when_the_executor_states_them(
    open_workplace: OpenWorkplace, regulation: str
) -> None:
    mio = open_workplace("is_mio", regulation)
    case = mio.take_in("provider")
    for step in ("p1", "p2"):
        if step in mio.todo(case):
            mio.act(case, step)
    request = ExtensionRequest("papers-missing", REASON)
    executor = mio.employee_for(case, "p3")
    mio.work_on(case, lambda session: extend_waiting_step(session, executor, request))
    assert mio.case(case).due_at == datetime.fromisoformat(FACTS[regulation])


def test_extension_that_the_provider_tells_shows_at_the_centre(open_workplace: OpenWorkplace) -> None:
    """ИС ЦОН only gets a notice: the sender, and the new deadline."""
    con = open_workplace("is_con", "KZ-AKM.2")
    case = con.take_in("con")
    con.act(case, "w3")
    con.act(case, "w4")
    until = con.now + LATER
    update = StatusChanged(**con.common(case, "p1"), authority="a", until=until, text=REASON)
    con.hear(case, update, "p1")
    (record,) = con.case(case).extensions
    assert (record.step, record.old, record.due, record.reason, record.by) == ("p1", None, until, REASON, "is_mio")
