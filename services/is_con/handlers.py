"""Notices for the board, from the bus."""

from __future__ import annotations

from datetime import datetime

from services.is_con.domain import shown_by
from services.is_con.storage import TRACK, BoardRow
from shared.bus.router import Router
from shared.bus.work import Received, Work
from shared.contracts import addresses
from shared.contracts.cases import Notice, StatusChanged, StepDone
from shared.regulations.book import PassportBook
from shared.regulations.track import Track

router = Router()


@router.on(Notice)
def note(notice: Notice, received: Received, work: Work) -> None:
    """A notice of the portal or the authority: show its status."""
    show(notice, received, work)


@router.on(StatusChanged)
def change(change: StatusChanged, received: Received, work: Work) -> None:
    """A change of status that the provider announced to everyone."""
    show(change, received, work)


def show(notice: Notice | StatusChanged, received: Received, work: Work) -> None:
    """Do the act's step «отображение статуса»; the status shown is the one the step names."""
    case = received.info.correlation_id
    procedure = work.use(PassportBook).procedure(notice.regulation, notice.channel)
    row = work.session.get(BoardRow, case)
    track = Track(work.session, TRACK, procedure, case, is_new=row is None)
    track.learn(notice.steps)
    if (route := procedure.route_after(notice.step)) is not None:
        track.learn([StepDone(n=route, at=_carried_at(received, work), by=addresses.GATEWAY)])
    n = shown_by(procedure, notice.step)
    track.take(n, work.now, addresses.CON)
    track.save()
    if row is None:
        row = BoardRow(
            correlation_id=case,
            regulation=notice.regulation,
            channel=notice.channel,
            authority=notice.authority,
            status="",
            created_at=work.now,
            changed_at=work.now,
        )
        work.session.add(row)
    row.status = procedure.step(n).performs.status or notice.status
    row.number = notice.number or row.number
    row.changed_at = work.now
    work.changed(f"case:{case}")


def _carried_at(received: Received, work: Work) -> datetime:
    at = received.hop.get("at")
    return datetime.fromisoformat(at) if isinstance(at, str) else work.now
