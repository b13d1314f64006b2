"""The processor time of the processes on this machine that a load is aimed at, second by second."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


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
