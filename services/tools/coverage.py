"""``egov-bus coverage``: what becomes of every clause of the acts, as figures or as a list."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.launcher.commands.error_report import report_errors
from services.launcher.commands.typed_language import LanguageOption
from services.tools.operators_calls import operators_call
from shared.texts.catalog import texts_beside

if TYPE_CHECKING:  # imported late: other commands do not need the regulations
    from services.launcher.launch import LaunchContext
    from shared.regulations.coverage.views import (
        ClauseStepView,
        ClauseView,
        CoverageFiguresView,
        CoverageView,
    )

TEXTS = texts_beside(__file__, file="coverage_texts.yaml")
FIGURE_COLUMNS = ("document", "clauses", "executed", "frame", "not-executed")
CLAUSE_COLUMNS = ("clause", "what-it-says", "fate", "executed-by", "tests")

Place = tuple[str, str, str]
"""A channel, a variant and a step."""


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("coverage")(show_coverage)


def show_coverage(
    context: typer.Context,
    regulation: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The regulation, for example KZ-YUZ.1.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as ШЭП answers it.")] = False,
    language: LanguageOption = None,
    has_cases: Annotated[
        bool, typer.Option("--cases", help="Ask the running ШЭП which case passed each step last.")
    ] = False,
) -> None:
    """Show what executes every clause of the acts, or why nothing does: all figures, or one regulation's list."""
    from shared.regulations.coverage.book import CoverageBook
    from shared.regulations.coverage.views import view_clauses, view_coverage
    from shared.regulations.passport_book import PassportBook

    launch: LaunchContext = context.obj
    if regulation is None:
        _show_figures(view_coverage(CoverageBook.load(), PassportBook.load()), as_json, launch.language)
    else:
        clauses = view_clauses(CoverageBook.load(), PassportBook.load(), regulation)
        passages: Mapping[Place, str] = {}
        if has_cases:
            with report_errors(launch.language, as_json=as_json):
                passages = asyncio.run(_ask_passages(launch, regulation))
        _show_clauses(clauses, as_json, launch.language, passages)


async def _ask_passages(launch: LaunchContext, regulation: str) -> dict[Place, str]:
    """The newest case of each step by the running ШЭП; Unavailable ``gateway-unavailable``, the errors of its
    API.
    """
    from shared.client.operator import OperatorClient

    url, token = launch.instance_url("shep_gateway"), launch.operator_token("shep_gateway")
    with operators_call("gateway-unavailable", url):
        async with OperatorClient(url, token=token) as operator:
            rows = await operator.get(f"/api/v1/regulations/{regulation}/passed-steps")
    return {(row["channel"], row["variant"], row["step"]): row["case_id"] for row in rows}


def _show_figures(coverage: CoverageView, as_json: bool, language: str) -> None:
    if as_json:
        typer.echo(coverage.model_dump_json(indent=2))
        return
    table = Table(*(TEXTS[name][language] for name in FIGURE_COLUMNS))
    for document in coverage.documents:
        table.add_row(f"[bold]{document.document}[/]", *_figure_cells(document.figures), style="bold")
        for regulation in document.regulations:
            table.add_row(f"  {regulation.id}", *_figure_cells(regulation.figures))
    table.add_section()
    table.add_row(TEXTS["all"][language], *_figure_cells(coverage.figures), style="bold")
    Console().print(table)
    for fate, number in coverage.figures.by_fate.items():
        Console().print(f"{number:>5} {_name_fate(fate, language)}", soft_wrap=True)


def _name_fate(fate: str, language: str) -> str:
    from shared.regulations.coverage.book import CoverageBook

    words: str = getattr(CoverageBook.load().fates[fate], language)
    return words


def _figure_cells(figures: CoverageFiguresView) -> tuple[str, ...]:
    return tuple(str(n) for n in (figures.clauses, figures.executed, figures.frame, figures.not_executed))


def _show_clauses(clauses: list[ClauseView], as_json: bool, language: str, passages: Mapping[Place, str]) -> None:
    if as_json:
        import json

        typer.echo(json.dumps([clause.model_dump() for clause in clauses], ensure_ascii=False, indent=2))
        return
    table = Table(*(TEXTS[name][language] for name in CLAUSE_COLUMNS))
    for clause in clauses:
        by = [_describe_step(step, passages, language) for step in clause.steps]
        by += [executor.text[language] for executor in clause.executors]
        title = clause.title.get(language) or clause.title["ru"] or ""
        tests = sum(len(executor.tests) for executor in clause.executors)
        table.add_row(
            escape(clause.at[language]),
            escape(title),
            clause.fate_text[language],
            escape("; ".join(by)),
            str(tests or ""),
        )
    Console().print(table)


def _describe_step(step: ClauseStepView, passages: Mapping[Place, str], language: str) -> str:
    place = (step.channel, step.variant, step.step)
    passed_by = f" ({TEXTS['case'][language]} {passages[place]})" if place in passages else ""
    return f"{' '.join(place)}{passed_by}"
