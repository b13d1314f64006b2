"""What a load does to its target, second by second: processor time of processes here, depth of the gateway."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.running.process_country import read_processes
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


MOST_DRAWN = 3
"""The processes with a curve each, those that work most; the others are summed up in one more curve."""
OTHERS = "others"


@dataclass
class ProcessWatch:
    """Samples of the watched processes, by name: shares of one processor."""

    processes: Mapping[str, int]
    samples: list[dict[str, Any]] = field(default_factory=list)
    _before: tuple[float, dict[str, float]] | None = None

    def sample(self, now: float) -> None:
        """Note the processor time used since the last sample; ``now`` is in seconds of any clock."""
        used = {name: read_processor_seconds(pid) for name, pid in self.processes.items()}
        if self._before is not None:
            at, before = self._before
            passed = max(now - at, 0.001)
            self.samples.append({name: 100 * max(0.0, used[name] - before[name]) / passed for name in used})
        self._before = (now, used)

    def draw_rows(self) -> list[dict[str, Any]]:
        """The samples with the processes that worked most, and the others together."""
        sums = {name: sum(row[name] for row in self.samples) for name in self.processes}
        busiest = sorted(sums, key=lambda name: -sums[name])[:MOST_DRAWN]
        others = [name for name in sums if name not in busiest]
        return [
            {
                **{name: row[name] for name in busiest},
                **({OTHERS: sum(row[name] for name in others)} if others else {}),
            }
            for row in self.samples
        ]


def find_processes(data_dir: Path) -> dict[str, int]:
    """The processes of the country that runs here with the data folder, by name."""
    processes = {name: process.pid for name, process in read_processes(data_dir).items() if process.runs}
    record = CountryRecord.find(data_dir)
    return processes or ({"egov-bus all": record.pid} if record is not None else {})


def read_processor_seconds(pid: int) -> float:
    """The processor time of a process so far; 0 for one that is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
    return 0.0
