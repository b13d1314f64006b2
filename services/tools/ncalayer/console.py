"""What the person at the screen sees: which page asked for what, and what became of it."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.tools.ncalayer.common_utils import common_name
from services.tools.ncalayer.dispatch import Handled
from services.tools.ncalayer.signing_device import KEY_TYPES, Desk

MOST_SHOWN = 80
SIGNS = {"done": ("✓", "green"), "cancelled": ("✗", "yellow")}


def show_opening(console: Console, desk: Desk, url: str, root: Path | None) -> None:
    """The address, the keys, what a browser must trust."""
    keys = Table("key", "owner", "issued by", "valid until", box=None)
    for entry in desk.entries:
        kind = " ".join(name for name, usage in KEY_TYPES.items() if usage in entry.usages)
        until = f"{entry.certificate.not_valid_after_utc:%d.%m.%Y}"
        keys.add_row(
            kind,
            *map(_plain, (common_name(entry.certificate.subject), common_name(entry.certificate.issuer))),
            until,
        )
    lines = [Text(f"listening at {url}, storage {desk.storage}, the user cancels: {desk.user.cancel}")]
    if root is not None:
        lines.append(Text(f"let your browser or NODE_EXTRA_CA_CERTS trust {root}"))
    lines.append(Text("any page that connects gets its signature without a question: keys of the sandbox only"))
    console.print(Panel(Group(*lines, keys), title="NCALayer of egov-bus", subtitle="Ctrl-C stops it"))


def show_request(console: Console, desk: Desk, origin: str, handled: Handled) -> None:
    """One line for a request, and one more for each document that was signed."""
    sign, colour = SIGNS.get(handled.outcome, ("✗", "red"))
    asked = handled.request
    what = f"{asked.module.rpartition('.')[2]}.{asked.method}" if asked else "not a request"
    line = Text(f"{desk.clock.now():%H:%M:%S} ", style="dim")
    line.append(f"{sign} {_plain(what)} ", style=colour)
    line.append(f"from {_plain(origin) or 'a program'}: {handled.outcome}")
    console.print(line)
    for one in handled.sitting.signed:
        signer = handled.sitting.signer
        who = _plain(common_name(signer.certificate.subject)) if signer else ""
        console.print(
            Text(f"         {one.what}, {one.size} bytes, sha256 {one.digest[:16]}… by {who}", style="dim")
        )


def _plain(text: str) -> str:
    """What came from outside, short and without anything that could move the cursor."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}…"
