"""A case as a timeline: rows are systems, spans are steps, the act's limit is an outline, lateness stands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.shep_gateway.console.case_spans import CaseSpan, group_by_system

LEFT, WIDTH, ROW, TOP = 190, 1180, 44, 44
NARROWEST = 5.0
"""The width of a step that took no time."""
MOST_MARKS = 6


@dataclass(frozen=True)
class SpanBar:
    """One step: its bar, and from its beginning the outline of the act's limit (width 0 without one).

    ``late_x`` and ``late_width`` are the part after the limit. ``number`` is its place in the list below.
    """

    number: int
    x: float
    y: float
    width: float
    limit_width: float
    late_x: float
    late_width: float
    is_late: bool
    is_waiting: bool


@dataclass(frozen=True)
class TimelineRow:
    """The row of a system, and its bars."""

    system: str
    y: float
    bars: Sequence[SpanBar]


@dataclass(frozen=True)
class TimeMark:
    """A moment on the axis."""

    x: float
    at: datetime


@dataclass(frozen=True)
class CaseTimeline:
    """The drawing in units of its view box; ``now_x`` is None for a case that has ended."""

    width: int
    height: int
    left_edge: int
    bar_height: int
    rows: Sequence[TimelineRow]
    marks: Sequence[TimeMark]
    now_x: float | None


def draw_timeline(spans: Sequence[CaseSpan], now: datetime) -> CaseTimeline:
    """The drawing of a case's spans: time runs to the right, from the first step to now or to the last limit.

    Steps that follow one another within seconds stand in the order of their ends, each with a visible width.
    """
    is_open = any(span.end is None for span in spans)
    begin = min((span.begin for span in spans), default=now)
    end = max([span.end or now for span in spans] + [now] * is_open, default=now)
    reach = _reach(spans, begin, end, now)
    scale = _Scale(begin, max(reach, begin + timedelta(seconds=1)))
    numbers = {id(span): number for number, span in enumerate(spans, 1)}
    rows = []
    for place, (system, own) in enumerate(group_by_system(spans).items()):
        y = TOP + ROW * place
        bars = [_draw_bar(span, numbers[id(span)], y, scale, now) for span in own]
        rows.append(TimelineRow(system, y, _spread(bars)))
    marks = [TimeMark(scale.x_of(at), at) for at in _mark_times(begin, reach)]
    height = TOP + ROW * len(rows) + 16
    return CaseTimeline(WIDTH, height, LEFT, ROW - 18, rows, marks, scale.x_of(now) if is_open else None)


@dataclass(frozen=True)
class _Scale:
    begin: datetime
    end: datetime

    def x_of(self, at: datetime) -> float:
        share = (at - self.begin) / (self.end - self.begin)
        return round(LEFT + (WIDTH - LEFT - 24) * min(max(share, 0.0), 1.0), 1)


def _reach(spans: Sequence[CaseSpan], begin: datetime, end: datetime, now: datetime) -> datetime:
    """How far the axis goes: a limit far beyond what happened would press everything else into a line."""
    limits = [span.due for span in spans if span.due is not None and (span.end is None or span.is_late(now))]
    farthest = begin + max((end - begin) * 2, timedelta(minutes=1))
    return max([end, *(min(due, farthest) for due in limits)])


def _draw_bar(span: CaseSpan, number: int, y: float, scale: _Scale, now: datetime) -> SpanBar:
    x, end_x = scale.x_of(span.begin), scale.x_of(span.end or now)
    width = max(end_x - x, NARROWEST)
    due_x = scale.x_of(span.due) if span.due is not None else None
    is_late = span.is_late(now)
    late_x = max(due_x, x) if is_late and due_x is not None else 0.0
    return SpanBar(
        number,
        x,
        y + 9,
        round(width, 1),
        round(max((due_x or x) - x, 0.0), 1),
        late_x,
        round(max(x + width - late_x, NARROWEST), 1) if is_late else 0.0,
        is_late,
        span.end is None,
    )


def _spread(bars: Sequence[SpanBar]) -> list[SpanBar]:
    return sorted(bars, key=lambda bar: (bar.x, bar.number))


def _mark_times(begin: datetime, end: datetime) -> list[datetime]:
    """Round moments between the ends, a few of them."""
    span = (end - begin).total_seconds()
    steps = (1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400)
    step = next((seconds for seconds in steps if span / seconds <= MOST_MARKS), steps[-1])
    first = begin + timedelta(seconds=step - begin.timestamp() % step)
    marks = (first + timedelta(seconds=step * number) for number in range(2 * MOST_MARKS))
    return [mark for mark in marks if mark <= end]
