"""The command line of ``egov-bus phone``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext, read_password
from shared.bus.errors import NotFound
from shared.phone.links import PhoneApp
from shared.phone.mishaps import PhoneMishap

if TYPE_CHECKING:
    from shared.client.certification import CertificationClient
    from shared.phone.session import PhoneSession
    from shared.phone.signing import PhoneOwner

NOT_AS_EXPECTED = 1
"""The exit status of a scan that did not end as it should."""

LinkText = Annotated[
    str | None,
    typer.Argument(metavar="LINK", help="mobileSign:URL, or a link https://m.egov.kz/mobileSign/?link=URL."),
]
PictureFile = Annotated[
    Path | None, typer.Option("--qr", metavar="FILE", help="A picture with the QR code; - reads it.")
]
PersonWish = Annotated[
    str,
    typer.Option("--person", metavar="N|ИИН", help="The synthetic person whose phone it is; НУЦ certifies it."),
]
KeyFiles = Annotated[
    list[Path] | None,
    typer.Option("--p12", metavar="FILE", help="Instead: a key of one's own; twice for SIGN and AUTH."),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="The password of the keys, in the first line."),
]
Organisation = Annotated[
    str | None,
    typer.Option("--bin", metavar="БИН", help="eGov Business: the organisation for which the person acts."),
]
MishapWish = Annotated[PhoneMishap, typer.Option("--mishap", help="What goes wrong.")]
Domains = Annotated[
    list[str] | None,
    typer.Option("--allow-domain", metavar="NAME", help="The app's list of domains; without it every domain."),
]
Delay = Annotated[float, typer.Option("--delay", min=0, max=600, help="Seconds of a slow person and line.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


@dataclass(frozen=True)
class PhoneWish:
    """What the command line asks for."""

    person: str
    p12: tuple[Path, ...]
    password_file: Path | None
    bin: str | None
    mishap: PhoneMishap
    domains: frozenset[str] | None
    delay: float


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("phone")(run_phone)


def run_phone(
    context: typer.Context,
    link: LinkText = None,
    qr: PictureFile = None,
    person: PersonWish = "1",
    p12: KeyFiles = None,
    password_file: PasswordFile = None,
    bin_: Organisation = None,
    mishap: MishapWish = PhoneMishap.NONE,
    allow_domain: Domains = None,
    delay: Delay = 5.0,
    as_json: AsJson = False,
) -> None:
    """Sign by phone against a server of two endpoints, and tell which of the nine steps failed.

    The phone is eGov Mobile; with --bin it is eGov Business. The keys are new ones of a synthetic person, whom
    НУЦ certifies. Ends with 1 unless the server did as the document asks, mishaps included.
    """
    if (link is None) == (qr is None):
        raise WrongValue("LINK", "either", options="LINK, --qr")
    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    domains = frozenset(name.lower() for name in allow_domain) if allow_domain else None
    wish = PhoneWish(person, tuple(p12 or ()), password_file, bin_, mishap, domains, delay)
    launch.run_to_end(_scan(launch, wish, link, qr, as_json=as_json), as_json=as_json)


async def _scan(
    launch: LaunchContext, wish: PhoneWish, link: str | None, qr: Path | None, *, as_json: bool
) -> int:
    from services.tools.phone import output

    text = link if link is not None else _read_picture(qr)
    async with launch.bus_clock() as clock:
        session = await _open_session(launch, wish, clock.now)
        if not as_json:
            session.watch = output.StepPrinter(launch.language).show
        report = await session.run(text)
    if as_json:
        print(json.dumps(output.describe_report(report, launch.language), ensure_ascii=False))  # noqa: T201
    else:
        output.show_end(report, launch.language)
    return 0 if report.is_as_expected else NOT_AS_EXPECTED


def _read_picture(file: Path | None) -> str:
    from shared.phone.pictures import read_qr

    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else Path(str(file)).read_bytes()
    except OSError as error:
        raise NotFound("file-unreadable", f"{file}: {error.strerror}") from None
    return read_qr(content)


async def _open_session(launch: LaunchContext, wish: PhoneWish, now: Callable[[], datetime]) -> PhoneSession:
    from shared.client.certification import CertificationClient
    from shared.phone.network import PhoneNetwork
    from shared.phone.session import PhoneSession, PhoneSettings

    app = PhoneApp.BUSINESS if wish.bin else PhoneApp.MOBILE
    settings = PhoneSettings(app, wish.mishap, wish.delay)
    token = launch.operator_token("is_nuc") if wish.bin and not wish.p12 else None
    async with CertificationClient(launch.nuc_url, token=token) as counter:
        owner = await _find_owner(launch, wish, counter)
        stranger = None
        if wish.mishap is PhoneMishap.WRONG_PERSON:
            stranger = await _find_stranger(launch, owner, counter)
    return PhoneSession(owner, PhoneNetwork(domains=wish.domains), now, settings, stranger)


async def _find_owner(launch: LaunchContext, wish: PhoneWish, counter: CertificationClient) -> PhoneOwner:
    from shared.client.key_owners import find_owner
    from shared.phone import owners

    if wish.p12:
        return owners.read_owner(wish.p12, read_password(wish.password_file))
    person = find_owner(wish.person, *launch.population_parameters)
    if wish.bin:
        return await owners.certify_employee(counter, person, wish.bin)
    return await owners.certify_owner(counter, person)


async def _find_stranger(launch: LaunchContext, owner: PhoneOwner, counter: CertificationClient) -> PhoneOwner:
    """Another person of the population, with a key of НУЦ."""
    from shared.client.key_owners import find_owner
    from shared.phone import owners

    people = (find_owner(place, *launch.population_parameters) for place in ("2", "3"))
    return await owners.certify_owner(counter, next(person for person in people if person.iin != owner.iin))
