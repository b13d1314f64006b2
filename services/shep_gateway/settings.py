"""The settings of ШЭП."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.shep_gateway.doors.push.allowed_hosts import THIS_MACHINE, AllowedHosts
from shared.bus.profiles import Opening, Profile
from shared.bus.settings import PRODUCTION_READS, SANDBOX_READS
from shared.people.settings import PopulationSettings


class GatewaySettings(PopulationSettings):
    """The settings of ШЭП: to whom it pushes, and how often participants may call."""

    push_hosts: str | None = None
    """The hosts on which participants may have endpoints to which ШЭП pushes messages: names, addresses and
    networks, separated by commas; ``none`` for none. A listed name may lead to public addresses and to listed
    networks only. If not given: this machine in a sandbox, none in production.
    """
    participant_calls_a_minute: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """How many calls a minute a participant may make at the doors; 600000 in the sandbox and 6000 in production if
    not given.
    """

    system_urls: str = ""
    """The addresses at which the console finds the other systems: ``NAME=URL`` for each, separated by spaces; the
    ports of the catalogue with EGOV_PORT_OFFSET, at EGOV_HOST or on this machine, if not given.
    """

    employee_password: str | None = None
    """The first password of all employees, in the sandbox only; made at the first start if not given."""

    journal_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    """After how many days of the bus's time an entry of the journal leaves the database for the archive
    (docs/how-to/archive.md); never if not given.
    """
    archive_dir: Path | None = None
    """The folder of the archive, one for all replicas; ``archive`` in the instance's folder if not given."""

    @property
    def allowed_push_hosts(self) -> AllowedHosts:
        """The hosts to which ШЭП may push."""
        if self.push_hosts is not None:
            return AllowedHosts.of_list("" if self.push_hosts == "none" else self.push_hosts)
        return AllowedHosts.of_list(THIS_MACHINE if self.opens(Opening.LOCAL_ENDPOINTS) else "")

    @property
    def calls_of_participant(self) -> int:
        """The calls that a participant may make in a minute."""
        usual = SANDBOX_READS if self.profile is Profile.SANDBOX else PRODUCTION_READS
        return self.participant_calls_a_minute or usual
