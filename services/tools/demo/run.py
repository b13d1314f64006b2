"""The demo: one citizen, one application, every step of the regulation as it happens."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from services.catalog import INSTANCES, ServiceInstance
from services.launcher import ports
from services.launcher.clock import ConfiguredInstances
from services.launcher.country import Deployment
from services.launcher.gc_tuning import freeze_survivors
from services.launcher.launch import LaunchContext, until_signal
from services.launcher.settings import settings_for
from services.tools.demo import suggestions
from shared.client import ApiError, PortalClient, certify_person
from shared.contracts.addresses import region_name
from shared.contracts.cases import StepDone
from shared.contracts.population import SyntheticPerson, make_population
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.conformance import check_conformance
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.texts.catalog import texts_beside

SERVICE = "KZ-YUZ.3"
CHANNEL = "portal"
AUTHORITY = "kz-yuz.employment.15"
FORM = {"postal_index": "160000", "phone": "87252000000", "sik": "0000000000000000"}
FIRST_SYSTEMS = frozenset({"is_nuc", "portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con", "nr_iin"})
"""The systems that the demo's application passes: they start first, the others after its completion (decision
0021).
"""

STEP_SOURCES = ("shep_gateway", "rshep_yuz", "is_mio", "is_con")
POLL_SECONDS = 0.1
PICTURE_COLUMNS = 150
CLERKS = "instant"
TEXTS = texts_beside(__file__, languages=("ru",))


@dataclass
class DemoStory:
    """The state of the demo's case so far."""

    passport: Passport
    graph: ProcessGraph
    began: float
    stage: str = "starting the country"
    ready: list[str] = field(default_factory=list)
    steps: dict[tuple[str, int], StepDone] = field(default_factory=dict)
    application: dict[str, Any] | None = None
    token: str | None = None
    """The token of the citizen's session, for the commands that the demo suggests at its end."""
    output: dict[str, Any] | None = None
    completed_after: float | None = None
    first_call: str | None = None
    """The first call of a stranger's system, as one line of a shell."""

    @property
    def process_state(self) -> ProcessState:
        """The process state of the case, from the steps of all systems."""
        return ProcessState(self.graph, self.steps.values())

    @property
    def is_complete(self) -> bool:
        return self.process_state.end_node is not None

    def learn_steps(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add the steps that a system reports; of several moments of one step the earliest counts."""
        for row in rows:
            step = StepDone.model_validate({name: row.get(name) for name in StepDone.model_fields})
            earlier = self.steps.setdefault((step.step, step.lap), step)
            if step.at < earlier.at:
                self.steps[step.step, step.lap] = step

    def list_findings(self) -> list[str]:
        """The findings where the journal of the case and the passport disagree."""
        return [str(finding) for finding in check_conformance(self.graph, list(self.steps.values()))]


async def run_demo(
    environment: Mapping[str, str],
    *,
    once: bool,
    as_json: bool,
    against: str | None,
    patience: timedelta,
    picture: Path | None = None,
) -> int:
    """Run the whole demo; returns 0 when the application was completed within ``patience``, else 1.

    ``picture`` is the file that gets an SVG of the last picture.
    """
    book = PassportBook.load()
    story = DemoStory(book.get_passport(SERVICE), book.get_graph(SERVICE, CHANNEL), find_process_start())
    console = Console(stderr=as_json)
    async with AsyncExitStack() as stack:
        live = stack.enter_context(
            Live(console=console, refresh_per_second=5, get_renderable=lambda: _render_progress(story))
        )
        waits_for_people = not once and environment.get("EGOV_CLERKS") == "manual"
        start = DemoStart.plan_start(environment) if against is None else None
        deployment = await _start_deployment(start, story, stack) if start else None
        try:
            async with asyncio.timeout(None if waits_for_people else patience.total_seconds()):
                await _submit_application(environment, story, deployment, against)
        except TimeoutError:
            story.stage = "not completed in time"
        except ApiError as error:
            story.stage = f"refused: {error}"
        if start is not None and deployment is not None:
            await deployment.start_more(start.later_instances(), story.ready.append)
            freeze_survivors()
            if not once:
                story.first_call = await suggestions.invite_stranger(environment, deployment)
        live.refresh()
        live.stop()
        is_done = story.application is not None and story.application["outcome"] is not None
        _print_conclusion(
            console, story, as_json=as_json, keeps=not once and deployment is not None, deployment=deployment
        )
        if picture is not None:
            _save_picture(picture, story)
        if is_done and not once and deployment is not None:
            await until_signal()
    return 0 if is_done else 1


def find_process_start() -> float:
    """The start of this process on the monotonic clock, imports included; the current time where it is unknown."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.monotonic()


@dataclass
class DemoStart:
    """The start of the demo: the instances that start later, and the sockets that hold their ports."""

    environment: Mapping[str, str]
    later: tuple[ServiceInstance, ...]
    held_sockets: list[socket.socket]

    @classmethod
    def plan_start(cls, environment: Mapping[str, str]) -> DemoStart:
        """Plan the start; with clerks that take their time, all instances start at once, because the wait is
        unknown.
        """
        is_instant = environment.get("EGOV_CLERKS", CLERKS) == CLERKS and not environment.get("EGOV_CLERKS_FILE")
        later = tuple(instance for instance in INSTANCES if is_instant and instance.name not in FIRST_SYSTEMS)
        if environment.get("EGOV_PORT_OFFSET"):
            return cls(environment, later, [])
        shift, held_sockets = ports.hold_ports([instance.port for instance in later])
        return cls({**environment, "EGOV_PORT_OFFSET": str(shift)}, later, held_sockets)

    def first_instances(self) -> ConfiguredInstances:
        return self._configure_instances(instance for instance in INSTANCES if instance not in self.later)

    def later_instances(self) -> ConfiguredInstances:
        """The instances that start later; their ports are freed for them."""
        ports.close_sockets(self.held_sockets)
        return self._configure_instances(self.later)

    def _configure_instances(self, instances: Iterable[ServiceInstance]) -> ConfiguredInstances:
        clerks = self.environment.get("EGOV_CLERKS", CLERKS)
        return [
            (instance, settings_for(instance, self.environment, is_alone=False, clerks=clerks))
            for instance in instances
        ]


async def _start_deployment(start: DemoStart, story: DemoStory, stack: AsyncExitStack) -> Deployment:
    stack.callback(ports.close_sockets, start.held_sockets)
    deployment = Deployment(start.first_instances())
    stack.push_async_callback(deployment.stop)
    await deployment.start(story.ready.append)
    freeze_survivors()
    return deployment


def choose_applicant(seed: int, size: int, nth: int) -> SyntheticPerson:
    """A living person of the region whose ИИН ends in an even digit, so that the certificate is granted."""
    region = story_region()
    fits = (
        person
        for person in make_population(seed, size)
        if person.region == region and person.is_alive and int(person.iin[-1]) % 2 == 0
    )
    people = list(fits)
    return people[nth % len(people)]


def story_region() -> str:
    """The region of the demo's service."""
    return SERVICE.partition(".")[0]


async def _submit_application(
    environment: Mapping[str, str], story: DemoStory, deployment: Deployment | None, against: str | None
) -> None:
    portal_url = against or (deployment.instance_url("portal_pep") if deployment else "")
    launch = LaunchContext(environment)
    nuc_url = deployment.instance_url("is_nuc") if deployment else launch.nuc_url
    # another person each time, so that a kept deployment can be shown again
    person = choose_applicant(*launch.population_parameters, time.time_ns() // 1_000_000)
    password = f"demo-{person.iin}"
    async with PortalClient(portal_url) as portal:
        story.stage = "the citizen gets a certificate and registers at the portal"
        certified_citizen, _ = await asyncio.gather(
            certify_person(nuc_url, person.iin, person.surname, person.name, person.patronymic),
            _register_citizen(portal, person, password),
        )
        story.token = await portal.log_in(person.iin, password)
        story.stage = "the citizen fills in the form, signs it and submits it"
        fields = {**FORM, "iin": person.iin}
        story.application = await portal.apply_for_service(certified_citizen, SERVICE, AUTHORITY, fields)
        story.stage = "the application is on its way"
        await _follow_case(story, portal, deployment)


async def _register_citizen(portal: PortalClient, person: SyntheticPerson, password: str) -> None:
    try:
        await portal.register_citizen(person.iin, password)
    except ApiError as error:
        if error.code != "already-registered":
            raise


async def _follow_case(story: DemoStory, portal: PortalClient, deployment: Deployment | None) -> None:
    assert story.application is not None  # noqa: S101 - submitted just now
    case_id = story.application["id"]
    async with AsyncExitStack() as stack:
        operators = []
        for name in STEP_SOURCES if deployment else ():
            assert deployment is not None  # noqa: S101 - or there are no names
            operators.append(await stack.enter_async_context(suggestions.operator_of(deployment, name)))
        while not (story.completed_after and (story.is_complete or not operators)):
            story.application = await portal.get_application(case_id)
            step_lists = await asyncio.gather(*(operator.list_steps(case_id) for operator in operators))
            for steps in (await portal.list_steps(case_id), *step_lists):
                story.learn_steps(steps)
            if story.application["outcome"] is not None and story.output is None:
                story.output = await portal.get_output(case_id)
                story.completed_after = time.monotonic() - story.began
            await asyncio.sleep(POLL_SECONDS)
    story.stage = "completed"


def _render_progress(story: DemoStory) -> RenderableType:
    table = Table(
        "№",
        *(TEXTS[column]["ru"] for column in ("actor", "action", "deadline", "time", "passed")),
        expand=True,
        title=_table_title(story),
        box=None,
    )
    process_state = story.process_state
    current = process_state.allowed_nodes if story.application else ()
    first = process_state.done_at("t1") or min((step.at for step in story.steps.values()), default=None)
    shown_nodes = [node for node in story.graph.nodes if node.end is None and _is_shown(node, process_state)]
    for node in shown_nodes:
        at = process_state.done_at(node.id)
        mark = "[green]✓[/]" if at else "[yellow]▶[/]" if node.id in current else " "
        style = "" if at or node.id in current else "dim"
        passed = f"{(at - first).total_seconds() * 1000:.0f} ms" if at and first and at >= first else ""
        clock = at.strftime("%H:%M:%S.%f")[:-3] if at else ""
        status = f" [cyan]«{node.status}»[/]" if node.status and node.status not in node.action else ""
        deadline = node.deadline.text if node.deadline else ""
        table.add_row(
            f"{mark} {_step_number(node)}", node.actor, node.action + status, deadline, clock, passed, style=style
        )
    holders = dict.fromkeys(
        story.graph.get_node(node_id).holder for node_id in current if story.graph.get_node(node_id).end is None
    )
    head = Text.from_markup(
        f"[bold]{story.stage}[/]   systems ready: {len(story.ready)}/{len(INSTANCES)}"
        f"   held by: {', '.join(holders) or '—'}"
    )
    bar = Align.left(ProgressBar(total=len(shown_nodes), completed=len(story.steps), width=60))
    return Group(head, bar, table)


def _is_shown(node: ProcessNode, process_state: ProcessState) -> bool:
    """Whether a step is shown: a refusal only once it happened."""
    return node.op != "refuse" or node.id in process_state.answers


def _step_number(node: ProcessNode) -> str:
    """The number of a step in the act: its row, or its label."""
    return str(node.n) if node.origin == "table" else node.label or node.id


def _table_title(story: DemoStory) -> str:
    passport = story.passport
    number = (story.application or {}).get("number") or "—"
    status = (story.application or {}).get("status") or "—"
    facts = {"service": passport.title.ru, "region": region_name(passport.region)["ru"], "regulation": passport.id}
    return TEXTS["heading"]["ru"].format(**facts, number=number, status=status)


def _print_conclusion(
    console: Console, story: DemoStory, *, as_json: bool, keeps: bool, deployment: Deployment | None
) -> None:
    if as_json:
        print(json.dumps(_compose_story(story), ensure_ascii=False))  # noqa: T201
        return
    if story.output is None:
        console.print(Panel(f"[red]{story.stage}[/]: no result"))
        return
    document, signer = story.output["document"], story.output["signer"]
    findings = story.list_findings() if story.is_complete else []
    is_conformant = story.is_complete and not findings
    verdict = f"[green]{TEXTS['conformant']['ru']}[/]" if is_conformant else str(findings or "—")
    lines = [
        f"[bold green]{document['text']}[/]",
        f"{document['authority']}, № {document['number']}",
        TEXTS["signed"]["ru"].format(name=signer["name"], organisation=signer["organisation"]),
        TEXTS["completed"]["ru"].format(seconds=f"{story.completed_after:.1f}", findings=verdict),
    ]
    console.print(Panel("\n".join(lines), title=TEXTS["output"]["ru"]))
    if keeps and deployment is not None:
        assert story.application is not None  # noqa: S101 - it has a result
        panel = suggestions.compose_panel(deployment, SERVICE, story.application["id"], story.token)
        suggestions.print_suggestions(console, panel, story.first_call)


def _save_picture(path: Path, story: DemoStory) -> None:
    """Write the last picture of the demo as an SVG that loads no font from the network."""
    console = Console(record=True, file=io.StringIO(), width=PICTURE_COLUMNS)
    console.print(_render_progress(story))
    _print_conclusion(console, story, as_json=False, keeps=False, deployment=None)
    svg = console.export_svg(title="make demo")
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")


def _compose_story(story: DemoStory) -> dict[str, Any]:
    return {
        "application": story.application,
        "steps": [step.model_dump(mode="json") for step in story.process_state.done_steps],
        "output": story.output,
        "completed_after_seconds": story.completed_after,
        "systems": story.ready,
        "is_complete": story.is_complete,
        "conformance": story.list_findings() if story.is_complete else None,
        "first_call": story.first_call,
    }
