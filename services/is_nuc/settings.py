"""Settings of the certification centre."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from shared.bus.settings import Settings


class NucSettings(Settings):
    """``issues_to_people`` opens the sandbox's counter: a certificate for whoever asks, unseen.

    ``nuc_url`` is its own public address: every certificate points at it.
    """

    issues_to_people: bool = True
    crl_minutes: Annotated[int, Field(ge=1, le=60 * 24)] = 10
    ocsp_seconds: Annotated[int, Field(ge=2, le=7 * 24 * 3600)] = 60
    """For how long an answer of OCSP may be believed, and so how late a revocation may be noticed."""
    clock_start: AwareDatetime | None = None
    """What the bus's clock tells at the first start with a fresh database; needs the sandbox's clock."""
    pki_faults: bool = True
    """The sandbox's troubles on demand and its magic subjects."""
    silent_seconds: Annotated[float, Field(ge=0, le=300)] = 30
    """How long the trouble «silent» keeps a caller waiting before the connection is cut."""
    population_seed: int = 1
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """The people for whom the counter makes key and certificate at once: those of НР ИИН."""
    ncanode: bool = True
    """Lend the signing server to whoever asks (services.is_nuc.ncanode): for a sandbox only."""
    ncanode_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """A second port on which to listen, not shifted by EGOV_PORT_OFFSET: 14579 for clients that know no other."""
    employers: str = "is_mio,is_con,is_esobes,is_rynok_truda,gbd_elicense,arm_shep,arm_rshep"
    """Systems, separated by commas, on whose word employees are certified."""
    systems: str = ""
    """Addresses, separated by commas, for which an enrolment token is made at the first start."""

    @field_validator("clock_start")
    @classmethod
    def _check_clock_start(cls, start: datetime | None, info: ValidationInfo) -> datetime | None:
        if start is not None and info.data.get("clock") != "sandbox":
            raise ValueError("only with EGOV_CLOCK=sandbox")
        return start

    @property
    def listen_ports(self) -> tuple[int, ...]:
        return (self.port, self.ncanode_port) if self.ncanode_port else (self.port,)
