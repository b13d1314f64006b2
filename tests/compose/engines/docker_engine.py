"""The run on a Docker engine, through its compose plugin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.compose.commands import ROOT, run, succeeds
from tests.compose.compose_file import COMPOSE_FILE, other_images, own_image, read_services
from tests.compose.engines.engine import PREPARE_SECONDS, PROJECT, START_SECONDS, STOP_SECONDS, Steps

ASK_SECONDS = 30.0
BY_PROJECT = ["--filter", f"label=com.docker.compose.project={PROJECT}"]


def docker_answers() -> bool:
    """Whether an engine and the compose plugin answer."""
    return succeeds(["docker", "info"], seconds=ASK_SECONDS) and succeeds(
        ["docker", "compose", "version"], seconds=ASK_SECONDS
    )


class DockerEngine:
    """Docker pulls, builds, waits for dependencies and runs health checks itself."""

    name = "docker compose"

    def prepare(self, steps: Steps) -> None:
        """Pull missing images, build the image of this checkout."""
        services = read_services()
        for image in other_images(services):
            if not succeeds(["docker", "image", "inspect", image], seconds=ASK_SECONDS):
                with steps(f"pull {image}"):
                    run(["docker", "pull", "--quiet", image], seconds=PREPARE_SECONDS)
        with steps("build the image"):
            run(["docker", "build", "--tag", own_image(services), ROOT], seconds=PREPARE_SECONDS)

    def waves(self) -> list[list[str]]:
        """One wave: compose follows depends_on."""
        return [sorted(read_services())]

    def start(self, services: Sequence[str], environment: Path) -> None:
        """Return when every dependency is healthy and every service started."""
        argv = [*_compose(environment), "up", "--detach", "--no-build", *services]
        run(argv, seconds=START_SECONDS)

    def health(self, service: str) -> str:
        """The last result of the engine's own checks."""
        status = "{{.State.Status}}{{with .State.Health}} {{.Status}}{{end}}"
        said = run(["docker", "inspect", "--format", status, _container(service)], seconds=ASK_SECONDS)
        return "healthy" if said.strip() == "running healthy" else said.strip()

    def logs(self, service: str) -> str:
        """The log that the engine kept."""
        return run(["sh", "-c", f"docker logs {_container(service)} 2>&1"], seconds=ASK_SECONDS)

    def stop(self, environment: Path) -> None:
        """`docker compose down` with volumes and orphans."""
        run([*_compose(environment), "down", "--volumes", "--remove-orphans"], seconds=STOP_SECONDS)

    def leftovers(self) -> list[str]:
        """Containers, volumes and networks that carry the project's label."""
        listings = (["ps", "--all"], ["volume", "ls"], ["network", "ls"])
        found = [run(["docker", *ask, "--quiet", *BY_PROJECT], seconds=ASK_SECONDS) for ask in listings]
        return " ".join(found).split()


def _compose(environment: Path) -> list[str]:
    return [
        *("docker", "compose", "--project-name", PROJECT),
        *("--file", str(COMPOSE_FILE), "--env-file", str(environment)),
    ]


def _container(service: str) -> str:
    return f"{PROJECT}-{service}-1"
