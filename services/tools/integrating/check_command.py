"""``egov-bus check-message``: what ШЭП and the recipient would say of a message, before it is sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from services.launcher.launch import LaunchContext
from services.tools.operators_calls import operators_call
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="check_texts.yaml")
"""What each step is, what its verdict is, and why one was not taken."""
COLOURS = {"passed": "green", "refused": "red", "skipped": "yellow"}
MARKS = {"passed": "✓", "refused": "✗", "skipped": "–"}
STDIN = "-"


def check_message(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The message; - reads standard input.")],
    signature: Annotated[
        Path | None,
        typer.Option("--signature", metavar="FILE", help="The JWS of a message of the bus."),
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option("--as", metavar="SYSTEM", help="The system that would send it."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="The token of your system, instead of the operator's."),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="URL", help="The gateway, if not this machine's.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what ШЭП and the recipient would answer to a message, without sending it: gate, register, contract.

    The message is that of the bus (JSON with messageInfo), a SOAP envelope, or the body of POST /api/v1/messages.
    The exit code is 1 when it would be refused. Needs the token of ШЭП's operator, or of your own system.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    launch.run_to_end(
        _check(launch, file, (signature, sender, token_file, target), as_json=as_json), as_json=as_json
    )


async def _check(
    launch: LaunchContext,
    file: str,
    options: tuple[Path | None, str | None, Path | None, str | None],
    *,
    as_json: bool,
) -> int:
    from services.tools.signing.files import read_file
    from shared.client.http import HttpClient

    signature_file, sender, token_file, target = options
    content = sys.stdin.buffer.read() if file == STDIN else read_file(Path(file))
    url = target or launch.instance_url("shep_gateway")
    token = read_file(token_file).decode().strip() if token_file else launch.operator_token("shep_gateway")
    headers = {} if signature_file is None else {"X-Signature": read_file(signature_file).decode().strip()}
    with operators_call("gateway-unavailable", url):
        async with HttpClient(url, token=token, language=launch.language) as gateway:
            answer = await gateway.call(
                "POST",
                "/api/v1/message-checks",
                params={} if sender is None else {"sender": sender},
                content=content,
                headers={"Content-Type": "application/octet-stream", **headers},
            )
    view = answer.json()
    if as_json:
        print(json.dumps(view, ensure_ascii=False))  # noqa: T201
    else:
        _show(view, launch.language)
    return 0 if view["passes"] else 1


def _show(view: dict[str, Any], language: str) -> None:
    console = Console()
    facts = (view["form"], view["sender"], " ".join(view["recipients"]))
    console.print(Text(TEXTS["head"][language].format(*(fact or "?" for fact in facts)), "bold"), soft_wrap=True)
    for step in view["steps"]:
        verdict, code = step["verdict"], step["code"]
        reason = TEXTS[code][language] if verdict == "skipped" else code or TEXTS["passed"][language]
        line = f"{MARKS[verdict]} {TEXTS[step['step']][language]}: {reason}"
        console.print(Text(line, COLOURS[verdict]), soft_wrap=True)
        if step["detail"] and step["detail"] != code:
            console.print(Text(f"    {step['detail']}", "dim"), soft_wrap=True)
        for fault in step["fields"]:
            bounds = ", ".join(f"{name} {fault[name]}" for name in ("expected", "found") if fault[name])
            console.print(
                Text(f"    {fault['field']}: {fault['fault']}{f' ({bounds})' if bounds else ''}"), soft_wrap=True
            )
        for finding in (step["explanation"] or {}).get("findings", ()):
            console.print(Text(f"    → {finding['code']}: {finding['texts'][language]}"), soft_wrap=True)
    for deviation in view["deviations"]:
        console.print(Text(f"  ~ {deviation['code']}: {deviation['element']}", "yellow"), soft_wrap=True)
