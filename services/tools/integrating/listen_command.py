"""``egov-bus listen``: the messages of a participant, posted to one's own server as ШЭП's webhooks are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from services.launcher.commands.error_report import error_console
from services.launcher.launch import LaunchContext, until_signal
from services.tools.operators_calls import operators_call
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="listen_texts.yaml")
"""What is told of each message, by the name of the event."""
COLOURS = {"posted": "green", "retried": "yellow", "given-up": "red", "listening": "bold"}


@dataclass(frozen=True)
class ForwardingOptions:
    """The options of ``listen``."""

    url: str
    token_file: Path
    secret_file: Path | None
    concludes: bool
    events: int | None
    target: str | None
    as_json: bool


def listen(
    context: typer.Context,
    url: Annotated[
        str, typer.Option("--forward-to", metavar="URL", help="Your server, as http://127.0.0.1:5000/hook.")
    ],
    token_file: Annotated[
        Path, typer.Option("--token-file", metavar="FILE", help="The token of your system, which join wrote.")
    ],
    secret_file: Annotated[
        Path | None,
        typer.Option(
            "--secret-file", metavar="FILE", help="The secret of the signature; made here if it is missing."
        ),
    ] = None,
    concludes: Annotated[
        bool, typer.Option("--conclude", help="An answer 2xx accepts the message; otherwise the message stays.")
    ] = False,
    events: Annotated[
        int | None, typer.Option("--events", min=1, metavar="N", help="End after N messages; by default never.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="URL", help="The gateway, if not this machine's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each post.")] = False,
) -> None:
    """Post every message that waits for your system, and each that comes, to a server of yours: signed as a
    webhook (Standard Webhooks), again after a failure, and told here.

    ШЭП needs no way to your server, so it may be on a laptop. The exit code is 1 when a message was given up.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    options = ForwardingOptions(url, token_file, secret_file, concludes, events, target, as_json)
    launch.run_to_end(_listen(launch, options), as_json=as_json)


async def _listen(launch: LaunchContext, options: ForwardingOptions) -> int:
    from services.tools.integrating.forwarding import MailForwarder, PostReport, make_local_client, read_secret
    from services.tools.signing.files import read_file
    from shared.bus.runtime.supervised_tasks import wait_for_first
    from shared.client.http import HttpClient

    secret = read_secret(options.secret_file)
    gateway_url = options.target or launch.instance_url("shep_gateway")
    token = read_file(options.token_file).decode().strip()

    def tell(report: PostReport) -> None:
        if options.as_json:
            print(json.dumps(report.as_json(), ensure_ascii=False), flush=True)  # noqa: T201
            return
        line = TEXTS[report.event][launch.language].format(**report.as_json())
        Console().print(Text(line, COLOURS[report.event]), soft_wrap=True)

    head = TEXTS["listening"][launch.language].format(url=options.url, secret=secret)
    error_console.print(Text(head, COLOURS["listening"]), soft_wrap=True)
    with operators_call("gateway-unavailable", gateway_url):
        async with HttpClient(gateway_url, token=token) as gateway, make_local_client(options.url) as local:
            await gateway.get("/api/v1/messages", limit=1)  # a wrong token is told now
            forwarder = MailForwarder(gateway, local, options.url, secret, options.concludes, tell)
            await wait_for_first([until_signal(), forwarder.run(options.events)])
    return 1 if forwarder.given_up else 0
