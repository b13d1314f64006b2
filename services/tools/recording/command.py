"""The commands ``egov-bus record`` and ``egov-bus replay``."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.launcher.launch import LaunchContext
from services.tools.operators_calls import operators_call
from shared.bus.errors import NotFound

if TYPE_CHECKING:
    from services.tools.recording.recording_file import RecordedMessage
    from services.tools.recording.replay import ReplayReport

GATEWAY = "shep_gateway"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

record = typer.Typer(
    no_args_is_help=True,
    help="Record the messages that pass ШЭП into a file, to replay them elsewhere. The file holds data of people.",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.add_typer(record, name="record")
    app.command()(replay)


@record.command()
def start(context: typer.Context, as_json: AsJson = False) -> None:
    """Begin: what passes ШЭП from now on is recorded."""
    launch = _prepare(context)
    launch.run_to_end(_start(launch, as_json=as_json), as_json=as_json)


@record.command()
def stop(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The recording: a line of JSON for each message.")],
    case: Annotated[str | None, typer.Option(help="Of this case only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write what has passed since the start into a file."""
    launch = _prepare(context)
    launch.run_to_end(_stop(launch, file, case, as_json=as_json), as_json=as_json)


def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A recording of record stop, or one of your own.")],
    members: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where join wrote NAME.token of the systems to play.")
    ] = Path(),
    against: Annotated[str | None, typer.Option(metavar="URL", help="The gateway, if not this machine's.")] = None,
    nuc: Annotated[str | None, typer.Option(metavar="URL", help="НУЦ, if not this machine's.")] = None,
    wait: Annotated[float, typer.Option(min=0, max=600, help="Seconds for each answer, at most.")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Send the recorded messages of your systems again, in their order, with new ids, moments and signatures, and
    compare what comes back. The exit code is 1 when something came back otherwise.
    """
    launch = _prepare(context)
    urls = (against or launch.instance_url(GATEWAY), nuc or launch.instance_url("is_nuc"))
    launch.run_to_end(_replay(launch, file, members, urls, wait, as_json=as_json), as_json=as_json)


async def _start(launch: LaunchContext, *, as_json: bool) -> int:
    from services.tools.recording.recorder import start_recording
    from shared.client import OperatorClient

    url = launch.instance_url(GATEWAY)
    async with OperatorClient(url, token=launch.operator_token(GATEWAY)) as gateway:
        with operators_call("gateway-unavailable", url):
            _tell({"after": await start_recording(gateway, launch.data_dir)}, as_json=as_json)
    return 0


async def _stop(launch: LaunchContext, file: Path, case: str | None, *, as_json: bool) -> int:
    from services.tools.recording.recorder import read_mark, read_messages, remove_mark
    from services.tools.recording.recording_file import write_recording
    from shared.client import OperatorClient

    after, url = read_mark(launch.data_dir), launch.instance_url(GATEWAY)
    async with OperatorClient(url, token=launch.operator_token(GATEWAY)) as gateway:
        with operators_call("gateway-unavailable", url):
            messages = [message async for message in read_messages(gateway, after, case)]
    count = write_recording(file, messages)
    remove_mark(launch.data_dir)
    _tell({"messages": count, "file": str(file)}, as_json=as_json)
    return 0


async def _replay(
    launch: LaunchContext, file: Path, folder: Path, urls: tuple[str, str], wait: float, *, as_json: bool
) -> int:
    from services.tools.faults.in_force import find_faults
    from services.tools.recording.person_signatures import PersonSignatures
    from services.tools.recording.recording_file import read_recording
    from services.tools.recording.renewal import MessageRenewal
    from services.tools.recording.replay import Replay
    from shared.client import ParticipantClient
    from shared.client.http import HttpClient

    messages = read_recording(file)
    tokens = _find_tokens(folder, messages)
    gateway_url, nuc_url = urls
    with operators_call("gateway-unavailable", gateway_url):
        async with AsyncExitStack() as stack:
            nuc = await stack.enter_async_context(HttpClient(nuc_url))
            began = datetime.fromisoformat((await nuc.get("/api/v1/time"))["now"])
            signatures = PersonSignatures(nuc_url, lambda: began)
            renewal = MessageRenewal(signatures.sign_anew, _whole_seconds(began - messages[0].at))
            members = {
                name: await stack.enter_async_context(ParticipantClient(gateway_url, token=token))
                for name, token in tokens.items()
            }
            report = await Replay(members, renewal, wait).run(messages, await find_faults(launch))
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False, default=str))  # noqa: T201
    else:
        Console().print(_draw(report))
    return 0 if report.is_alike else 1


def _find_tokens(folder: Path, messages: list[RecordedMessage]) -> dict[str, str]:
    """The tokens of the senders that are here; NotFound ``recording-without-members`` for none at all."""
    senders = sorted({message.sender for message in messages})
    files = {sender: folder / f"{sender}.token" for sender in senders}
    tokens = {name: file.read_text().strip() for name, file in files.items() if file.is_file()}
    if not tokens:
        facts = {"path": str(folder), "names": ", ".join(senders)}
        raise NotFound("recording-without-members", f"{folder} has no token of {', '.join(senders)}", **facts)
    return tokens


def _whole_seconds(span: timedelta) -> timedelta:
    return timedelta(seconds=round(span.total_seconds()))


def _draw(report: ReplayReport) -> Table:
    table = Table(box=None, caption="\n".join(report.faults) or None)
    for title in ("sender", "service", "what", "recorded", "now"):
        table.add_column(title)
    for each in report.differences:
        table.add_row(each.sender, each.service_id, each.path, str(each.recorded), str(each.now))
    for row in report.refused:
        table.add_row(row["sender"], row["service_id"], row["message_type"], "passed", row["code"])
    for row in report.missing:
        table.add_row(row["sender"], row["service_id"], row["message_type"], "came", "missing")
    table.title = f"{report.sent} of {report.messages} sent, {report.compared} compared"
    return table


def _prepare(context: typer.Context) -> LaunchContext:
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    return launch


def _tell(facts: dict[str, Any], *, as_json: bool) -> None:
    print(json.dumps(facts, ensure_ascii=False) if as_json else " ".join(f"{k}={v}" for k, v in facts.items()))  # noqa: T201
