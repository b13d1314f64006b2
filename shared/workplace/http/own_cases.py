"""The cases of an employee's own place: finding a case, and acting on a case."""

from __future__ import annotations

from collections.abc import Callable

from shared.bus.errors import Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.workplace.clerks.settlement import settle_case
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.records import storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession

CMS = "application/pkcs7-mime"
"""The media type of a signed document."""


async def find_own_case(case: str, me: EmployeeRow, runtime: ServiceRuntime) -> WorkplaceCase:
    """A case of the employee's own place, by number or id; ``case-unknown``, ``other-authority``."""
    row = await runtime.read(lambda session: storage.get_case(session, case))
    if row.place != me.authority:
        raise Refused("other-authority", "the case belongs to another authority")
    return row


async def act_on_case(
    case: str,
    me: EmployeeRow,
    runtime: ServiceRuntime,
    does: Callable[[WorkplaceCaseSession], object],
    *,
    goes_on: bool = True,
) -> WorkplaceCaseView:
    """Call ``does`` with a case of the employee's own place; ``case-unknown``, ``other-authority``.

    With ``goes_on`` the clerks of the case then take the steps that follow.
    """

    def perform_steps(uow: UnitOfWork) -> WorkplaceCaseView:
        case_session = WorkplaceCaseSession.load(uow, storage.get_case(uow.session, case).case_id)
        case_session.check_place(me)
        does(case_session)
        if goes_on:
            settle_case(case_session)
        case_session.save()
        return WorkplaceCaseView.from_case(case_session.case, uow.session, uow.now)

    return await runtime.write(perform_steps)
