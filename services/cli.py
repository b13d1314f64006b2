"""The launcher's commands. The only file that reads the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from services.catalog import INSTANCES
from services.launcher.commands import lists
from services.launcher.commands.error_report import report_errors
from services.launcher.commands.languages import find_typed_language
from services.launcher.commands.lazy_group import CommandPlace, LazyCommandGroup
from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext
from shared.texts.catalog import LANGUAGES

if TYPE_CHECKING:  # typer's copy of click
    from typer._click import Context

SERVING = "services.launcher.commands.serve_command"
JOINING, SIGNING = "services.tools.joining.command", "services.tools.signing.command"
UPKEEP = "services.tools.upkeep.command"
INTEGRATING = "services.tools.integrating.command"
ACCOUNTS, BACKGROUND = "services.tools.accounts.command", "services.tools.background.command"


class Commands(LazyCommandGroup):
    """All commands of the launcher, and the module of each."""

    places: ClassVar = {
        "demo": CommandPlace("services.tools.demo.command", "country"),
        **dict.fromkeys(("up", "status", "open", "logs", "down", "reset"), CommandPlace(BACKGROUND, "country")),
        "snapshot": CommandPlace("services.tools.snapshots.command", "country"),
        "all": CommandPlace(SERVING, "country"),
        "simulate": CommandPlace("services.tools.simulation.command", "country"),
        "load": CommandPlace("services.tools.load.command", "country"),
        **dict.fromkeys(
            ("join", "leave", "take-place", "return-place", "tenant"), CommandPlace(JOINING, "participants")
        ),
        "conformance": CommandPlace("services.tools.conformance.command", "participants"),
        "can-i-deploy": CommandPlace("services.tools.publishing.command", "participants"),
        **dict.fromkeys(("check-message", "listen"), CommandPlace(INTEGRATING, "participants")),
        **dict.fromkeys(("record", "replay"), CommandPlace("services.tools.recording.command", "participants")),
        **dict.fromkeys(
            ("explain", "certificate", "sign", "verify", "vectors"), CommandPlace(SIGNING, "documents")
        ),
        "mcp": CommandPlace("services.tools.agents.command", "participants"),
        "ncalayer": CommandPlace("services.tools.ncalayer.command", "documents"),
        "phone": CommandPlace("services.tools.phone.command", "documents"),
        "regulations": CommandPlace("services.tools.regulations", "regulations"),
        "bpmn": CommandPlace("services.tools.bpmn", "regulations"),
        "coverage": CommandPlace("services.tools.coverage", "regulations"),
        "regulation-pages": CommandPlace("services.tools.regulation_pages", "regulations"),
        "contracts": CommandPlace("services.tools.publishing.command", "regulations", is_hidden=True),
        "monitor": CommandPlace("services.tools.monitor", "operation"),
        "sql": CommandPlace(INTEGRATING, "operation"),
        **dict.fromkeys(("migrate", "backup", "restore"), CommandPlace(UPKEEP, "operation")),
        "clock": CommandPlace("services.tools.clock", "operation"),
        "fault": CommandPlace("services.tools.faults.command", "operation"),
        "trigger": CommandPlace("services.tools.faults.trigger", "operation"),
        "vouching": CommandPlace("services.tools.vouching", "operation"),
        **dict.fromkeys(
            ("compose-env", "broker-account", "server-certificate"), CommandPlace(ACCOUNTS, "operation")
        ),
        **{instance.name: CommandPlace(SERVING, "systems") for instance in INSTANCES},
    }

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: Any
    ) -> Context:
        """The context of a start, which has the environment."""
        launch = LaunchContext(dict(os.environ), find_typed_language(args))  # noqa: TID251 - here it is read
        return super().make_context(info_name, args, parent, **{"obj": launch, **extra})


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Kazakhstan's e-government integration bus, whole, on your own machine.",
)


def _choose_language(context: typer.Context, language: str | None) -> str | None:
    if language is not None and language not in LANGUAGES:
        raise WrongValue.of_choice("--lang", LANGUAGES)
    if language is not None:
        context.obj = LaunchContext(context.obj.environment, language)
    return language


def _print_version(context: typer.Context, is_requested: bool) -> None:
    if is_requested:
        lists.print_version()
        raise typer.Exit


def _list_instances(context: typer.Context, is_requested: bool) -> None:
    if is_requested:
        with report_errors(context.obj.language):
            raise typer.Exit(lists.list_instances(context.obj))


def _check_settings(context: typer.Context, is_requested: bool) -> None:
    if is_requested:
        raise typer.Exit(lists.check_settings(context.obj))


@app.callback()
def launcher(
    language: Annotated[
        str | None,
        typer.Option(
            "--lang",
            callback=_choose_language,
            is_eager=True,
            metavar="ru|kk|en",
            help="The language of the command; by default EGOV_LANG, or that of the locale.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    list_: Annotated[
        bool, typer.Option("--list", callback=_list_instances, is_eager=True, help="List every system.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", callback=_check_settings, is_eager=True, help="Check all settings; start nothing."
        ),
    ] = False,
) -> None:
    """Run the country, one system of it, or a tool."""
