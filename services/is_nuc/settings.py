"""The settings of НУЦ."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from shared.bus.settings import NOT_IN_ENVIRONMENT
from shared.contracts.organisations import read_organisations
from shared.people.settings import PopulationSettings

AUTHORITY_FILES = ("root.key", "root.crt", "issuing.key", "issuing.crt")


class NucSettings(PopulationSettings):
    """The settings of the authority; НУЦ makes containers for the people of the synthetic population."""

    issues_to_people: bool = True
    """Whether every caller gets certificates of people, in the sandbox only; else НУЦ's operator gets them."""
    crl_minutes: Annotated[int, Field(ge=1, le=60 * 24)] = 10
    """How long a revocation list is in force, in minutes."""
    crl_bytes: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    """The size of a revocation list, in bytes, above which `/readyz` warns: verifiers read 16 MiB at most."""
    ocsp_seconds: Annotated[int, Field(ge=2, le=7 * 24 * 3600)] = 60
    """How long an OCSP response is in force, in seconds, and so how late a revocation may be noticed."""
    clock_start: AwareDatetime | None = None
    """The bus's time at the first start with an empty database; needs the sandbox's clock."""
    pki_faults: bool = True
    """The sandbox's faults on demand and magic subjects."""
    silent_seconds: Annotated[float, Field(ge=0, le=300)] = 30
    """How many seconds the fault «silent» holds a caller before the connection closes."""
    ncanode: bool = True
    """Whether the signing server (services.is_nuc.ncanode) is open to every caller; for a sandbox only."""
    ncanode_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """A second port to listen on, not shifted by EGOV_PORT_OFFSET: 14579 for clients with a fixed port."""
    sigex: bool = True
    """Whether SIGEX (services.is_nuc.sigex), which signs by phone for any caller, is open; for a sandbox only."""
    organisations_file: Path | None = None
    """The register of organisations and the systems that vouch for their people (YAML), in place of the acts'."""
    authority_file: Path | None = None
    """Root and issuing authority, made by `egov-bus compose-env --tls`: НУЦ takes them over at the first start."""
    systems: Annotated[str, NOT_IN_ENVIRONMENT] = ""
    """The addresses, separated by commas, that get an enrolment token at the first start."""

    @field_validator("clock_start")
    @classmethod
    def _check_clock_start(cls, start: datetime | None, info: ValidationInfo) -> datetime | None:
        if start is not None and info.data.get("clock") != "sandbox":
            raise ValueError("only with EGOV_CLOCK=sandbox")
        return start

    @field_validator("organisations_file")
    @classmethod
    def _check_organisations(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_organisations(path)
        return path

    @field_validator("authority_file")
    @classmethod
    def _check_authorities(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_authorities(path)
        return path

    @property
    def _is_open_to_pages(self) -> bool:
        return self.ncanode or self.sigex or super()._is_open_to_pages

    @property
    def listen_ports(self) -> tuple[int, ...]:
        return (self.port, self.ncanode_port) if self.ncanode_port else (self.port,)


def read_authorities(path: Path) -> dict[str, str]:
    """The files of root and issuing authority by name, each PEM, from a file of `egov-bus compose-env --tls`.

    ValueError for a file that cannot be read, or has no such content; the message repeats nothing of the content.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name}: {error.strerror if isinstance(error, OSError) else 'not JSON'}") from None
    if not isinstance(content, dict) or set(content) != set(AUTHORITY_FILES):
        raise ValueError(f"{path.name}: not an object with {', '.join(AUTHORITY_FILES)}")
    if not all(isinstance(text, str) and text.startswith("-----BEGIN ") for text in content.values()):
        raise ValueError(f"{path.name}: not all are PEM")
    return content
