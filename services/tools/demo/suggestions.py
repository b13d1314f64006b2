"""What the demo tells at its end: the start page, and lines that a person copies."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from services.launcher.country import Deployment
from services.launcher.launch import LaunchContext
from services.tools.demo.screen import list_turn
from services.tools.demo.story import DemoStory
from services.tools.joining import next_steps
from shared.client import OperatorClient


def operator_of(deployment: Deployment, name: str) -> OperatorClient:
    """The operator of an instance of this deployment."""
    return OperatorClient(deployment.instance_url(name), token=deployment.nodes[name].app.state.operator_token)


async def invite_stranger(launch: LaunchContext, deployment: Deployment) -> str:
    """Let a stranger's system in, and return its first call as one line of a shell."""
    iin = next_steps.choose_person(*launch.population_parameters)
    nuc, gateway = (operator_of(deployment, name) for name in ("is_nuc", "shep_gateway"))
    return await next_steps.let_stranger_in(nuc, gateway, deployment.instance_url("shep_gateway"), iin)


def print_suggestions(console: Console, story: DemoStory, deployment: Deployment) -> None:
    """Print the start page first, then lines that can be copied: none is broken, each stands alone."""
    address = find_start_page(deployment)
    console.print(Text(story.text("start-here"), "bold"), Text(address, "bold green"), soft_wrap=True)
    console.print(Text(story.text("keeps-running"), "dim"), soft_wrap=True)
    if story.turn is not None:
        console.print()
        console.print(Text(story.text("you-decide"), "bold"), soft_wrap=True)
        for fact in list_turn(story, story.turn):
            console.print(fact, soft_wrap=True)
    console.print()
    console.print(Text(story.text("copy-heading"), "bold"), soft_wrap=True)
    for title, line in _list_lines(story, deployment):
        console.print(Text(f"# {title}", "dim"), soft_wrap=True)
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def find_start_page(deployment: Deployment) -> str:
    """The address from which a person sees the whole country."""
    return f"{deployment.instance_url('shep_gateway')}/"


def _list_lines(story: DemoStory, deployment: Deployment) -> Iterator[tuple[str, str]]:
    """The commands that go on from the demo's case, each with what it does."""
    assert story.application is not None  # noqa: S101 - it has a result
    portal, gateway = deployment.instance_url("portal_pep"), deployment.instance_url("shep_gateway")
    printed = f"{portal}/api/v1/applications/{story.application['id']}/output.pdf"
    bearer = f"-H 'Authorization: Bearer {story.token}'"
    yield story.text("copy-pdf", check=f"{portal}/check"), f"curl -o output.pdf {bearer} {printed}"
    token = deployment.nodes["portal_pep"].settings.data_dir / "shep_gateway" / "operator.token"
    journal = f"{gateway}/api/v1/journal"
    yield story.text("copy-journal"), f'curl -H "Authorization: Bearer $(cat {shlex.quote(str(token))})" {journal}'
    if story.first_call is not None:
        yield story.text("copy-call"), story.first_call
    program = shlex.join([_name_python(), "-m", "services"])
    yield story.text("copy-again"), f"{program} demo --once --against {portal}"
    yield story.text("copy-clerks"), f"EGOV_CLERKS=manual {program} demo"


def _name_python() -> str:
    """The interpreter, by its path from here where that is shorter."""
    here = Path.cwd()
    python = Path(sys.executable)
    return str(python.relative_to(here)) if python.is_relative_to(here) else str(python)
