"""The command lines: ``egov-bus certificate``, ``sign``, ``verify``, ``explain`` and ``vectors``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.launcher.commands.typed_language import LanguageOption
from services.launcher.commands.usage_errors import WrongValue
from services.launcher.launch import LaunchContext, read_password
from services.tools.signing.explain_command import explain_file
from services.tools.signing.vectors_command import write_vectors
from shared.pki.certificates.profile import CertificateUsage, OrganisationRole, SignaturePurpose

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
VerifiedFile = Annotated[
    Path,
    typer.Argument(
        help="CMS as DER, PEM or base64; signed XML; an evidence bundle of ШЭП, or segments of its journal."
    ),
]
DetachedContent = Annotated[
    Path | None, typer.Option("--content", metavar="FILE", help="The content of a detached signature.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace existing files.")]
Password = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="A file whose first line is the password; by default the command asks for the password.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.command("certificate")(make_certificate)
    app.command("sign")(sign_file)
    app.command("verify")(verify_file)
    app.command("explain")(explain_file)
    app.command("vectors")(write_vectors)


@dataclass(frozen=True)
class CertificateOptions:
    """The options of ``certificate``; `role` None stands for a citizen."""

    pick: str
    usage: CertificateUsage
    role: OrganisationRole | None
    organisation: str
    bin: str
    algorithm: str
    out: Path
    password_file: Path | None
    replaces: bool
    as_json: bool


def make_certificate(
    context: typer.Context,
    pick: Annotated[
        str,
        typer.Option("--pick", metavar="N|ИИН", help="The N-th living person of the population, or an ИИН."),
    ] = "1",
    usage: Annotated[
        CertificateUsage, typer.Option("--usage", help="To sign, or to log in.")
    ] = CertificateUsage.SIGN,
    role: Annotated[
        OrganisationRole | None,
        typer.Option("--role", help="The role of a person who acts for an organisation."),
    ] = None,
    organisation: Annotated[str, typer.Option("--organisation", help="The organisation.")] = "",
    bin_: Annotated[str, typer.Option("--bin", metavar="БИН", help="The organisation's БИН.")] = "",
    algorithm: Annotated[str, typer.Option("--algorithm", help="rsa (2048 bits) or ec (P-256).")] = "rsa",
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder for the files.")] = Path(),
    password_file: Password = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make a key, have НУЦ certify it, and write PKCS #12 and PEM.

    НУЦ is that of EGOV_NUC_URL, or of port 8007 (and EGOV_PORT_OFFSET) here. For a role, and for everybody
    with EGOV_PROFILE=production, the token of its operator is needed: EGOV_OPERATOR_TOKEN, or the file that is_nuc
    left in EGOV_DATA_DIR.
    """
    if algorithm not in ("rsa", "ec"):
        raise WrongValue.of_choice("--algorithm", ("rsa", "ec"))
    if (role is not None) != bool(organisation and bin_):
        raise WrongValue("--role", "together", options="--organisation, --bin")
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    options = CertificateOptions(
        pick, usage, role, organisation, bin_, algorithm, out, password_file, force, as_json
    )
    launch.run_to_end(_make_certificate(launch, options))


async def _make_certificate(launch: LaunchContext, options: CertificateOptions) -> int:
    import asyncio

    from services.tools.signing import files, output
    from shared.bus.profiles import Profile
    from shared.client.certification import CertificationClient, EmployeePosition
    from shared.client.key_owners import find_owner
    from shared.pki.certificates import keys

    certificate_owner = find_owner(options.pick, *launch.population_parameters)
    password = read_password(options.password_file, asks_twice=True)
    is_operators = options.role is not None or launch.environment.get("EGOV_PROFILE") == Profile.PRODUCTION
    token = launch.operator_token("is_nuc") if is_operators else None
    async with CertificationClient(launch.nuc_url, token=token) as counter:
        if options.role:
            job = EmployeePosition(options.organisation, options.bin, options.role)
            entry = await counter.certify_employee(certificate_owner.iin, job, options.usage, options.algorithm)
        else:
            make = keys.new_rsa_key if options.algorithm == "rsa" else keys.new_ec_key
            entry = await counter.certify_key(certificate_owner, options.usage, await asyncio.to_thread(make))
        anchors = await counter.fetch_anchors()
    paths = await asyncio.to_thread(
        files.store_key_files, entry, anchors, options.out, password, replaces=options.replaces
    )
    output.show_certificate(entry, paths, as_json=options.as_json)
    return 0


@dataclass(frozen=True)
class SignOptions:
    """The options of ``sign``."""

    file: Path
    p12: Path
    password_file: Path | None
    is_detached: bool
    is_xml: bool
    is_stamped: bool
    out: Path | None
    replaces: bool
    as_json: bool


def sign_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to sign.")],
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
        raise WrongValue("--xml", "apart", options="--detached, --stamp")
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    launch.run_to_end(
        _sign_file(launch, SignOptions(file, p12, password_file, detached, xml, stamp, out, force, as_json))
    )


async def _sign_file(launch: LaunchContext, options: SignOptions) -> int:
    from services.tools.signing import files, output, signatures
    from shared.client.keystore import read_pkcs12

    content = files.read_file(options.file)
    entry = read_pkcs12(files.read_file(options.p12), read_password(options.password_file))
    async with launch.bus_clock() as clock:
        now = clock.now()
    if options.is_xml:
        signature = signatures.sign_xml(content, entry)
    else:
        signature = signatures.sign_cms(content, entry, now, is_detached=options.is_detached)
    if options.is_stamped:
        signature = await signatures.add_timestamp(signature, launch.nuc_url, now)
    out = options.out or options.file.with_name(options.file.name + (".signed.xml" if options.is_xml else ".p7s"))
    files.write_file(out, signature, replaces=options.replaces)
    output.show_signature(entry, out, len(signature), as_json=options.as_json)
    return 0


@dataclass(frozen=True)
class VerifyOptions:
    """The options of ``verify``; without `crl`, НУЦ is asked."""

    file: Path
    content: Path | None
    is_xml: bool
    purpose: SignaturePurpose
    iin: str | None
    bin: str | None
    root: Path | None
    issuing: Path | None
    crl: Path | None
    at: datetime | None
    language: str
    as_json: bool


def verify_file(
    context: typer.Context,
    file: VerifiedFile,
    content: DetachedContent = None,
    xml: Annotated[bool, typer.Option("--xml", help="The file is XML with an enveloped signature.")] = False,
    purpose: Annotated[
        SignaturePurpose, typer.Option("--purpose", help="The purpose that the certificate must have.")
    ] = SignaturePurpose.APPLICANT,
    iin: Annotated[
        str | None, typer.Option("--iin", metavar="ИИН", help="The ИИН that the signer must have.")
    ] = None,
    bin_: Annotated[
        str | None, typer.Option("--bin", metavar="БИН", help="The БИН that the signer's organisation must have.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="FILE", help="The trusted root certificate (PEM or DER)."),
    ] = None,
    issuing: Annotated[
        Path | None, typer.Option("--issuing", metavar="FILE", help="The issuing certificate (PEM or DER).")
    ] = None,
    crl: Annotated[
        Path | None,
        typer.Option(
            "--crl", metavar="FILE", help="The revocation list; with a list the command does not ask НУЦ."
        ),
    ] = None,
    at: Annotated[
        datetime | None, typer.Option("--at", help="The moment of the check (UTC); by default now.")
    ] = None,
    language: LanguageOption = None,
    as_json: Json = False,
) -> None:
    """Check «условие 2» for a signed file, condition by condition; the exit code is 1 when a condition fails.

    The command asks НУЦ (EGOV_NUC_URL, or port 8007 and EGOV_PORT_OFFSET here) by OCSP, then reads НУЦ's
    revocation list. To check without НУЦ give --root, --issuing and --crl. An evidence bundle is checked offline,
    by --root and --issuing or, with a warning, by the certificates inside. Of the journal's archive give a
    segment, or the whole folder.
    """
    if crl is not None and (root is None or issuing is None):
        raise WrongValue("--crl", "together", options="--root, --issuing")
    if xml and content is not None:
        raise WrongValue("--content", "apart", options="--xml")
    launch: LaunchContext = context.obj
    launch.prepare_logs("WARNING")
    options = VerifyOptions(
        file, content, xml, purpose, iin, bin_, root, issuing, crl, at, launch.language, as_json
    )
    launch.run_to_end(_verify_file(launch, options))


def _verify_bundle(options: VerifyOptions, content: bytes) -> int:
    from services.tools.signing import bundle_output, files, verify_command
    from shared.evidence.bundle_check import verify_bundle

    trust_anchors = [
        None if path is None else verify_command.load_certificate(files.read_file(path))
        for path in (options.root, options.issuing)
    ]
    verdict = verify_bundle(content, *trust_anchors)
    bundle_output.show_bundle_verdict(verdict, options.language, as_json=options.as_json)
    return 0 if verdict.is_valid else 1


async def _verify_segments(launch: LaunchContext, options: VerifyOptions) -> int:
    from services.tools.signing import files, segment_output, verify_command
    from shared.client.certification import CertificationClient
    from shared.evidence.archived_segment import check_archive

    given = [None if path is None else files.read_file(path) for path in (options.root, options.issuing)]
    async with CertificationClient(launch.nuc_url) as counter:
        anchors = await verify_command.collect_anchors(given[0], given[1], counter)
    verdict = check_archive(options.file, anchors)
    segment_output.show_segments(verdict, options.language, as_json=options.as_json)
    return 0 if verdict.fault is None else 1


async def _verify_file(launch: LaunchContext, options: VerifyOptions) -> int:
    import asyncio

    from services.tools.signing import files, output, verify_command
    from shared.client.certification import CertificationClient
    from shared.evidence.archived_segment import is_archive
    from shared.evidence.container import is_container
    from shared.pki.verification.check import SignerExpectation

    if is_archive(options.file):
        return await _verify_segments(launch, options)
    if is_container(content := files.read_file(options.file)):
        return _verify_bundle(options, content)
    moment = options.at.replace(tzinfo=UTC) if options.at else None
    if moment is None:
        async with launch.bus_clock() as clock:
            moment = clock.now()
    trust_files = [
        None if path is None else files.read_file(path) for path in (options.root, options.issuing, options.crl)
    ]
    signed_content = None if options.content is None else files.read_file(options.content)
    signed = files.read_file(options.file) if options.is_xml else files.read_cms(options.file)
    async with CertificationClient(launch.nuc_url) as counter:
        anchors = await verify_command.collect_anchors(trust_files[0], trust_files[1], counter)
    expectation = SignerExpectation(options.purpose, options.iin, options.bin)
    with verify_command.open_checking(anchors, trust_files[2], launch.nuc_url, moment) as check:
        judge = verify_command.judge_xml if options.is_xml else verify_command.judge_cms
        verdict = await asyncio.to_thread(judge, check, signed, expectation, signed_content)
    output.show_verdict(verdict, options.language, as_json=options.as_json)
    return 0 if verdict.is_valid else 1
