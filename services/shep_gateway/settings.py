"""The settings of ШЭП."""

from __future__ import annotations

from services.shep_gateway.doors.push.allowed_hosts import THIS_MACHINE, AllowedHosts
from shared.bus.profiles import Opening
from shared.bus.settings import Settings


class GatewaySettings(Settings):
    """The settings of ШЭП: to whom it pushes."""

    push_hosts: str | None = None
    """The hosts on which participants may have endpoints to which ШЭП pushes messages: names, addresses and
    networks, separated by commas; ``none`` for none. A listed name may lead to public addresses and to listed
    networks only. If not given: this machine in a sandbox, none in production.
    """

    @property
    def allowed_push_hosts(self) -> AllowedHosts:
        """The hosts to which ШЭП may push."""
        if self.push_hosts is not None:
            return AllowedHosts.of_list("" if self.push_hosts == "none" else self.push_hosts)
        return AllowedHosts.of_list(THIS_MACHINE if self.opens(Opening.LOCAL_ENDPOINTS) else "")
