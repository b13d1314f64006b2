"""What the demo suggests at its end: addresses to look at, commands to type, a stranger's first call."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.panel import Panel

from services.launcher.country import Deployment
from services.launcher.launch import LaunchContext
from services.tools.joining import next_steps
from shared.client import OperatorClient


def operator_of(deployment: Deployment, name: str) -> OperatorClient:
    """The operator of an instance of this deployment."""
    return OperatorClient(deployment.instance_url(name), token=deployment.nodes[name].app.state.operator_token)


async def invite_stranger(environment: Mapping[str, str], deployment: Deployment) -> str:
    """Let a stranger's system in, and return its first call as one line of a shell."""
    iin = next_steps.choose_person(*LaunchContext(environment).population_parameters)
    nuc, gateway = (operator_of(deployment, name) for name in ("is_nuc", "shep_gateway"))
    return await next_steps.let_stranger_in(nuc, gateway, deployment.instance_url("shep_gateway"), iin)


def print_suggestions(console: Console, panel: Panel, first_call: str | None) -> None:
    """Print what to try next; the first call is not broken, so that it can be copied."""
    console.print(panel)
    if first_call is not None:
        console.print("The first call of a system of yours (who holds a number?) is this line:")
        console.print(first_call, soft_wrap=True, markup=False, highlight=False)


def compose_panel(deployment: Deployment, regulation: str, case_id: str, token: str | None) -> Panel:
    """The addresses and commands that go on from the demo's case; ``token`` is that of the citizen's session."""
    bearer = f"-H 'Authorization: Bearer {token}'"
    portal, gateway = deployment.instance_url("portal_pep"), deployment.instance_url("shep_gateway")
    printed = f"{portal}/api/v1/applications/{case_id}/output.pdf"
    home = deployment.nodes["portal_pep"].settings.data_dir
    return Panel(
        f"The country keeps running; Ctrl-C stops it. Try next:\n"
        f"  the result, printed     curl -o output.pdf {bearer} {printed}\n"
        f"                          (its QR leads to {portal}/check: anybody may check it)\n"
        f"  the portal's API        {portal}/docs\n"
        f"  a passport              curl {gateway}/api/v1/regulations/{regulation}\n"
        f'  the gateway\'s journal   curl -H "Authorization: Bearer $(cat {home}/shep_gateway/operator.token)"'
        f" {gateway}/api/v1/journal\n"
        f"  a clerk's workplace     {deployment.instance_url('is_mio')}/docs  (EGOV_CLERKS=manual make demo)\n"
        "  another application    "
        f" EGOV_NUC_URL={deployment.instance_url('is_nuc')} .venv/bin/python -m services demo"
        f" --once --against {portal}",
        title="what to try next",
    )
