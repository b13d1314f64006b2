"""A storm of clients that do not wait: ``python -m tests.benchmarks.storm [--seconds 20] [--excess 4]``.

A whole country runs in one process of its own, as ``egov-bus all`` does. For each door of the portal the capacity
is measured with patient clients; then attempts come at ``excess`` times the capacity whatever becomes of them,
each on a connection of its own, and each gives up after ten seconds. Goodput is what was answered as wanted before
its client gave up. Readiness is asked all the while.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, repeat
from pathlib import Path
from urllib.parse import urlsplit

from services.launcher.ports import random_offset
from shared.client import PortalClient, certify_person
from shared.contracts.population import SyntheticPerson, make_population
from shared.pki.certificates.keys import new_ec_key
from tests.country import ROOT, is_ready
from tests.journeys.kit import AUTHORITY, FORM, PASSWORD, SERVICE

PATIENCE = 10.0
CLIENTS = 32
CITIZENS, APPLICATIONS_OF_ONE = 200, 90
"""The portal takes a hundred applications of a citizen a day."""
WARM_SECONDS = 3.0
PORTAL, CENTRE = 8001, 8007
DOORS = ("login", "application")
MOST_LINE = 64 * 1024


@dataclass
class StormFigures:
    """What became of the attempts of one storm."""

    capacity: float
    """Answers a second to patient clients before the storm."""
    offered: float = 0.0
    goodput: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    worst_good: float = 0.0
    """The longest time of a wanted answer, in seconds."""
    worst_readiness: float = 0.0
    cores: tuple[float, float] = (0.0, 0.0)
    """The processor seconds that the country used a second, by patient clients and in the storm."""


@dataclass(frozen=True)
class Door:
    """Requests in turn, whose answers have a status of ``wanted`` when the work is done."""

    host: str
    port: int
    requests: Iterator[bytes]
    wanted: frozenset[str] = frozenset({"200", "201", "202"})

    async def knock(self) -> str:
        """The status of one attempt on a connection of its own."""
        if (request := next(self.requests, None)) is None:
            return "none-left"
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=MOST_LINE)
        try:
            writer.write(request)
            line = await reader.readline()
            await reader.read()
            return line.split(b" ")[1].decode() if line else "cut"
        finally:
            writer.close()


def make_request(url: str, call: str, body: object, token: str | None = None) -> bytes:
    """The bytes of a request on a connection of its own: ``call`` is method and path."""
    content = json.dumps(body).encode()
    head = [f"{call} HTTP/1.1", f"Host: {urlsplit(url).netloc}", "Connection: close"]
    head += [f"Authorization: Bearer {token}"] if token else []
    head += ["Content-Type: application/json", f"Content-Length: {len(content)}", "", ""]
    return "\r\n".join(head).encode() + content


def make_door(url: str, requests: Iterable[bytes]) -> Door:
    """A door of the system at ``url``."""
    parts = urlsplit(url)
    return Door(str(parts.hostname), parts.port or 80, iter(requests))


async def measure_capacity(door: Door, seconds: float) -> float:
    """The answers a second to clients that wait for each answer, after a time to get warm."""
    begin = time.monotonic() + WARM_SECONDS
    end, done = begin + seconds, 0

    async def ask_again() -> None:
        nonlocal done
        while time.monotonic() < end:
            is_wanted = await door.knock() in door.wanted
            done += is_wanted and begin < time.monotonic() < end

    await asyncio.gather(*(ask_again() for _ in range(CLIENTS)))
    return done / seconds


async def raise_storm(door: Door, readiness: Door, capacity: float, excess: float, seconds: float) -> StormFigures:
    """Attempts at ``excess`` times the capacity; the goodput of the time after the first patience."""
    figures = StormFigures(capacity)
    start = time.monotonic()
    good: list[float] = []

    async def attempt() -> None:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                outcome = await door.knock()
        except TimeoutError:
            outcome = "gave-up"
        except OSError:
            outcome = "no-connection"
        figures.outcomes[outcome] += 1
        if outcome in door.wanted:
            good.append(time.monotonic())
            figures.worst_good = max(figures.worst_good, time.monotonic() - begun)

    async def ask_readiness() -> None:
        while True:
            begun = time.monotonic()
            with suppress(OSError):
                await readiness.knock()
            figures.worst_readiness = max(figures.worst_readiness, time.monotonic() - begun)
            await asyncio.sleep(0.5)

    asking = asyncio.create_task(ask_readiness())
    attempts: list[asyncio.Task[None]] = []
    rate = capacity * excess
    while (passed := time.monotonic() - start) < seconds:
        attempts += [asyncio.create_task(attempt()) for _ in range(int(passed * rate) - len(attempts))]
        await asyncio.sleep(0.01)
    await asyncio.gather(*attempts)
    asking.cancel()
    figures.offered = len(attempts) / seconds
    figures.goodput = sum(start + PATIENCE / 2 < moment < start + seconds for moment in good) / (
        seconds - PATIENCE / 2
    )
    return figures


async def make_doors(url: str, centre: str, applications: int) -> dict[str, Door]:
    """The login of two hundred citizens, which hashes, and signed applications of some of them."""
    people = [person for person in make_population(1, 1000) if person.is_alive][:CITIZENS]
    credentials = [{"iin": person.iin, "password": PASSWORD} for person in people]
    async with PortalClient(url) as portal:
        for person in people:
            await portal.register_citizen(person.iin, PASSWORD)
    number = -(-applications // APPLICATIONS_OF_ONE)
    prepared = [await sign_applications(url, centre, person, APPLICATIONS_OF_ONE) for person in people[:number]]
    return {
        "login": make_door(url, cycle([make_request(url, "POST /api/v1/login", each) for each in credentials])),
        "application": make_door(url, [request for of_one in prepared for request in of_one]),
    }


async def sign_applications(url: str, centre: str, person: SyntheticPerson, number: int) -> list[bytes]:
    """Requests that submit as many signed applications of one citizen."""
    name = (person.iin, person.surname, person.name, person.patronymic)
    signer = await certify_person(centre, *name, key=new_ec_key())
    requests = []
    async with PortalClient(url) as portal:
        token = await portal.log_in(person.iin, PASSWORD)
        for place in range(number):
            form = {**FORM, "phone": f"8725{place:07}", "iin": person.iin}
            document = await portal.draft_application(SERVICE, AUTHORITY, form)
            signed = signer.sign(document, datetime.now(UTC))  # noqa: TID251 - the citizen's own clock
            body = {"cms": b64encode(signed).decode()}
            requests.append(make_request(url, "POST /api/v1/applications", body, token))
    return requests


def read_processor(pid: int) -> float:
    """The processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run(
    url: str, centre: str, pid: int, applications: int, doors: Sequence[str], seconds: float, excess: float
) -> dict[str, StormFigures]:
    """The figures of each storm, one after another."""
    made = await make_doors(url, centre, applications)
    readiness = make_door(url, repeat(make_request(url, "GET /readyz", None)))
    results = {}
    for name in doors:
        marks = [read_processor(pid)]
        capacity = await measure_capacity(made[name], seconds / 4)
        marks.append(read_processor(pid))
        results[name] = await raise_storm(made[name], readiness, capacity, excess, seconds)
        marks.append(read_processor(pid))
        calm = (marks[1] - marks[0]) / (seconds / 4 + WARM_SECONDS)
        results[name].cores = round(calm, 2), round((marks[2] - marks[1]) / seconds, 2)
    return results


def find_shares(figures: StormFigures) -> dict[str, float]:
    """Goodput by capacity: a second, and a processor second, which other work on the machine changes less."""
    share = figures.goodput / max(figures.capacity, 0.1)
    calm, storm = figures.cores
    return {"share": round(share, 2), "share_a_core": round(share * calm / max(storm, 0.01), 2)}


def main() -> None:
    """Start the country, measure, stop the country, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--excess", type=float, default=4.0)
    parser.add_argument("--applications", type=int, default=1500)
    parser.add_argument("--door", action="append", choices=DOORS)
    options = parser.parse_args()
    offset = random_offset()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"EGOV_DATA_DIR": folder, "EGOV_PORT_OFFSET": str(offset), "EGOV_CALLS_A_MINUTE": "1000000"}
        environment = dict(os.environ) | settings  # noqa: TID251 - handed on whole
        with (Path(folder) / "log").open("wb") as log:
            country = subprocess.Popen(
                [sys.executable, "-m", "services", "all"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            url, centre = (f"http://127.0.0.1:{port + offset}" for port in (PORTAL, CENTRE))
            deadline = time.monotonic() + 120
            while not is_ready(url):
                assert time.monotonic() < deadline, "the country did not start"
                assert country.poll() is None, "the country ended"
                time.sleep(0.1)
            results = asyncio.run(
                run(
                    url,
                    centre,
                    country.pid,
                    options.applications,
                    options.door or DOORS,
                    options.seconds,
                    options.excess,
                )
            )
        finally:
            country.terminate()
            country.wait(30)
    for name, figures in results.items():
        print(name, json.dumps({**vars(figures), **find_shares(figures)}))


if __name__ == "__main__":
    main()
