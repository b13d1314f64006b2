"""The start of the demo's country: the systems of its application first, the others after its completion."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from services.catalog import INSTANCES, ServiceInstance
from services.launcher import ports
from services.launcher.clock import ConfiguredInstances
from services.launcher.commands.server_check import check_servers
from services.launcher.country import Deployment
from services.launcher.data_folder.country_record import hold_folder
from services.launcher.gc_tuning import freeze_survivors
from services.launcher.settings import settings_for

FIRST_SYSTEMS = frozenset({"is_nuc", "portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con", "nr_iin"})
"""The systems that the demo's application passes: they start first, the others after its completion (decision
0021).
"""
CLERKS = "instant"


def find_process_start() -> float:
    """The start of this process on the monotonic clock, imports included; the current time where it is unknown."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.monotonic()


@dataclass
class DemoStart:
    """The start of the demo: the instances that start later, and the sockets that hold their ports."""

    environment: Mapping[str, str]
    later: tuple[ServiceInstance, ...]
    held_sockets: list[socket.socket]

    @classmethod
    def plan_start(cls, environment: Mapping[str, str]) -> DemoStart:
        """Plan the start; with clerks that take their time, all instances start at once, because the wait is
        unknown.
        """
        is_instant = environment.get("EGOV_CLERKS", CLERKS) == CLERKS and not environment.get("EGOV_CLERKS_FILE")
        later = tuple(instance for instance in INSTANCES if is_instant and instance.name not in FIRST_SYSTEMS)
        if environment.get("EGOV_PORT_OFFSET"):
            return cls(environment, later, [])
        shift, held_sockets = ports.hold_ports([instance.port for instance in later])
        return cls({**environment, "EGOV_PORT_OFFSET": str(shift)}, later, held_sockets)

    def first_instances(self) -> ConfiguredInstances:
        return self._configure_instances(instance for instance in INSTANCES if instance not in self.later)

    def later_instances(self) -> ConfiguredInstances:
        """The instances that start later; their ports are freed for them."""
        ports.close_sockets(self.held_sockets)
        return self._configure_instances(self.later)

    async def start_first(
        self, data_dir: Path, stack: AsyncExitStack, on_ready: Callable[[str], None]
    ) -> Deployment:
        """Start the first instances; ``stack`` stops them, and everything that is started later."""
        stack.callback(ports.close_sockets, self.held_sockets)
        deployment = Deployment(self.first_instances())
        names = (instance.name for instance in INSTANCES)
        stack.callback(hold_folder(data_dir, self.environment, names).release)
        stack.push_async_callback(deployment.stop)
        await check_servers(deployment.instances[0][1])
        await deployment.start(on_ready)
        freeze_survivors()
        return deployment

    def _configure_instances(self, instances: Iterable[ServiceInstance]) -> ConfiguredInstances:
        clerks = self.environment.get("EGOV_CLERKS", CLERKS)
        return [
            (instance, settings_for(instance, self.environment, is_alone=False, clerks=clerks))
            for instance in instances
        ]
