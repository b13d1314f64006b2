"""`make test-compose`: the run, step by step."""

from __future__ import annotations

import fcntl
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from rich.console import Console

from services.tools.accounts.secret_files import FOLDER_VARIABLE, write_secrets
from tests.compose.application import Client, take_one_application
from tests.compose.commands import ComposeFailure, last_lines
from tests.compose.compose_file import read_services, web_ports
from tests.compose.engines.docker_engine import DockerEngine, docker_answers
from tests.compose.engines.engine import Engine
from tests.compose.engines.podman_engine import PodmanEngine
from tests.compose.progress import Progress
from tests.servers.commands import leave_in_good_order
from tests.servers.processes import free_ports, is_listening

CACHE = Path("~/.cache/egov-bus")
HEALTH_SECONDS = 240.0
PAUSE_SECONDS = 2.0
ANSWER_SECONDS = 10.0


def main(client: Client = take_one_application) -> int:
    """Run everything; returns 0 on success, 1 with the reason on failure. Started containers are stopped either
    way.
    """
    leave_in_good_order()
    progress = Progress(Console(highlight=False))
    began = time.monotonic()
    try:
        with only_run(CACHE):
            engine = choose_engine()
            progress.say(f"the bus in containers, on {engine.name}")
            check_everything(engine, client, progress)
    except KeyboardInterrupt:
        return 130
    except ComposeFailure as failure:
        progress.fail(str(failure), failure.detail)
        return 1
    progress.say(f"all of it held, {time.monotonic() - began:.0f} s")
    return 0


def choose_engine() -> Engine:
    """Docker where an engine answers, else podman with its store among the caches of this user."""
    if docker_answers():
        return DockerEngine()
    return PodmanEngine(CACHE.expanduser() / "podman")


@contextmanager
def only_run(cache: Path) -> Iterator[None]:
    """Allow one run of this user at a time: runs share names, ports and images."""
    folder = cache.expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ComposeFailure("another run is under way: wait for its end") from None
        yield


def check_everything(engine: Engine, client: Client, progress: Progress) -> None:
    """Make images, start, wait for health, reach every system, take one application through, stop."""
    engine.prepare(progress.step)
    with tempfile.TemporaryDirectory() as folder, running(engine, write_environment(Path(folder)), progress):
        with progress.step("every system answers on its port of this machine"):
            reach_every_system()
        with progress.step("one application, from the portal to its result"):
            progress.say(client(_url("portal_pep"), _url("is_nuc")))
    if left := engine.leftovers():
        raise ComposeFailure(f"still there after down: {' '.join(left)}")


def need_free_ports() -> None:
    """The compose file publishes fixed ports: report those in use."""
    taken = [str(port) for port in web_ports(read_services()).values() if is_listening(port)]
    if taken:
        raise ComposeFailure(f"the containers need 127.0.0.1, port {', '.join(taken)}: stop what listens there")


@contextmanager
def running(
    engine: Engine, environment: Path, progress: Progress, need_room: Callable[[], None] = need_free_ports
) -> Iterator[None]:
    """The project, up and healthy inside the context; removed afterwards, with volumes and network."""
    with progress.step("remove what an earlier run left"):
        engine.stop(environment)
    need_room()
    try:
        for wave in engine.waves():
            with progress.step(f"start {', '.join(wave)}"):
                engine.start(wave, environment)
                wait_until_healthy(engine, wave)
        yield
    except ComposeFailure:
        keep_logs(engine, CACHE.expanduser() / "logs", progress)
        raise
    finally:
        with progress.step("bring it down"):
            engine.stop(environment)


def keep_logs(engine: Engine, folder: Path, progress: Progress) -> None:
    """Save the output of every started service to files."""
    folder.mkdir(parents=True, exist_ok=True)
    for service in read_services():
        with suppress(ComposeFailure):
            (folder / f"{service}.log").write_text(engine.logs(service), encoding="utf-8")
    progress.say(f"the logs of all services: {folder}")


def wait_until_healthy(
    engine: Engine, services: Sequence[str], seconds: float = HEALTH_SECONDS, pause: float = PAUSE_SECONDS
) -> None:
    """Return when every service was healthy; after ``seconds`` name the unhealthy ones, with their last log
    lines.
    """
    deadline = time.monotonic() + seconds
    waiting = list(services)
    while True:
        found = {service: engine.health(service) for service in waiting}
        waiting = [service for service in waiting if found[service] != "healthy"]
        if not waiting:
            return
        if time.monotonic() > deadline:
            states = ", ".join(f"{service} ({found[service]})" for service in waiting)
            raise ComposeFailure(f"not healthy in {seconds:.0f} s: {states}", last_lines(engine.logs(waiting[0])))
        time.sleep(pause)


def reach_every_system() -> None:
    """Check from outside the containers that each system is ready."""
    for name in web_ports(read_services()):
        try:
            httpx.get(f"{_url(name)}/readyz", timeout=ANSWER_SECONDS).raise_for_status()
        except httpx.HTTPError as failure:
            raise ComposeFailure(f"{name} does not answer at {_url(name)}: {failure}") from failure


def write_environment(folder: Path) -> Path:
    """The secrets and variables of docker-compose.yml for this run alone, and ports that are free."""
    path = folder / "environment"
    amqp, ui = free_ports(2)
    said = {
        FOLDER_VARIABLE: write_secrets(path),
        "EGOV_AMQP_PORT": amqp,
        "EGOV_RABBITMQ_UI_PORT": ui,
        "EGOV_PROFILE": "sandbox",
        "EGOV_CLERKS": "instant",
    }
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in said.items())
    return path


def _url(system: str) -> str:
    return f"http://127.0.0.1:{web_ports(read_services())[system]}"


if __name__ == "__main__":
    sys.exit(main())
