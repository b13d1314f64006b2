"""The command line of ``egov-bus conformance``."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.launch import LaunchContext, read_password
from services.tools.conformance.texts import TEXTS
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Malformed, NotFound

if TYPE_CHECKING:  # the commands import late: `egov-bus --help` needs none of it
    from services.tools.conformance.live_run import LiveOptions
    from services.tools.conformance.roles.role_list import PlayedRole
    from shared.client.keystore import KeyEntry

NOT_CONFORMING, NOT_COMPLETE = 3, 4
"""The exit status of a run with a broken requirement, and of one that was not played to its end."""
DEFAULT_PORT = 8610
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

Earlier = Annotated[Path | None, typer.Option("--compare", metavar="DIR", help="The report of an earlier run.")]
SigningKeyFile = Annotated[
    Path | None, typer.Option("--p12", metavar="FILE", help="Sign the report with this key of НУЦ.")
]
SigningPassword = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="A file whose first line is the password of the key."),
]

conformance = typer.Typer(
    no_args_is_help=True, help="Check a system of yours against the contracts, requirement by requirement."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.add_typer(conformance, name="conformance")


@conformance.command("run")
def run_role(
    context: typer.Context,
    role: Annotated[str, typer.Argument(help="The role of your system; `list` names the roles.")],
    name: Annotated[str, typer.Option(help="The address of your system on the bus.")] = "my-system",
    target: Annotated[str | None, typer.Option(metavar="URL", help="Your system, in a role that serves.")] = None,
    start: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Start your system by this command.")
    ] = None,
    host: Annotated[str, typer.Option(help="Where the kit listens.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The kit's port; 0 takes a free one.")
    ] = DEFAULT_PORT,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long to wait, at most.")] = 120.0,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the report goes.")] = Path("conformance-report"),
    compare_with: Earlier = None,
    p12: SigningKeyFile = None,
    password_file: SigningPassword = None,
    stamp: Annotated[
        bool, typer.Option("--stamp", help="Add a time-stamp of НУЦ to the signature (CAdES-T).")
    ] = False,
    country: Annotated[
        bool, typer.Option("--country", help="Tell which faults the country that runs here plays.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Play the other side of your system, and report."""
    from services.tools.conformance.live_run import LiveOptions

    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    options = LiveOptions(name, out, host, port, seconds, target, start, launch.environment)
    form = ReportForm(compare_with, p12, password_file, stamp, country, as_json)
    launch.run_to_end(_run(launch, find_role(role), options, form))


@dataclass(frozen=True)
class ReportForm:
    """What a report is compared with, who signs it, and how it is shown."""

    earlier: Path | None
    p12: Path | None
    password_file: Path | None
    is_stamped: bool
    tells_faults: bool
    as_json: bool


@conformance.command("compare")
def compare_runs(
    context: typer.Context,
    earlier: Annotated[Path, typer.Argument(help="The folder of the earlier report.")],
    later: Annotated[Path, typer.Argument(help="The folder of the later report.")],
    as_json: Json = False,
) -> None:
    """Tell which requirements two runs judged differently; ends with 3 when one is broken anew."""
    from services.launcher.commands.error_report import report_errors
    from services.tools.conformance.reports.comparison import compare_reports
    from services.tools.conformance.reports.figures import read_figures

    launch: LaunchContext = context.obj
    with report_errors(launch.language, as_json=as_json):
        rows = compare_reports(read_figures(earlier), read_figures(later))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201
    else:
        table = Table(title=TEXTS["comparison"][launch.language])
        for code in ("requirement", "before", "after"):
            table.add_column(TEXTS[code][launch.language])
        for row in rows:
            table.add_row(row["id"], *(_outcome_text(row[side], launch.language) for side in ("before", "after")))
        Console().print(table if rows else TEXTS["nothing-changed"][launch.language])
    if any(row["change"] == "broken" for row in rows):
        raise typer.Exit(NOT_CONFORMING)


def _outcome_text(outcome: str, language: str) -> str:
    return TEXTS[f"outcome-{outcome}"][language] if outcome else "—"


@conformance.command("list")
def list_requirements(
    context: typer.Context,
    role: Annotated[str | None, typer.Argument(help="Only the requirements of this role.")] = None,
    as_json: Json = False,
) -> None:
    """List the roles, or the requirements of a role with their sources."""
    from services.tools.conformance.requirements import list_group, load_requirements
    from services.tools.conformance.roles.role_list import load_roles

    launch: LaunchContext = context.obj
    known_names = load_requirements().values()
    chosen = (
        list(known_names)
        if role is None
        else [item for group in find_role(role).groups for item in list_group(group)]
    )
    rows = [
        {
            "id": item.id,
            "title": item.title[launch.language],
            "source": item.source,
            "certainty": item.certainty.value,
        }
        for item in chosen
    ]
    if as_json:
        print(json.dumps({"roles": list(load_roles()), "requirements": rows}, ensure_ascii=False))  # noqa: T201
        return
    table = Table(title=", ".join(load_roles()))
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)


def find_role(name: str) -> PlayedRole:
    """A role by its name; NotFound ``conformance-role``."""
    from services.tools.conformance.roles.role_list import load_roles

    roles = load_roles()
    if name not in roles:
        raise NotFound("conformance-role", f"there is no role {name}", name=name, roles=", ".join(roles))
    return roles[name]


async def _run(launch: LaunchContext, role: PlayedRole, options: LiveOptions, form: ReportForm) -> int:
    from services.tools.conformance.live_run import run_live
    from services.tools.conformance.reports.figures import read_figures
    from services.tools.conformance.reports.report_files import sign_report, stamp_report, write_report
    from services.tools.conformance.roles.samples import list_people
    from services.tools.conformance.targets import require_target

    language, console = launch.language, Console(stderr=True)
    earlier = None if form.earlier is None else read_figures(form.earlier)
    signer = _read_signer(form)
    if target := options.target:
        await require_target(target)
    if form.tells_faults:
        options = replace(options, faults=await _list_faults(launch))

    def tell_start(url: str, keys: Path) -> None:
        people = [person.iin for person in list_people()[:3]]
        served = f"{url}{role.path}"
        place = TEXTS["serves-at" if role.play is None else "calls-at"][language]
        console.print(place.format(url=served, target=options.target, keys=keys))
        for task in role.tasks:
            console.print("·", TEXTS[f"task-{task}"][language].format(iins=", ".join(people), iin=people[0]))
        console.print(TEXTS["waits"][language].format(seconds=f"{options.seconds:g}"))

    report, keys = await run_live(role, options, tell_start)
    figures = await asyncio.to_thread(write_report, report, keys.token, options.out, earlier)
    if signer is not None:
        signature = sign_report(options.out, signer, SystemClock().now())
        if form.is_stamped:
            await stamp_report(options.out, launch.nuc_url, SystemClock().now())
        console.print(TEXTS["signed-report"][language].format(path=signature))
    if form.as_json:
        print(json.dumps(figures, ensure_ascii=False))  # noqa: T201
    else:
        _show(figures, language, options.out)
    if not report.is_conforming:
        return NOT_CONFORMING
    return 0 if report.is_complete else NOT_COMPLETE


def _read_signer(form: ReportForm) -> KeyEntry | None:
    """The key that signs the report, read before the run: a wrong password is told at once.

    Malformed ``conformance-stamp`` for a time-stamp without a signature.
    """
    if form.p12 is None:
        if form.is_stamped:
            raise Malformed("conformance-stamp", "--stamp needs --p12")
        return None
    from services.tools.signing.files import read_file
    from shared.client.keystore import read_pkcs12

    return read_pkcs12(read_file(form.p12), read_password(form.password_file))


async def _list_faults(launch: LaunchContext) -> list[str]:
    from services.tools.faults.in_force import list_faults
    from services.tools.joining.operators_tokens import act_as_operators

    faults: list[str] = await act_as_operators(launch, list_faults, regions=())
    return faults


def _show(figures: dict[str, Any], language: str, folder: Path) -> None:
    table = Table(title=TEXTS["title"][language].format(role=TEXTS[f"role-{figures['role']}"][language]))
    table.add_column("")
    table.add_column(TEXTS["requirement"][language])
    table.add_column(TEXTS["outcome"][language])
    table.add_column(TEXTS["what-is-wrong"][language])
    for row in figures["requirements"]:
        faults = [
            f"{item['place']}: {item['seen']} ≠ {item['expected']} (#{item['exchange']})" for item in row["faults"]
        ]
        outcome = TEXTS[f"outcome-{row['outcome']}"][language]
        table.add_row(row["id"], row["title"][language], outcome, "; ".join(faults[:2]) or row["detail"])
    console = Console()
    console.print(table)
    console.print(TEXTS["relies"][language].format(count=figures["relies_on_assumptions"]))
    console.print(TEXTS["report-at"][language].format(path=folder))
