"""Deadlines at every workplace, and the statistics of the journal as four tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from services.shep_gateway.console.country_systems import CountrySystems
from services.shep_gateway.console.journal_tally import SUBJECTS, TallyLine, read_tables
from services.shep_gateway.pages.console.site import SITE, OperatorPage
from services.shep_gateway.pages.console.views.titles import region_word, short_title, title_service
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.contracts import addresses
from shared.contracts.local_time import local_day
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page

router = PageRouter(SITE)

WORKPLACES = ("is_mio", "arm_rshep", "arm_shep", "is_esobes", "is_rynok_truda", "gbd_elicense", "is_con")
PERIODS: Mapping[str, int | None] = {"day": 0, "week": 6, "month": 29, "all": None}
MOST_LINES = 60


@dataclass
class WaitingSum:
    """The waiting and late cases of one subject."""

    waiting: int = 0
    due_soon: int = 0
    late: int = 0


@router.get("/console/deadlines")
async def show_deadlines(request: Request, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """What waits at the workplaces, the latest first; and what waits for the applicant."""
    groups, silent = await _ask_workplaces(runtime)
    is_late = request.query_params.get("late") == "yes"
    shown_groups = [group for group in groups if group["late"]] if is_late else groups
    shown_groups.sort(key=lambda group: (-(group["worst_late"] or 0), -group["due_soon"], -group["waiting"]))
    rows = [_describe_group(page, group, runtime) for group in shown_groups]
    return page.show(
        "deadlines.html",
        ours=[row for row in rows if not row["is_applicants"]],
        applicants=[row for row in rows if row["is_applicants"]],
        is_late=is_late,
        now=runtime.now,
        totals={name: sum(group[name] for group in groups) for name in ("waiting", "due_soon", "late")},
        silent=[short_title(page, name) for name in silent],
    )


@router.get("/console/statistics")
async def show_statistics(request: Request, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """Four tables: by system, service, region and step."""
    period = request.query_params.get("period", "")
    period = period if period in PERIODS else "month"
    days = PERIODS[period]
    since = None if days is None else local_day(runtime.now) - timedelta(days=days)
    tables = await runtime.read(lambda session: read_tables(session, since))
    groups, silent = await _ask_workplaces(runtime)
    return page.show(
        "statistics.html",
        period=period,
        periods=[
            (page.address("console/statistics", period=name), page.say(f"period-{name}"), name == period)
            for name in PERIODS
        ],
        tables=[
            (subject, _describe_lines(page, subject, tables[subject], _sum_groups(subject, groups), runtime))
            for subject in SUBJECTS
        ],
        silent=[short_title(page, name) for name in silent],
    )


async def _ask_workplaces(runtime: ServiceRuntime) -> tuple[list[dict[str, Any]], list[str]]:
    """The groups of waiting cases of all workplaces, and the workplaces that told nothing."""
    country = runtime.resource(CountrySystems)
    names = [name for name in WORKPLACES if name in country.places]
    answers = await country.ask_all(names, "/api/v1/deadlines")
    groups = [group for answer in answers.values() if isinstance(answer, dict) for group in answer["groups"]]
    return groups, [name for name, answer in answers.items() if isinstance(answer, BusError)]


def _describe_group(page: Page, group: Mapping[str, Any], runtime: ServiceRuntime) -> dict[str, Any]:
    return {
        "is_applicants": group["is_applicants"],
        "region": region_word(page, group["region"]),
        "system": short_title(page, group["system"]),
        "service": title_service(page, group["service"], group["region"], runtime),
        "action": text_in(page.tag, group["action"]),
        "step": group["step"],
        "waiting": group["waiting"],
        "due_soon": group["due_soon"],
        "late": group["late"],
        "worst": group["worst_late"],
        "tone": "bad" if group["late"] else "doubtful" if group["due_soon"] else "",
    }


def _sum_groups(subject: str, groups: Iterable[Mapping[str, Any]]) -> dict[str, WaitingSum]:
    sums: dict[str, WaitingSum] = {}
    for group in groups:
        name = {
            "system": group["system"],
            "service": group["service"],
            "region": group["region"],
            "step": f"{group['service']} {group['region']} {group['channel']} {_place(group)}",
        }[subject]
        line = sums.setdefault(name, WaitingSum())
        line.waiting += group["waiting"]
        line.due_soon += group["due_soon"]
        line.late += group["late"]
    return sums


def _place(group: Mapping[str, Any]) -> str:
    return group["step"] if group["variant"] == "main" else f"{group['variant']}/{group['step']}"


def _describe_lines(
    page: Page, subject: str, lines: list[TallyLine], sums: dict[str, WaitingSum], runtime: ServiceRuntime
) -> list[dict[str, Any]]:
    """The lines of a table: those of the journal, and those where something waits and no message came yet."""
    line_by_name = {line.name: line for line in lines}
    names = sorted(
        {*line_by_name, *sums},
        key=lambda name: (-_late(sums, name), -(line_by_name[name].total if name in line_by_name else 0), name),
    )
    return [
        {
            "title": _title_line(page, subject, name, runtime),
            "passed": line_by_name[name].counts.get("ACCEPTED", 0) if name in line_by_name else 0,
            "refused": sum(line_by_name[name].counts.get(event, 0) for event in ("REFUSED", "REPLAYED"))
            if name in line_by_name
            else 0,
            "undelivered": line_by_name[name].counts.get("UNDELIVERED", 0) if name in line_by_name else 0,
            "waiting": sums[name].waiting if name in sums else 0,
            "due_soon": sums[name].due_soon if name in sums else 0,
            "late": _late(sums, name),
        }
        for name in names[:MOST_LINES]
    ]


def _late(sums: Mapping[str, WaitingSum], name: str) -> int:
    return sums[name].late if name in sums else 0


def _title_line(page: Page, subject: str, name: str, runtime: ServiceRuntime) -> str:
    if subject == "system":
        return short_title(page, name)
    if subject == "region":
        return region_word(page, name) if name in addresses.REGIONS else page.say("whole-country")
    if subject == "service":
        return title_service(page, name, None, runtime)
    service, region, channel, place = name.split(" ", 3)
    words = [title_service(page, service, region, runtime), region_word(page, region)]
    if f"channel-{channel}" in page.site.pages.words:
        words.append(page.say(f"channel-{channel}"))
    return f"{' · '.join(words)} · {_title_step(page, service, region, channel, place, runtime)}"


def _title_step(page: Page, service: str, region: str, channel: str, place: str, runtime: ServiceRuntime) -> str:
    """What the act says of a step, with its place."""
    variant, _, step = place.rpartition("/")
    book = runtime.resource(PassportBook)
    for passport in book.passports:
        if (passport.service_type, passport.region) == (service, region):
            try:
                node = book.get_graph(passport.id, channel, variant or "main").get_node(step)
            except (BusError, KeyError):
                return place
            return f"{text_in(page.tag, node.action)} ({place})"
    return place
