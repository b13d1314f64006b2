"""The command lines: ``egov-bus certificate``, ``sign`` and ``verify``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.launcher.launch import Launch, read_password
from services.tools.signing.texts import LANGUAGES
from shared.pki.certificates.profile import Purpose, Role, Usage

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
    app.command("verify")(verify)


@dataclass(frozen=True)
class Certify:
    """What ``certificate`` was asked for; `role` None: a citizen."""

    who: str
    usage: Usage
    role: Role | None
    organisation: str
    bin: str
    algorithm: str
    out: Path
    password_file: Path | None
    replaces: bool
    as_json: bool


def certificate(
    context: typer.Context,
    pick: Annotated[
        str,
        typer.Option("--pick", metavar="N|ИИН", help="The N-th living person of the population, or an ИИН."),
    ] = "1",
    usage: Annotated[Usage, typer.Option("--usage", help="To sign, or to log in.")] = Usage.SIGN,
    role: Annotated[
        Role | None, typer.Option("--role", help="Somebody who acts for an organisation, in this role.")
    ] = None,
    organisation: Annotated[str, typer.Option("--organisation", help="The organisation.")] = "",
    bin_: Annotated[str, typer.Option("--bin", metavar="БИН", help="The organisation's БИН.")] = "",
    algorithm: Annotated[str, typer.Option("--algorithm", help="rsa (2048 bits) or ec (P-256).")] = "rsa",
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the files go.")] = Path(),
    password_file: Password = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a key, have НУЦ certify it, and write PKCS #12 and PEM.

    НУЦ is that of EGOV_NUC_URL, or of port 8007 on this machine. For a role the token of its operator is needed:
    EGOV_OPERATOR_TOKEN, or the file that is_nuc left in EGOV_DATA_DIR.
    """
    if algorithm not in ("rsa", "ec"):
        raise typer.BadParameter("rsa or ec", param_hint="--algorithm")
    if (role is not None) != bool(organisation and bin_):
        raise typer.BadParameter("a role goes with --organisation and --bin", param_hint="--role")
    launch: Launch = context.obj
    launch.prepare("WARNING")
    wish = Certify(pick, usage, role, organisation, bin_, algorithm, out, password_file, force, as_json)
    launch.run(_certificate(launch, wish))


async def _certificate(launch: Launch, wish: Certify) -> int:
    import asyncio

    from services.tools.signing import files, output
    from shared.client.counter import Counter, Job
    from shared.client.owners import owner
    from shared.pki.certificates import keys

    who = owner(wish.who, *launch.population)
    password = read_password(wish.password_file, asks_twice=True)
    token = launch.operator_token("is_nuc") if wish.role else None
    async with Counter(launch.nuc_url, token=token) as counter:
        if wish.role:
            job = Job(wish.organisation, wish.bin, wish.role)
            entry = await counter.employ(who.iin, job, wish.usage, wish.algorithm)
        else:
            make = keys.new_rsa_key if wish.algorithm == "rsa" else keys.new_ec_key
            entry = await counter.certify(who, wish.usage, await asyncio.to_thread(make))
        anchors = await counter.anchors()
    paths = await asyncio.to_thread(files.keep, entry, anchors, wish.out, password, replaces=wish.replaces)
    output.certified(entry, paths, as_json=wish.as_json)
    return 0


@dataclass(frozen=True)
class Sign:
    """What ``sign`` was asked for."""

    file: Path
    p12: Path
    password_file: Path | None
    is_detached: bool
    is_xml: bool
    is_stamped: bool
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
    stamp: Annotated[bool, typer.Option("--stamp", help="Add a time-stamp of НУЦ (CAdES-T).")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="FILE.p7s, or FILE.signed.xml, if not given.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Sign a file with a key from PKCS #12: CMS (CAdES-BES, DER), or XML with an enveloped signature."""
    if xml and (detached or stamp):
        raise typer.BadParameter("an enveloped signature is neither detached nor stamped", param_hint="--xml")
    launch: Launch = context.obj
    launch.prepare("WARNING")
    launch.run(_sign(launch, Sign(file, p12, password_file, detached, xml, stamp, out, force, as_json)))


async def _sign(launch: Launch, wish: Sign) -> int:
    from services.tools.signing import files, output, signatures
    from shared.client.keystore import read_pkcs12

    content = files.read(wish.file)
    entry = read_pkcs12(files.read(wish.p12), read_password(wish.password_file))
    async with launch.clock() as clock:
        now = clock.now()
    if wish.is_xml:
        made = signatures.xml(content, entry)
    else:
        made = signatures.cms(content, entry, now, is_detached=wish.is_detached)
    if wish.is_stamped:
        made = await signatures.stamped(made, launch.nuc_url, now)
    out = wish.out or wish.file.with_name(wish.file.name + (".signed.xml" if wish.is_xml else ".p7s"))
    files.write(out, made, replaces=wish.replaces)
    output.signed(entry, out, len(made), as_json=wish.as_json)
    return 0


@dataclass(frozen=True)
class Verify:
    """What ``verify`` was asked for; `crl` None: ask НУЦ."""

    file: Path
    content: Path | None
    is_xml: bool
    purpose: Purpose
    iin: str | None
    bin: str | None
    root: Path | None
    issuing: Path | None
    crl: Path | None
    at: datetime | None
    language: str
    as_json: bool


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The signature: CMS as DER, PEM or base64; or signed XML.")],
    content: Annotated[
        Path | None, typer.Option("--content", metavar="FILE", help="What a detached signature is over.")
    ] = None,
    xml: Annotated[bool, typer.Option("--xml", help="The file is XML with an enveloped signature.")] = False,
    purpose: Annotated[
        Purpose, typer.Option("--purpose", help="What the certificate must be made for.")
    ] = Purpose.APPLICANT,
    iin: Annotated[str | None, typer.Option("--iin", metavar="ИИН", help="Whose signature it must be.")] = None,
    bin_: Annotated[
        str | None, typer.Option("--bin", metavar="БИН", help="Which organisation's it must be.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="FILE", help="The root to believe (PEM or DER)."),
    ] = None,
    issuing: Annotated[
        Path | None, typer.Option("--issuing", metavar="FILE", help="The issuing certificate (PEM or DER).")
    ] = None,
    crl: Annotated[
        Path | None,
        typer.Option("--crl", metavar="FILE", help="The list of the revoked; with it nobody is asked."),
    ] = None,
    at: Annotated[
        datetime | None, typer.Option("--at", help="The moment to judge at (UTC), when it is not now.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help=f"The language: {', '.join(LANGUAGES)}.")] = "ru",
    as_json: Json = False,
) -> None:
    """«Условие 2» over a signed file, condition by condition; the exit code is 1 when it does not hold.

    НУЦ is asked (EGOV_NUC_URL, or port 8007 of this machine): OCSP, then its list. Without it give --root,
    --issuing and --crl.
    """
    if lang not in LANGUAGES:
        raise typer.BadParameter(f"one of {', '.join(LANGUAGES)}", param_hint="--lang")
    if crl is not None and (root is None or issuing is None):
        raise typer.BadParameter("give --root and --issuing too", param_hint="--crl")
    if xml and content is not None:
        raise typer.BadParameter("an enveloped signature holds its content", param_hint="--content")
    launch: Launch = context.obj
    launch.prepare("WARNING")
    wish = Verify(file, content, xml, purpose, iin, bin_, root, issuing, crl, at, lang, as_json)
    launch.run(_verify(launch, wish))


async def _verify(launch: Launch, wish: Verify) -> int:
    import asyncio

    from services.tools.signing import files, output, verify_command
    from shared.client.counter import Counter
    from shared.pki.verification.check import Asked

    moment = wish.at.replace(tzinfo=UTC) if wish.at else None
    if moment is None:
        async with launch.clock() as clock:
            moment = clock.now()
    given = [None if path is None else files.read(path) for path in (wish.root, wish.issuing, wish.crl)]
    content = None if wish.content is None else files.read(wish.content)
    signed = files.read(wish.file) if wish.is_xml else files.read_cms(wish.file)
    async with Counter(launch.nuc_url) as counter:
        anchors = await verify_command.anchors(given[0], given[1], counter)
    asked = Asked(wish.purpose, wish.iin, wish.bin)
    with verify_command.against(anchors, given[2], launch.nuc_url, moment) as check:
        judge = verify_command.judge_xml if wish.is_xml else verify_command.judge_cms
        told = await asyncio.to_thread(judge, check, signed, asked, content)
    output.judged(told, wish.language, as_json=wish.as_json)
    return 0 if told.holds else 1
