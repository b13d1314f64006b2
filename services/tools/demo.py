"""The demo: one citizen, one application, every step of the regulation as it happens."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from services.catalog import INSTANCES, Instance
from services.launcher import ports
from services.launcher.clock import Wanted
from services.launcher.country import Country
from services.launcher.gc_tuning import freeze_what_stays
from services.launcher.launch import POPULATION, until_signal
from services.launcher.settings import settings_for
from shared.client import ApiError, Operator, Portal, certify
from shared.contracts.addresses import REGIONS
from shared.contracts.cases import StepDone
from shared.contracts.population import Person, population
from shared.regulations.book import PassportBook
from shared.regulations.model import Passport
from shared.regulations.process.conformance import conformance
from shared.regulations.process.graph import Graph, Node
from shared.regulations.process.process_state import Course

SERVICE = "KZ-YUZ.3"
CHANNEL = "portal"
AUTHORITY = "kz-yuz.employment.15"
FORM = {"postal_index": "160000", "phone": "87252000000", "sik": "0000000000000000"}
PATIENCE = timedelta(seconds=60)
ITS_SYSTEMS = frozenset({"is_nuc", "portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con", "nr_iin"})
"""Whom the demo's application meets: they start first, the others once it is completed (decision 0021)."""

STEPS_KNOWN_BY = ("shep_gateway", "rshep_yuz", "is_mio", "is_con")
LOOK_SECONDS = 0.1
CLERKS = "instant"


@dataclass
class Story:
    """What is known of the case so far."""

    passport: Passport
    graph: Graph
    began: float
    stage: str = "starting the country"
    ready: list[str] = field(default_factory=list)
    steps: dict[tuple[str, int], StepDone] = field(default_factory=dict)
    application: dict[str, Any] | None = None
    token: str | None = None
    """Opens the citizen's cabinet: what the demo suggests at its end needs it."""
    output: dict[str, Any] | None = None
    completed_after: float | None = None

    @property
    def course(self) -> Course:
        """The case as all systems together know it."""
        return Course(self.graph, self.steps.values())

    @property
    def is_complete(self) -> bool:
        return self.course.end is not None

    def learn(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take over what a system tells; of several moments told of a step the earliest counts."""
        for row in rows:
            step = StepDone.model_validate({name: row.get(name) for name in StepDone.model_fields})
            known = self.steps.setdefault((step.step, step.lap), step)
            if step.at < known.at:
                self.steps[step.step, step.lap] = step

    def findings(self) -> list[str]:
        """Where the journal of the case and the passport disagree."""
        return [str(finding) for finding in conformance(self.graph, list(self.steps.values()))]


async def run(
    environment: Mapping[str, str],
    *,
    once: bool,
    as_json: bool,
    against: str | None,
    patience: timedelta = PATIENCE,
) -> int:
    """The whole demo; 0 when the application was completed within ``patience``, 1 when it was not."""
    book = PassportBook.load()
    story = Story(book.get(SERVICE), book.graph(SERVICE, CHANNEL), process_began())
    console = Console(stderr=as_json)
    async with AsyncExitStack() as stack:
        live = stack.enter_context(
            Live(console=console, refresh_per_second=5, get_renderable=lambda: _picture(story))
        )
        waits_for_people = not once and environment.get("EGOV_CLERKS") == "manual"
        start = Start.plan(environment) if against is None else None
        country = await _begin(start, story, stack) if start else None
        try:
            async with asyncio.timeout(None if waits_for_people else patience.total_seconds()):
                await _apply(environment, story, country, against)
        except TimeoutError:
            story.stage = "not completed in time"
        except ApiError as error:
            story.stage = f"refused: {error}"
        if start is not None and country is not None:
            await country.join(start.rest(), story.ready.append)
            freeze_what_stays()
        live.refresh()
        live.stop()
        is_done = story.application is not None and story.application["outcome"] is not None
        _conclude(console, story, as_json=as_json, keeps=not once and country is not None, country=country)
        if is_done and not once and country is not None:
            await until_signal()
    return 0 if is_done else 1


def process_began() -> float:
    """When this process started, imports and all, on the monotonic clock; now, where that is unknown."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.monotonic()


@dataclass
class Start:
    """Whom the demo starts at once, whom later, and the ports that it holds for these."""

    environment: Mapping[str, str]
    later: tuple[Instance, ...]
    held: list[socket.socket]

    @classmethod
    def plan(cls, environment: Mapping[str, str]) -> Start:
        """Where clerks take their time nobody knows how long the application waits: then nobody starts later."""
        is_instant = environment.get("EGOV_CLERKS", CLERKS) == CLERKS and not environment.get("EGOV_CLERKS_FILE")
        later = tuple(one for one in INSTANCES if is_instant and one.name not in ITS_SYSTEMS)
        if environment.get("EGOV_PORT_OFFSET"):
            return cls(environment, later, [])
        shift, held = ports.hold([one.port for one in later])
        return cls({**environment, "EGOV_PORT_OFFSET": str(shift)}, later, held)

    def first(self) -> Wanted:
        return self._settled(one for one in INSTANCES if one not in self.later)

    def rest(self) -> Wanted:
        """Whose ports are let go now, for them to take."""
        ports.close(self.held)
        return self._settled(self.later)

    def _settled(self, instances: Iterable[Instance]) -> Wanted:
        clerks = self.environment.get("EGOV_CLERKS", CLERKS)
        return [(one, settings_for(one, self.environment, is_alone=False, clerks=clerks)) for one in instances]


async def _begin(start: Start, story: Story, stack: AsyncExitStack) -> Country:
    stack.callback(ports.close, start.held)
    country = Country(start.first())
    stack.push_async_callback(country.stop)
    await country.start(story.ready.append)
    freeze_what_stays()
    return country


def applicant(seed: int, size: int, nth: int) -> Person:
    """A living person of the region whose ИИН ends in an even digit, so that the certificate is granted."""
    region = story_region()
    fits = (
        person
        for person in population(seed, size)
        if person.region == region and person.is_alive and int(person.iin[-1]) % 2 == 0
    )
    people = list(fits)
    return people[nth % len(people)]


def story_region() -> str:
    """The region of the demo's service."""
    return SERVICE.partition(".")[0]


async def _apply(
    environment: Mapping[str, str], story: Story, country: Country | None, against: str | None
) -> None:
    portal_url = against or (country.url("portal_pep") if country else "")
    nuc_url = country.url("is_nuc") if country else environment.get("EGOV_NUC_URL", "http://127.0.0.1:8007")
    # another person each time, so that a country that is kept can be shown again
    seed, size = (int(environment.get(f"EGOV_POPULATION_{name}", default)) for name, default in POPULATION)
    person = applicant(seed, size, time.time_ns() // 1_000_000)
    password = f"demo-{person.iin}"
    async with Portal(portal_url) as portal:
        story.stage = "the citizen gets a certificate and registers at the portal"
        who, _ = await asyncio.gather(
            certify(nuc_url, person.iin, person.surname, person.name, person.patronymic),
            _register(portal, person, password),
        )
        story.token = await portal.log_in(person.iin, password)
        story.stage = "the citizen fills in the form, signs it and submits it"
        fields = {**FORM, "iin": person.iin}
        story.application = await portal.apply(who, SERVICE, AUTHORITY, fields)
        story.stage = "the application is on its way"
        await _watch(story, portal, country)


async def _register(portal: Portal, person: Person, password: str) -> None:
    try:
        await portal.register(person.iin, password)
    except ApiError as error:
        if error.code != "already-registered":
            raise


async def _watch(story: Story, portal: Portal, country: Country | None) -> None:
    assert story.application is not None  # noqa: S101 - submitted just now
    case = story.application["id"]
    async with AsyncExitStack() as stack:
        operators = []
        for name in STEPS_KNOWN_BY if country else ():
            assert country is not None  # noqa: S101 - or there are no names
            operator = Operator(country.url(name), token=country.nodes[name].app.state.operator_token)
            operators.append(await stack.enter_async_context(operator))
        while not (story.completed_after and (story.is_complete or not operators)):
            story.application = await portal.application(case)
            told = await asyncio.gather(*(operator.steps(case) for operator in operators))
            for steps in (await portal.steps(case), *told):
                story.learn(steps)
            if story.application["outcome"] is not None and story.output is None:
                story.output = await portal.output(case)
                story.completed_after = time.monotonic() - story.began
            await asyncio.sleep(LOOK_SECONDS)
    story.stage = "completed"


def _data_dir(country: Country, name: str) -> Path:
    return country.nodes[name].settings.data_dir


def _picture(story: Story) -> RenderableType:
    table = Table(
        "№", "кто (по акту)", "действие", "срок", "время", "прошло", expand=True, title=_title(story), box=None
    )
    course = story.course
    current = course.allowed if story.application else ()
    first = course.at("t1") or min((step.at for step in story.steps.values()), default=None)
    shown = [node for node in story.graph.nodes if node.end is None and _is_shown(node, course)]
    for node in shown:
        at = course.at(node.id)
        mark = "[green]✓[/]" if at else "[yellow]▶[/]" if node.id in current else " "
        style = "" if at or node.id in current else "dim"
        passed = f"{(at - first).total_seconds() * 1000:.0f} ms" if at and first and at >= first else ""
        clock = at.strftime("%H:%M:%S.%f")[:-3] if at else ""
        status = f" [cyan]«{node.status}»[/]" if node.status and node.status not in node.action else ""
        deadline = node.deadline.text if node.deadline else ""
        table.add_row(
            f"{mark} {_number(node)}", node.actor, node.action + status, deadline, clock, passed, style=style
        )
    holders = dict.fromkeys(story.graph.node(one).holder for one in current if story.graph.node(one).end is None)
    head = Text.from_markup(
        f"[bold]{story.stage}[/]   systems ready: {len(story.ready)}/{len(INSTANCES)}"
        f"   held by: {', '.join(holders) or '—'}"
    )
    bar = ProgressBar(total=len(shown), completed=len(story.steps), width=60)
    return Group(head, bar, table)


def _is_shown(node: Node, course: Course) -> bool:
    """Refusals only when they happened."""
    return node.op != "refuse" or node.id in course.given


def _number(node: Node) -> str:
    """A step as the act calls it: its row, or its label."""
    return str(node.n) if node.told == "table" else node.label or node.id


def _title(story: Story) -> str:
    passport = story.passport
    number = (story.application or {}).get("number") or "—"
    status = (story.application or {}).get("status") or "—"
    region = REGIONS[passport.region]["ru"]
    return f"{passport.title.ru}, {region} ({passport.id})   заявление {number}   статус «{status}»"


def _conclude(console: Console, story: Story, *, as_json: bool, keeps: bool, country: Country | None) -> None:
    if as_json:
        print(json.dumps(_told(story), ensure_ascii=False))  # noqa: T201
        return
    if story.output is None:
        console.print(Panel(f"[red]{story.stage}[/]: no result"))
        return
    document, signer = story.output["document"], story.output["signer"]
    findings = story.findings() if story.is_complete else []
    lines = [
        f"[bold green]{document['text']}[/]",
        f"{document['authority']}, № {document['number']}",
        f"подписано ЭЦП: {signer['name']}, {signer['organisation']}",
        f"завершено за {story.completed_after:.1f} с от запуска; регламент: "
        + ("[green]выполнен без отклонений[/]" if story.is_complete and not findings else str(findings or "—")),
    ]
    console.print(Panel("\n".join(lines), title="выходной документ"))
    if keeps and country is not None:
        console.print(_next(country, story))


def _told(story: Story) -> dict[str, Any]:
    return {
        "application": story.application,
        "steps": [step.model_dump(mode="json") for step in story.course.steps],
        "output": story.output,
        "completed_after_seconds": story.completed_after,
        "systems": story.ready,
        "is_complete": story.is_complete,
        "conformance": story.findings() if story.is_complete else None,
    }


def _next(country: Country, story: Story) -> Panel:
    assert story.application is not None  # noqa: S101 - it has a result
    bearer = f"-H 'Authorization: Bearer {story.token}'"
    printed = f"{country.url('portal_pep')}/api/v1/applications/{story.application['id']}/output.pdf"
    portal, gateway = country.url("portal_pep"), country.url("shep_gateway")
    home = _data_dir(country, "portal_pep")
    return Panel(
        f"The country keeps running; Ctrl-C stops it. Try next:\n"
        f"  the result, printed     curl -o output.pdf {bearer} {printed}\n"
        f"                          (its QR leads to {portal}/check: anybody may check it)\n"
        f"  the portal's API        {portal}/docs\n"
        f"  a passport              curl {gateway}/api/v1/regulations/{SERVICE}\n"
        f'  the gateway\'s journal   curl -H "Authorization: Bearer $(cat {home}/shep_gateway/operator.token)"'
        f" {gateway}/api/v1/journal\n"
        f"  a clerk's workplace     {country.url('is_mio')}/docs  (EGOV_CLERKS=manual make demo)\n"
        f"  another application     EGOV_NUC_URL={country.url('is_nuc')} .venv/bin/python -m services demo"
        f" --once --against {portal}",
        title="what to try next",
    )
