"""The command line of the signer: ``egov-bus ncalayer``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from services.launcher.launch import Launch, read_password, until_signal
from services.tools.ncalayer.signing_device import PKCS12, STORAGES, Cancel
from shared.bus.clocks.clock import Clock

Keys = Annotated[
    list[Path] | None,
    typer.Option("--p12", metavar="FILE", help="A PKCS #12 file with a key; may be given several times."),
]
Password = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="Its first line opens the files; else it is asked for."),
]
Who = Annotated[
    str | None,
    typer.Option(
        "--person",
        metavar="N|ИИН",
        help="Instead of files: somebody of the synthetic population, certified anew (SIGN and AUTH).",
    ),
]
Mind = Annotated[Cancel, typer.Option("--cancel", help="Whether the user cancels what a page asks for.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen on 127.0.0.1.")]
NoTls = Annotated[bool, typer.Option("--no-tls", help="ws:// instead of wss://; browsers' pages cannot use it.")]
Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", metavar="URL", help="Let only pages of this site in; may be given several times."),
]
Storage = Annotated[
    str, typer.Option("--storage", metavar="NAME", help=f"Where the keys seem to be: {', '.join(STORAGES)}.")
]


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    p12: list[Path]
    password_file: Path | None
    person: str | None
    cancel: Cancel
    port: int
    has_tls: bool
    origins: list[str] | None
    storage: str


def add_to(app: typer.Typer) -> None:
    """Make it a command of the launcher."""
    app.command("ncalayer")(ncalayer)


def ncalayer(
    context: typer.Context,
    p12: Keys = None,
    password_file: Password = None,
    person: Who = None,
    cancel: Mind = Cancel.NEVER,
    port: Port = 13579,
    no_tls: NoTls = False,
    origin: Origins = None,
    storage: Storage = PKCS12,
) -> None:
    """Be NCALayer: the desktop signer that pages call at wss://127.0.0.1:13579.

    It signs without a question whatever a page asks for: for keys of the sandbox only.
    """
    if storage not in STORAGES:
        raise typer.BadParameter(f"one of {', '.join(STORAGES)}", param_hint="--storage")
    if bool(p12) == bool(person):
        raise typer.BadParameter("give --p12 (one or several) or --person", param_hint="--p12")
    launch: Launch = context.obj
    launch.prepare("WARNING")
    wish = Wish(p12 or [], password_file, person, cancel, port, not no_tls, origin, storage)
    launch.run(_run(launch, wish))


async def _run(launch: Launch, wish: Wish) -> int:
    async with launch.clock() as clock:
        return await _serve(launch, wish, clock)


async def _serve(launch: Launch, wish: Wish, clock: Clock) -> int:
    from rich.console import Console

    from services.tools.ncalayer import console, key_setup, server
    from services.tools.ncalayer.signing_device import Desk, User
    from shared.client.counter import Counter
    from shared.client.owners import owner
    from shared.pki.client.nuc import Centre

    screen = Console()
    async with Counter(launch.nuc_url) as counter:
        if wish.person is not None:
            entries = await key_setup.certify_entries(counter, owner(wish.person, *launch.population))
        else:
            entries = key_setup.read_entries(wish.p12, read_password(wish.password_file))
        anchors = await key_setup.ask_anchors(counter)
        home = launch.data_dir / key_setup.FOLDER
        tls, root = await key_setup.local_tls(home, counter, anchors, clock) if wish.has_tls else (None, None)
    centre = Centre(launch.nuc_url, anchors) if anchors else None
    stamper = key_setup.stamper(centre, clock) if centre else None
    desk = Desk(entries, User(wish.cancel), clock, wish.storage, stamper)
    listening = server.Listening(port=wish.port, tls=tls, origins=wish.origins)
    try:
        async with server.serving(desk, listening, partial(console.show_request, screen, desk)) as url:
            console.show_opening(screen, desk, url, root)
            await until_signal()
    finally:
        if centre:
            centre.close()
    return 0
