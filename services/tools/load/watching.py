"""What a load does to its target, second by second: processor time of processes here, depth of the gateway."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from shared.client.http import ApiError, HttpClient

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

WAITING = re.compile(
    r"^egov_(?:messages_parked|messages_unconfirmed|batch_backlog)(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE
)
"""The gauges of a system that count what waits there: for another message, for the carrier, for a batch."""


def sum_depth(metrics: str) -> float:
    """The messages that wait at a system, by its text for Prometheus."""
    return sum(float(value) for value in WAITING.findall(metrics))


@dataclass
class DepthWatch:
    """Samples of the messages that wait at the gateway."""

    gateway: HttpClient
    samples: list[dict[str, Any]] = field(default_factory=list)

    async def sample(self) -> None:
        """Note the depth now; nothing where the gateway does not tell it."""
        with suppress(ApiError, httpx.HTTPError):
            self.samples.append({"value": sum_depth((await self.gateway.call("GET", "/metrics")).text)})


@dataclass
class ProcessWatch:
    """Samples of the watched processes: shares of one processor."""

    pids: Sequence[int]
    samples: list[dict[str, Any]] = field(default_factory=list)
    _before: tuple[float, float] | None = None

    def sample(self, now: float) -> None:
        """Note the processor time used since the last sample; ``now`` is in seconds of any clock."""
        used = sum(map(read_processor_seconds, self.pids))
        if self._before is not None:
            at, before = self._before
            self.samples.append({"value": 100 * (used - before) / max(now - at, 0.001)})
        self._before = (now, used)


def read_processor_seconds(pid: int) -> float:
    """The processor time of a process so far; 0 for one that is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
    return 0.0
