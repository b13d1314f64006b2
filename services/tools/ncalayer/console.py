"""The output on the screen: the requests of pages and their results."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.tools.ncalayer.common_utils import common_name
from services.tools.ncalayer.dispatch import HandledFrame
from services.tools.ncalayer.signing_device import KEY_TYPES, SigningDevice
from shared.contracts.local_time import local_day

MOST_SHOWN = 80
SIGNS = {"done": ("✓", "green"), "cancelled": ("✗", "yellow")}


def show_opening(console: Console, device: SigningDevice, url: str, root: Path | None) -> None:
    """Show the URL, the keys, and the root that a browser must trust."""
    keys = Table("key", "owner", "issued by", "valid until", box=None)
    for entry in device.entries:
        kind = " ".join(name for name, usage in KEY_TYPES.items() if usage in entry.extended_usages)
        until = f"{local_day(entry.certificate.not_valid_after_utc):%d.%m.%Y}"
        keys.add_row(
            kind,
            *map(_printable_text, (common_name(entry.certificate.subject), common_name(entry.certificate.issuer))),
            until,
        )
    lines = [Text(f"listening at {url}, storage {device.storage}, the user cancels: {device.user.cancel_mode}")]
    if root is not None:
        lines.append(Text(f"let your browser or NODE_EXTRA_CA_CERTS trust {root}"))
    lines.append(Text("any page that connects gets its signature without a question: keys of the sandbox only"))
    console.print(Panel(Group(*lines, keys), title="NCALayer of egov-bus", subtitle="Ctrl-C stops it"))


def show_request(console: Console, device: SigningDevice, origin: str, handled_frame: HandledFrame) -> None:
    """Show one line for a request, and one for each signed document."""
    sign, colour = SIGNS.get(handled_frame.outcome, ("✗", "red"))
    request = handled_frame.request
    method_name = f"{request.module.rpartition('.')[2]}.{request.method}" if request else "not a request"
    line = Text(f"{device.clock.now():%H:%M:%S} ", style="dim")
    line.append(f"{sign} {_printable_text(method_name)} ", style=colour)
    line.append(f"from {_printable_text(origin) or 'a program'}: {handled_frame.outcome}")
    console.print(line)
    for item in handled_frame.session.signed:
        signer = handled_frame.session.signer
        signer_name = _printable_text(common_name(signer.certificate.subject)) if signer else ""
        console.print(
            Text(
                f"         {item.kind}, {item.size} bytes, sha256 {item.digest[:16]}… by {signer_name}",
                style="dim",
            )
        )


def _printable_text(text: str) -> str:
    """Text from outside, shortened, without characters that could move the cursor."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= MOST_SHOWN else f"{printable[:MOST_SHOWN]}…"
