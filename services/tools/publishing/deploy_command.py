"""``egov-bus can-i-deploy``: whether a system of one's own fits the systems that run, by Pact files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from services.launcher.commands.error_report import report_errors
from services.launcher.launch import LaunchContext
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="deploy_texts.yaml")


def can_i_deploy(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Your pacts, and examples of your messages (JSON)."),
    ],
    system: Annotated[str, typer.Option("--as", metavar="SYSTEM", help="Your system, as the pacts name it.")],
    in_place_of: Annotated[
        str | None, typer.Option("--in-place-of", metavar="SYSTEM", help="The system whose readers yours serves.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="FOLDER", help="The contracts that run, if not this version's."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether your system fits those that run: what you read is promised by the contracts, and what you send
    is what its readers rely on. The exit code is 1 when a pair does not fit. Asks nobody.
    """
    from services.tools.publishing.pacts.deployability import BroughtFiles, PublishedContracts, judge_deployment
    from shared import contracts as holder

    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    with report_errors(launch.language, as_json=as_json):
        contracts = PublishedContracts(against or Path(holder.__path__[0]) / "published")
        verdicts = judge_deployment(system, BroughtFiles.read(folder), contracts, in_place_of)
    fits = bool(verdicts) and not any(verdict.faults for verdict in verdicts)
    if as_json:
        view = {"fits": fits, "pairs": [asdict(verdict) for verdict in verdicts]}
        print(json.dumps(view, ensure_ascii=False))  # noqa: T201
        raise typer.Exit(0 if fits else 1)
    console = Console()
    for verdict in verdicts:
        mark, colour = ("✗", "red") if verdict.faults else ("✓", "green")
        line = f"{mark} {verdict.consumer} ← {verdict.provider}: {verdict.subject}"
        console.print(Text(line, colour), soft_wrap=True)
        for fault in verdict.faults:
            console.print(Text(f"    {fault}"), soft_wrap=True)
    key = "fits" if fits else "nothing" if not verdicts else "fits-not"
    console.print(Text(TEXTS[key][launch.language].format(system=system), "bold"), soft_wrap=True)
    raise typer.Exit(0 if fits else 1)
