"""The command ``explain``: why a signature in a file is refused, and which variant of it would verify."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.launcher.commands.error_report import describe_error
from services.launcher.commands.typed_language import LanguageOption
from services.launcher.launch import LaunchContext
from services.tools import whereabouts
from services.tools.signing.texts import TEXTS
from shared.bus.errors import BusError, Malformed, Refused
from shared.bus.profiles import Profile
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.encoding.der import UNREADABLE
from shared.pki.explanation.findings import ExpectedSignature, Explanation, SignatureKind


def explain_file(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|ID",
            help="A signature (SOAP envelope, signed XML, CMS, JWS), or the id of a message, case or exchange.",
        ),
    ],
    kind: Annotated[
        SignatureKind | None, typer.Option("--kind", help="The kind of signature; guessed by default.")
    ] = None,
    content: Annotated[
        Path | None, typer.Option("--content", metavar="FILE", help="What a CMS or JWS is a signature of.")
    ] = None,
    certificate: Annotated[
        list[Path] | None,
        typer.Option("--certificate", metavar="FILE", help="A certificate that the signature may only name."),
    ] = None,
    root: Annotated[
        Path | None, typer.Option("--root", metavar="FILE", help="The trusted root certificate (PEM or DER).")
    ] = None,
    issuing: Annotated[
        Path | None, typer.Option("--issuing", metavar="FILE", help="The issuing certificate (PEM or DER).")
    ] = None,
    purpose: Annotated[
        SignaturePurpose | None, typer.Option("--purpose", help="The purpose that the certificate must have.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ADDRESS", help="The recipient that a JWS must name.")
    ] = None,
    at: Annotated[
        datetime | None, typer.Option("--at", help="The moment of the check (UTC); by default now.")
    ] = None,
    language: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why a signature is refused and which variant would verify, or why nothing comes back: where the message
    or case with this id lies. The exit code is 1 when something is wrong.

    For an id every system of this machine is asked with its operator's token; for a file nobody.
    """
    launch: LaunchContext = context.obj
    if whereabouts.is_id(file):
        launch.run_to_end(whereabouts.explain_id(launch, str(file), launch.language, as_json=as_json))
    files_given = ExplainedFiles(file, content, tuple(certificate or ()), root, issuing)
    explanation = _explain_or_exit(launch, files_given, (kind, purpose, to, at))
    _show(explanation, launch.language, as_json=as_json)
    raise typer.Exit(1 if explanation.findings else 0)


@dataclass(frozen=True)
class ExplainedFiles:
    """The files that the command reads."""

    signature: Path
    content: Path | None
    certificates: tuple[Path, ...]
    root: Path | None
    issuing: Path | None


Expectations = tuple[SignatureKind | None, SignaturePurpose | None, str | None, datetime | None]
"""The kind of signature, the purpose of its certificate, its recipient, the moment of the check."""


def _explain_or_exit(launch: LaunchContext, paths: ExplainedFiles, expectations: Expectations) -> Explanation:
    try:
        if launch.environment.get("EGOV_PROFILE") == Profile.PRODUCTION:
            raise Refused("explanations-closed", "explanations-closed")
        return _explain(paths, *expectations)
    except BusError as error:
        describe_error(error, launch.language).print()
        raise typer.Exit(2) from None


def _explain(
    paths: ExplainedFiles,
    kind: SignatureKind | None,
    purpose: SignaturePurpose | None,
    recipient: str | None,
    at: datetime | None,
) -> Explanation:
    from services.tools.signing import files
    from shared.pki.explanation.guess import explain_signature

    expected = ExpectedSignature(
        content=None if paths.content is None else files.read_file(paths.content),
        at=(at or datetime.now(UTC)).replace(tzinfo=UTC),  # noqa: TID251 - a file is judged now
        purpose=purpose,
        anchors=_read_anchors(paths.root, paths.issuing),
        recipient=recipient,
        certificates=tuple(_read_certificate(path) for path in paths.certificates),
        accepts_gost=True,
    )
    return explain_signature(files.read_file(paths.signature), expected, kind)


def _read_anchors(root: Path | None, issuing: Path | None) -> TrustAnchors | None:
    if root is None:
        return None
    intermediates = () if issuing is None else (_read_certificate(issuing),)
    return TrustAnchors((_read_certificate(root),), intermediates)


def _read_certificate(path: Path) -> x509.Certificate:
    """The first certificate in a file; Malformed certificate-malformed."""
    from services.tools.signing import files

    content = files.read_file(path)
    try:
        is_pem = b"-----BEGIN" in content
        return x509.load_pem_x509_certificate(content) if is_pem else x509.load_der_x509_certificate(content)
    except UNREADABLE:
        raise Malformed("certificate-malformed", f"{path}: not a certificate") from None


def _show(explanation: Explanation, language: str, *, as_json: bool) -> None:
    """Print the findings with their details, then the facts."""
    if as_json:
        print(json.dumps(explanation.as_json(), ensure_ascii=False))  # noqa: T201
        return
    console = Console()
    if not explanation.findings:
        console.print(Text(TEXTS["explain-nothing"][language], "green"))
    for finding in explanation.findings:
        label = TEXTS["explain-proved" if finding.is_proved else "explain-read"][language]
        console.print(Text(f"✗ {finding.code}", "red"), Text(f"({label})", "dim"), soft_wrap=True)
        console.print(Text(f"  {finding.texts[language]}"), soft_wrap=True)
        for name, value in finding.details.items():
            console.print(Text(f"  {name}: {value}", "dim"), soft_wrap=True)
    table = Table(box=None, show_header=False)
    for name, value in explanation.facts.items():
        table.add_row(name, value)
    console.print(table)
