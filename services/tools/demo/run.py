"""The demo: one citizen, one application, every step of the regulation as it happens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from services.launcher.country import Deployment
from services.launcher.gc_tuning import freeze_survivors
from services.launcher.launch import LaunchContext, until_signal
from services.tools.demo import conclusion, handover, suggestions, turns
from services.tools.demo.progress import StepLines, show_progress
from services.tools.demo.start import DemoStart, find_process_start
from services.tools.demo.story import DemoStory, PersonsTurn
from services.tools.faults.in_force import find_faults, list_faults
from shared.client import ApiError, CertifiedPerson, OperatorClient, PortalClient, certify_person
from shared.client.http import HttpClient
from shared.client.participants import Operators
from shared.contracts.population import SyntheticPerson, make_population
from shared.regulations.passport_book import PassportBook

SERVICE = "KZ-YUZ.3"
CHANNEL = "portal"
AUTHORITY = "kz-yuz.employment.15"
FORM = {"postal_index": "160000", "phone": "87252000000", "sik": "0000000000000000"}
STEP_SOURCES = ("shep_gateway", "rshep_yuz", "is_mio", "is_con")
POLL_SECONDS = 0.1
TURN_SECONDS = 1.0
"""How often the demo looks whose turn it is, where the clerks are people."""


@dataclass(frozen=True)
class DemoOptions:
    """What the person typed."""

    once: bool = False
    as_json: bool = False
    against: str | None = None
    """The portal of a country that runs already."""
    patience: timedelta = timedelta(seconds=60)
    picture: Path | None = None
    """The file that gets an SVG of what is seen at the end."""
    claimant_token: str | None = None
    """The token of a participant whose tenant gets the case."""


async def run_demo(launch: LaunchContext, options: DemoOptions) -> int:
    """Run the whole demo; returns 0 when the application was completed within the patience, else 1."""
    book = PassportBook.load()
    story = DemoStory(
        book.get_passport(SERVICE), book.get_graph(SERVICE, CHANNEL), launch.language, find_process_start()
    )
    console = Console(stderr=options.as_json, quiet=options.as_json)
    async with AsyncExitStack() as stack:
        deployment = None
        with show_progress(console, story) as lines:
            start = DemoStart.plan_start(launch.environment) if options.against is None else None
            if start is not None:
                deployment = await start.start_first(launch.data_dir, stack, story.ready.append)
            hands_over = deployment is not None and handover.may_hand_over(launch.environment)
            if deployment is not None and hands_over:
                await handover.take_back(deployment)
            await DemoCase(launch, options, story, deployment, lines).run()
            if start is not None and deployment is not None:
                await deployment.start_more(start.later_instances(), story.ready.append)
                freeze_survivors()
        stays = deployment is not None and not options.once and story.is_decided
        if deployment is not None and stays:
            story.first_call = await suggestions.invite_stranger(launch, deployment)
            if hands_over:
                await handover.hand_over(deployment)
                url = deployment.instance_url(handover.WORKPLACE)
                story.turn = await turns.find_employee(
                    launch, handover.WORKPLACE, url, AUTHORITY, handover.PLAYED_ROLES
                )
        story.faults = await _find_faults(launch, deployment)
        _conclude(console, story, options)
        if deployment is not None and stays:
            suggestions.print_suggestions(console, story, deployment)
            await until_signal()
    return 0 if story.is_decided else 1


async def _find_faults(launch: LaunchContext, deployment: Deployment | None) -> list[str]:
    """The faults in force in the country of the demo, or in the one of this machine."""
    if deployment is None:
        return await find_faults(launch)
    async with AsyncExitStack() as stack:
        nuc, gateway = [
            await stack.enter_async_context(suggestions.operator_of(deployment, name))
            for name in ("is_nuc", "shep_gateway")
        ]
        return await list_faults(Operators(nuc, gateway, None, {}))


def _conclude(console: Console, story: DemoStory, options: DemoOptions) -> None:
    if options.as_json:
        conclusion.print_json(story)
    else:
        conclusion.print_conclusion(console, story)
    if options.picture is not None:
        conclusion.save_picture(options.picture, story)


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


@dataclass
class DemoCase:
    """The application of the demo: submitted, and followed to its result."""

    launch: LaunchContext
    options: DemoOptions
    story: DemoStory
    deployment: Deployment | None
    """The country of this process; None where the portal runs elsewhere."""
    lines: StepLines

    async def run(self) -> None:
        """Submit the application and follow it to the end; with clerks who are people the wait has no end."""
        waits_for_people = self.launch.environment.get("EGOV_CLERKS") == "manual" and not self.options.once
        try:
            async with asyncio.timeout(None if waits_for_people else self.options.patience.total_seconds()):
                await self._submit()
        except TimeoutError:
            self.story.stage = "late"
        except ApiError as error:
            self.story.stage, self.story.refusal = "refused", f"{error.body.get('detail')} ({error.code})"
        self.lines.tell_news()

    async def _submit(self) -> None:
        story = self.story
        # another person each time, so that a kept deployment can be shown again
        person = choose_applicant(*self.launch.population_parameters, time.time_ns() // 1_000_000)
        password = f"demo-{person.iin}"
        nuc_url = self.deployment.instance_url("is_nuc") if self.deployment else self.launch.nuc_url
        async with PortalClient(self._find_portal(), language=story.language) as portal:
            self._enter_stage("registering")
            citizen, _ = await asyncio.gather(
                certify_person(nuc_url, person.iin, person.surname, person.name, person.patronymic),
                _register_citizen(portal, person, password),
            )
            story.token = await portal.log_in(person.iin, password)
            self._enter_stage("applying")
            await self._apply(portal, citizen, {**FORM, "iin": person.iin})
            self._enter_stage("on-its-way")
            await self._follow(portal)

    def _find_portal(self) -> str:
        if self.options.against is not None:
            return self.options.against
        assert self.deployment is not None  # noqa: S101 - one of both
        return self.deployment.instance_url("portal_pep")

    def _enter_stage(self, stage: str) -> None:
        self.story.stage = stage
        self.lines.tell_news()

    async def _apply(self, portal: PortalClient, citizen: CertifiedPerson, fields: dict[str, str]) -> None:
        document = await portal.draft_application(SERVICE, AUTHORITY, fields)
        draft = json.loads(document)
        if self.options.claimant_token is not None:
            await self._claim(draft["application_id"], self.options.claimant_token)
        made_at = datetime.fromisoformat(draft["made_at"]).astimezone(UTC)
        self.story.application = await portal.submit_application(citizen.sign(document, made_at))

    async def _claim(self, case_id: str, token: str) -> None:
        """Have the case go to the providers of a tenant (decision 0031): claimed before it begins."""
        gateway = "shep_gateway"
        url = self.deployment.instance_url(gateway) if self.deployment else self.launch.instance_url(gateway)
        async with HttpClient(url, language=self.story.language, token=token) as participant:
            await participant.call("PUT", f"/api/v1/claimed-cases/{case_id}")

    async def _follow(self, portal: PortalClient) -> None:
        story = self.story
        assert story.application is not None  # noqa: S101 - submitted just now
        case_id = story.application["id"]
        async with AsyncExitStack() as stack:
            operators = [await stack.enter_async_context(client) for client in self._list_operators()]
            looked_at = 0.0
            while not (
                story.completed_after and (story.is_complete or not operators or self.options.claimant_token)
            ):
                story.application = await portal.get_application(case_id)
                step_lists = await asyncio.gather(*(operator.list_steps(case_id) for operator in operators))
                lists: list[Sequence[Mapping[str, Any]]] = [await portal.list_steps(case_id), *step_lists]
                for steps in lists:
                    story.learn_steps(steps)
                if story.is_decided and story.output is None:
                    story.output = await portal.get_output(case_id)
                    story.completed_after = time.monotonic() - story.began
                if time.monotonic() - looked_at > TURN_SECONDS:
                    looked_at = time.monotonic()
                    story.turn = await self._find_turn()
                self.lines.tell_news()
                await asyncio.sleep(POLL_SECONDS)
        story.turn = None
        self._enter_stage("completed")

    def _list_operators(self) -> list[OperatorClient]:
        if self.deployment is None:
            return []
        return [suggestions.operator_of(self.deployment, name) for name in STEP_SOURCES]

    async def _find_turn(self) -> PersonsTurn | None:
        """Whose turn it is, where the clerks of this country are people."""
        if self.deployment is None or self.launch.environment.get("EGOV_CLERKS") != "manual":
            return None
        urls = {name: self.deployment.instance_url(name) for name in self.deployment.nodes}
        return await turns.find_turn(self.launch, self.story, AUTHORITY, urls)


async def _register_citizen(portal: PortalClient, person: SyntheticPerson, password: str) -> None:
    try:
        await portal.register_citizen(person.iin, password)
    except ApiError as error:
        if error.code != "already-registered":
            raise
