"""How long a country takes to go back to its seeded state: ``python -m tests.benchmarks.resets``.

A country of one process (``egov-bus all``), asked over HTTP. The wall clock is what the person waits; the
processor time of the country is what other programs on the machine do not spoil.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import httpx
import typer

from services.launcher.ports import random_offset
from tests.country import ROOT
from tests.servers import environment

GATEWAY_PORT = 8002
PATH = "/api/v1/sandbox/reset"
START_SECONDS = 120.0
SETTLE_SECONDS = 2.0
"""Between two resets: the work that systems do soon after a start is not the next reset's."""
TICKS = os.sysconf("SC_CLK_TCK")


def main(rounds: Annotated[int, typer.Option(help="How many resets.")] = 5) -> None:
    """Print the seconds of each reset as JSON; a quiet machine is what the goal of a second is for."""
    with tempfile.TemporaryDirectory(prefix="egov-resets.") as name:
        folder, offset = Path(name), random_offset()
        settings = {"PYTHONPATH": str(ROOT), "EGOV_DATA_DIR": name, "EGOV_PORT_OFFSET": str(offset)}
        words = (sys.executable, "-m", "services", "all")
        with (folder / "log").open("w") as log:
            country = subprocess.Popen(words, env=environment.inherited(**settings), stdout=log, stderr=log)
        try:
            token = folder / "shep_gateway" / "operator.token"
            url = f"http://127.0.0.1:{GATEWAY_PORT + offset}"
            print(json.dumps(measure(country.pid, url, token, rounds)))
        finally:
            country.terminate()
            country.wait(30)


def measure(pid: int, url: str, token: Path, rounds: int) -> list[dict[str, float]]:
    """Wall-clock and processor seconds of each reset of a country that starts."""
    _await(lambda: httpx.get(f"{url}/readyz", trust_env=False).is_success)
    headers = {"Authorization": f"Bearer {token.read_text().strip()}"}
    figures = []
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30) as gateway:
        for _ in range(rounds):
            time.sleep(SETTLE_SECONDS)
            began, used = time.monotonic(), processor_seconds(pid)
            generation = gateway.post(PATH, json={}).json()["generation"]
            _await(lambda wanted=generation: gateway.get(PATH).json()["generation"] >= wanted)  # type: ignore[misc]
            wall, processor = time.monotonic() - began, processor_seconds(pid) - used
            figures.append({"seconds": round(wall, 3), "processor_seconds": round(processor, 3)})
    return figures


def processor_seconds(pid: int) -> float:
    """The processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _await(is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if is_there():
                return
        time.sleep(0.02)
    raise TimeoutError("the country is not ready")


if __name__ == "__main__":
    typer.run(main)
