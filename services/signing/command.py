"""The command lines: ``egov-bus certificate``, ``sign`` and ``verify``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from services.launch import Launch, read_password
from shared.pki.profile import Kind

PEOPLE = (Kind.INDIVIDUAL, Kind.INDIVIDUAL_AUTH, Kind.EMPLOYEE, Kind.FIRST_HEAD, Kind.CON_OPERATOR)

Json = Annotated[bool, typer.Option("--json", help="Tell it as JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
Password = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="Its first line is the password; else it is asked for."),
]


def add_to(app: typer.Typer) -> None:
    """Make them commands of the launcher."""
    app.command("certificate")(certificate)
    app.command("sign")(sign)


@dataclass(frozen=True)
class Certify:
    """What ``certificate`` was asked for."""

    who: str
    kind: Kind
    algorithm: str
    organisation: str
    bin: str
    out: Path
    password_file: Path | None
    replaces: bool
    as_json: bool


def certificate(
    context: typer.Context,
    pick: Annotated[
        str,
        typer.Option("--pick", metavar="N|ИИН", help="Whom: the N-th living person of the population, or an ИИН."),
    ] = "1",
    kind: Annotated[Kind, typer.Option("--kind", help="What the certificate is for.")] = Kind.INDIVIDUAL,
    algorithm: Annotated[str, typer.Option("--algorithm", help="rsa (2048 bits) or ec (P-256).")] = "rsa",
    organisation: Annotated[str, typer.Option("--organisation", help="An employee's employer.")] = "",
    bin_: Annotated[str, typer.Option("--bin", help="The employer's БИН.")] = "",
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")] = Path(),
    password_file: Password = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a key, have НУЦ certify it, and write PKCS #12 and PEM.

    НУЦ's counter must be open (it is, in the sandbox): EGOV_NUC_URL, or port 8007 of this machine.
    """
    if kind not in PEOPLE:
        raise typer.BadParameter(f"one of {', '.join(PEOPLE)}", param_hint="--kind")
    if algorithm not in ("rsa", "ec"):
        raise typer.BadParameter("rsa or ec", param_hint="--algorithm")
    is_staff = kind not in (Kind.INDIVIDUAL, Kind.INDIVIDUAL_AUTH)
    if is_staff != bool(organisation and bin_):
        raise typer.BadParameter("an employee has --organisation and --bin, a citizen has none")
    launch: Launch = context.obj
    launch.prepare("WARNING")
    wish = Certify(pick, kind, algorithm, organisation, bin_, out, password_file, force, as_json)
    launch.run(_certificate(launch, wish))


async def _certificate(launch: Launch, wish: Certify) -> int:
    import asyncio

    from services.signing import files, telling
    from shared.client.counter import Counter, Owner
    from shared.client.picks import pick
    from shared.pki import keys

    person = pick(wish.who, *launch.population)
    password = read_password(wish.password_file, asks_twice=True)
    names = (person.iin, person.surname, person.name, person.patronymic)
    make = keys.new_rsa_key if wish.algorithm == "rsa" else keys.new_ec_key
    async with Counter(launch.nuc_url) as counter:
        owner = Owner(*names, wish.organisation, wish.bin)
        entry = await counter.certify(owner, wish.kind, await asyncio.to_thread(make))
    paths = await asyncio.to_thread(files.keep, entry, wish.out, password, replaces=wish.replaces)
    telling.certified(entry, paths, as_json=wish.as_json)
    return 0


@dataclass(frozen=True)
class Sign:
    """What ``sign`` was asked for."""

    file: Path
    p12: Path
    password_file: Path | None
    is_detached: bool
    is_xml: bool
    out: Path | None
    replaces: bool
    as_json: bool


def sign(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What to sign.")],
    p12: Annotated[Path, typer.Option("--p12", metavar="FILE", help="The signer's key.")],
    password_file: Password = None,
    detached: Annotated[bool, typer.Option("--detached", help="Leave the content out of the signature.")] = False,
    xml: Annotated[bool, typer.Option("--xml", help="An enveloped signature inside the XML document.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="FILE.p7s, or FILE.signed.xml, if not given.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Sign a file with a key from PKCS #12: CMS (CAdES-BES, DER), or XML with an enveloped signature."""
    if detached and xml:
        raise typer.BadParameter("an enveloped signature is not detached", param_hint="--detached")
    launch: Launch = context.obj
    launch.prepare("WARNING")
    launch.run(_sign(Sign(file, p12, password_file, detached, xml, out, force, as_json)))


async def _sign(wish: Sign) -> int:
    from services.signing import files, telling
    from shared.bus.clock import SystemClock
    from shared.client.keystore import read_pkcs12
    from shared.pki import cms

    content = files.read(wish.file)
    entry = read_pkcs12(files.read(wish.p12), read_password(wish.password_file))
    at = SystemClock().now()
    made = cms.sign(content, entry.key, entry.certificate, chain=entry.chain, at=at, detached=wish.is_detached)
    out = wish.out or wish.file.with_name(wish.file.name + (".signed.xml" if wish.is_xml else ".p7s"))
    files.write(out, made, replaces=wish.replaces)
    telling.signed(entry, out, len(made), as_json=wish.as_json)
    return 0
