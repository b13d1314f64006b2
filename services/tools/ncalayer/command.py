"""The command line of the signer: ``egov-bus ncalayer``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext, read_password, until_signal
from services.tools.ncalayer.signing_device import PKCS12, STORAGES, CancelMode
from shared.bus.clocks.clock import Clock

ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]+", re.ASCII)
"""A site as a browser names it: scheme, host and port, in small letters and without a path."""

Keys = Annotated[
    list[Path] | None,
    typer.Option("--p12", metavar="FILE", help="A PKCS #12 file with a key; may be given several times."),
]
Password = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="A file whose first line is the password of the keys; by default the command asks for the password.",
    ),
]
PersonOption = Annotated[
    str | None,
    typer.Option(
        "--person",
        metavar="N|ИИН",
        help="Instead of files: new keys (SIGN and AUTH) of a synthetic person, certified by НУЦ.",
    ),
]
CancelOption = Annotated[
    CancelMode, typer.Option("--cancel", help="Whether the user cancels the requests of a page.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port on 127.0.0.1.")]
NoTls = Annotated[bool, typer.Option("--no-tls", help="ws:// instead of wss://; browsers' pages cannot use it.")]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        "--origin",
        metavar="URL",
        help="Accept only pages of this site, https://name; may be given several times. Needed with --p12.",
    ),
]
Storage = Annotated[
    str, typer.Option("--storage", metavar="NAME", help=f"Where the keys seem to be: {', '.join(STORAGES)}.")
]


@dataclass(frozen=True)
class NcalayerOptions:
    """The options of the command line."""

    p12: list[Path]
    password_file: Path | None
    person: str | None
    cancel: CancelMode
    port: int
    has_tls: bool
    origins: list[str] | None
    storage: str


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("ncalayer")(run_ncalayer)


def run_ncalayer(
    context: typer.Context,
    p12: Keys = None,
    password_file: Password = None,
    person: PersonOption = None,
    cancel: CancelOption = CancelMode.NEVER,
    port: Port = 13579,
    no_tls: NoTls = False,
    origin: Origins = None,
    storage: Storage = PKCS12,
) -> None:
    """Run the desktop signer NCALayer, which pages call at wss://127.0.0.1:13579.

    The signer signs every request of a page without a question: use keys of the sandbox only. With keys of one's
    own (--p12) it needs the sites whose pages may ask (--origin).
    """
    if storage not in STORAGES:
        raise WrongValue.of_choice("--storage", STORAGES)
    if bool(p12) == bool(person):
        raise WrongValue("--p12", "either", options="--p12, --person")
    _check_origins(origin, needs_some=bool(p12))
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    options = NcalayerOptions(p12 or [], password_file, person, cancel, port, not no_tls, origin, storage)
    launch.run_to_end(_run_with_clock(launch, options))


def _check_origins(origins: list[str] | None, *, needs_some: bool) -> None:
    """Refuse keys of one's own without a site that may use them, and what is no site."""
    if needs_some and not origins:
        raise WrongValue("--origin", "sites")
    for origin in origins or ():
        if not ORIGIN.fullmatch(origin):
            raise WrongValue("--origin", "site", typed=origin)


async def _run_with_clock(launch: LaunchContext, options: NcalayerOptions) -> int:
    async with launch.bus_clock() as clock:
        return await _serve_pages(launch, options, clock)


async def _serve_pages(launch: LaunchContext, options: NcalayerOptions, clock: Clock) -> int:
    from rich.console import Console

    from services.tools.ncalayer import console, key_setup, server
    from services.tools.ncalayer.signing_device import SigningDevice, SimulatedUser
    from shared.client.certification import CertificationClient
    from shared.client.key_owners import find_owner
    from shared.pki.client.nuc import CertificationCentre

    screen = Console()
    async with CertificationClient(launch.nuc_url) as counter:
        if options.person is not None:
            entries = await key_setup.certify_entries(
                counter, find_owner(options.person, *launch.population_parameters)
            )
        else:
            entries = key_setup.read_entries(options.p12, read_password(options.password_file))
        anchors = await key_setup.ask_anchors(counter)
        home = launch.data_dir / key_setup.FOLDER
        tls, root = (
            await key_setup.open_local_tls(home, counter, anchors, clock) if options.has_tls else (None, None)
        )
    centre = CertificationCentre(launch.nuc_url, anchors) if anchors else None
    stamper = key_setup.make_stamper(centre, clock) if centre else None
    device = SigningDevice(entries, SimulatedUser(options.cancel), clock, options.storage, stamper)
    listen_options = server.ListenOptions(port=options.port, tls=tls, origins=options.origins)
    try:
        async with server.serve_device(
            device, listen_options, partial(console.show_request, screen, device)
        ) as url:
            console.show_opening(screen, device, url, root)
            await until_signal()
    finally:
        if centre:
            centre.close()
    return 0
