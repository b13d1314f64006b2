"""Notices for the board, from the bus."""

from __future__ import annotations

from dataclasses import replace

from services.is_con.domain import shown_by
from services.is_con.storage import BOARD, BoardCase
from shared.bus.router import Router
from shared.bus.work import Received, Work
from shared.contracts import addresses
from shared.contracts.carried import carried_at
from shared.contracts.cases import Notice, StatusChanged
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
    board = work.rows(BOARD)
    row = board.get(case) or _new(case, notice, work)
    track = Track(procedure, row.steps)
    track.learn(notice.steps)
    track.learn_route(notice.step, carried_at(received, work), addresses.GATEWAY)
    n = shown_by(procedure, notice.step)
    track.take(n, work.now, addresses.CON)
    status = procedure.step(n).performs.status or notice.status
    number = notice.number or row.number
    board.put(replace(row, status=status, number=number, changed_at=work.now, steps=track.text))
    work.changed(f"case:{case}")


def _new(case: str, notice: Notice | StatusChanged, work: Work) -> BoardCase:
    return BoardCase(
        correlation_id=case,
        regulation=notice.regulation,
        channel=notice.channel,
        authority=notice.authority,
        number=None,
        status="",
        created_at=work.now,
        changed_at=work.now,
        steps="[]",
    )
