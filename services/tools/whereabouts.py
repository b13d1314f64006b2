"""``egov-bus explain ID``: where a message or a case lies, asked of ШЭП and of every system on the bus."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.text import Text

from services.launcher.commands.error_report import error_console
from services.launcher.launch import LaunchContext
from services.tools.signing.texts import TEXTS

GATEWAY = "shep_gateway"
CALM = frozenset(("answered", "case-ended", "delivered", "queue-is-long", "replayed"))
"""The findings that are no reason for silence."""
_ID = re.compile(r"[\w.:{}-]{1,100}")
_FILE_END = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")


def is_id(text: Path) -> bool:
    """Whether the argument is the id of a message or a case: it names no file, and does not look like one."""
    return not text.exists() and _ID.fullmatch(str(text)) is not None and not _FILE_END.search(str(text))


async def explain_id(launch: LaunchContext, any_id: str, language: str, *, as_json: bool) -> int:
    """Print where the message, case, session or exchange lies; 1 where there is a reason for silence, 2 where ШЭП
    does not answer.
    """
    launch.prepare_logs("WARNING")
    names = _list_systems()
    answers = await asyncio.gather(*(_ask(launch, name, any_id) for name in names))
    told = dict(zip(names, answers, strict=True))
    if isinstance(gateway := told.pop(GATEWAY), str):
        error_console.print(Text(f"{GATEWAY} ({launch.instance_url(GATEWAY)}): {gateway}", "red"))
        return 2
    findings = [{"system": GATEWAY, **finding} for finding in gateway]
    findings += [
        {"system": name, **one} for name, answer in told.items() if isinstance(answer, list) for one in answer
    ]
    silent = {name: answer for name, answer in told.items() if isinstance(answer, str)}
    if as_json:
        print(json.dumps({"id": any_id, "findings": findings, "silent": silent}, ensure_ascii=False))  # noqa: T201
    else:
        _print_findings(findings, silent, language)
    return 1 if any(finding["code"] not in CALM for finding in findings) else 0


def _list_systems() -> list[str]:
    """The instances that have messages, ШЭП among them."""
    from services.catalog import INSTANCES

    return [instance.name for instance in INSTANCES if instance.address is not None]


async def _ask(launch: LaunchContext, name: str, any_id: str) -> list[Any] | str:
    """The findings of a system, or why it says nothing."""
    import httpx

    from shared.bus.errors import BusError
    from shared.client import ApiError
    from shared.client.operator import OperatorClient

    kind = "explanations" if name == GATEWAY else "whereabouts"
    try:
        async with OperatorClient(launch.instance_url(name), token=launch.operator_token(name)) as operator:
            answer = await operator.get(f"/api/v1/{kind}/{quote(any_id)}")
    except (ApiError, BusError) as error:
        return error.code
    except httpx.HTTPError as error:
        return type(error).__name__
    findings: list[Any] = answer["findings"] if name == GATEWAY else answer
    return findings


def _print_findings(findings: Sequence[Mapping[str, Any]], silent: Mapping[str, str], language: str) -> None:
    console = Console()
    for finding in findings:
        is_calm = finding["code"] in CALM
        head = Text(
            f"{'·' if is_calm else '✗'} {finding['system']}: {finding['code']}", "green" if is_calm else "red"
        )
        console.print(head, Text(finding["since"] or "", "dim"), soft_wrap=True)
        console.print(Text(f"  {finding['texts'][language]}"), soft_wrap=True)
        facts = {"message": finding["message_id"], **finding["details"]}
        for name, value in facts.items():
            if value:
                console.print(Text(f"  {name}: {value}", "dim"), soft_wrap=True)
        for reason in (finding["explanation"] or {}).get("findings", ()):
            console.print(Text(f"  → {reason['code']}: {reason['texts'][language]}"), soft_wrap=True)
            for name, value in reason["details"].items():
                console.print(Text(f"    {name}: {value}", "dim"), soft_wrap=True)
    if silent:
        told = ", ".join(f"{name} ({why})" for name, why in silent.items())
        console.print(Text(f"{TEXTS['explain-silent'][language]}: {told}", "dim"), soft_wrap=True)
