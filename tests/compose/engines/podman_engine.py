"""The run on podman, as root, for machines without a Docker engine.

Podman uses a store of its own (images, containers, volumes, networks), so that nothing else on the machine is
touched and a second run finds its images. Debian's podman 4.3 cannot wait for dependencies and has no timers
without systemd: the run starts the services in waves and runs each health check itself.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from tests.compose.commands import ROOT, ComposeFailure, run, succeeds
from tests.compose.compose_file import COMPOSE_FILE, other_images, own_image, read_services, start_order
from tests.compose.engines.engine import PREPARE_SECONDS, PROJECT, START_SECONDS, STOP_SECONDS, Steps
from tests.compose.registries import pip_mounts
from tests.compose.stand_ins import MARK, make_stand_in, official_name

PACKAGES = ("podman", "runc", "netavark", "aardvark-dns", "iptables", "debootstrap")
PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/podman:/usr/libexec/podman"
APT_OPTIONS = ("--option=DPkg::Lock::Timeout=300", "--yes", "--no-install-recommends")
ASK_SECONDS = 60.0
PULL_SECONDS = 300.0

CONTAINERS_CONF = """\
[containers]
default_ulimits = []
[network]
network_backend = "netavark"
network_config_dir = "{store}/networks"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{state}/libpod"
"""

STORAGE_CONF = """\
[storage]
driver = "overlay"
graphroot = "{store}/storage"
runroot = "{state}/containers"
"""


def missing_packages() -> list[str]:
    """The missing Debian packages for podman, each named by its program."""
    return [package for package in PACKAGES if which(package, path=PLACES) is None]


class PodmanEngine:
    """podman and podman-compose over a store in ``cache`` and a state that does not outlive a restart."""

    name = "podman"

    def __init__(self, cache: Path, state: Path = Path("/run/egov-bus")) -> None:
        self._cache = cache
        self._state = state
        containers, storage = cache / "containers.conf", cache / "storage.conf"
        self._settings = ["env", f"CONTAINERS_CONF={containers}", f"CONTAINERS_STORAGE_CONF={storage}"]
        self._podman = [*self._settings, "podman", "--log-level=fatal"]

    def prepare(self, steps: Steps) -> None:
        """Install podman if necessary, provide every base image, build the image of this checkout."""
        _install_packages(steps)
        self._write_settings()
        services = read_services()
        for image in [_base_image(), *other_images(services)]:
            self._have(image, steps)
        with steps("build the image"):
            self._build(own_image(services))
        run([*self._podman, "image", "prune", "--force"], seconds=ASK_SECONDS)

    def waves(self) -> list[list[str]]:
        """The waves in the order of depends_on."""
        return start_order(read_services())

    def start(self, services: Sequence[str], environment: Path) -> None:
        """Start these services without their dependencies, which run already."""
        up = ["up", "--detach", "--no-build", "--no-deps", *services]
        run([*self._compose(environment), *up], seconds=START_SECONDS)

    def health(self, service: str) -> str:
        """Run the container's health check once."""
        if succeeds([*self._podman, "healthcheck", "run", _container(service)], seconds=ASK_SECONDS):
            return "healthy"
        asked = [*self._podman, "inspect", "--format", "{{.State.Status}}", _container(service)]
        return run(asked, seconds=ASK_SECONDS).strip()

    def logs(self, service: str) -> str:
        """The log that the engine kept."""
        asked = [*self._podman, "logs", _container(service)]
        return run(["sh", "-c", 'exec "$@" 2>&1', "sh", *asked], seconds=ASK_SECONDS)

    def stop(self, environment: Path) -> None:
        """`podman-compose down` with volumes and network."""
        run([*self._compose(environment), "down", "--volumes", "--remove-orphans"], seconds=STOP_SECONDS)

    def leftovers(self) -> list[str]:
        """Everything in podman's own store but images."""
        listings = (["ps", "--all", "--quiet"], ["volume", "ls", "--quiet"], ["network", "ls", "--quiet"])
        found = [run([*self._podman, *ask], seconds=ASK_SECONDS).split() for ask in listings]
        return [name for names in found for name in names if name != "podman"]

    def _compose(self, environment: Path) -> list[str]:
        return [
            *(*self._settings, sys.executable, "-m", "podman_compose", "--in-pod=false"),
            *("--project-name", PROJECT, "--file", str(COMPOSE_FILE), "--env-file", str(environment)),
        ]

    def _write_settings(self) -> None:
        self._cache.mkdir(parents=True, exist_ok=True)
        said = {"store": self._cache, "state": self._state}
        (self._cache / "containers.conf").write_text(CONTAINERS_CONF.format(**said), encoding="utf-8")
        (self._cache / "storage.conf").write_text(STORAGE_CONF.format(**said), encoding="utf-8")

    def _have(self, image: str, steps: Steps) -> None:
        """A pulled image is kept; a stand-in is checked again, which is quick with an unchanged recipe."""
        label = f'{{{{index .Config.Labels "{MARK}"}}}}'
        inspect = [*self._podman, "image", "inspect", "--format", label, official_name(image)]
        try:
            is_stand_in = run(inspect, seconds=ASK_SECONDS).strip() == "true"
        except ComposeFailure:
            with steps(f"pull {image}, or make a stand-in"):
                if not succeeds([*self._podman, "pull", official_name(image)], seconds=PULL_SECONDS):
                    make_stand_in(self._podman, image)
            return
        if is_stand_in and image != _base_image():
            with steps(f"look over the stand-in of {image}"):
                make_stand_in(self._podman, image)

    def _build(self, image: str) -> None:
        build = [*self._podman, "build", "--pull-never", "--format=docker", "--network=host"]
        with tempfile.TemporaryDirectory() as folder:
            run([*build, *pip_mounts(Path(folder)), "--tag", image, ROOT], seconds=PREPARE_SECONDS)


def _install_packages(steps: Steps) -> None:
    missing = missing_packages()
    if os.geteuid() != 0:
        lacking = f"; missing packages: {' '.join(missing)}" if missing else ""
        raise ComposeFailure(f"no Docker engine answers, and podman has to be driven by root here{lacking}")
    if not missing:
        return
    if which("apt-get") is None:
        raise ComposeFailure(f"no Docker engine answers, and these are missing: {' '.join(missing)}")
    with steps(f"install {' '.join(missing)}"):
        succeeds(["apt-get", "update"], seconds=PREPARE_SECONDS)
        install = ["apt-get", *APT_OPTIONS, "install", *missing]
        run(["env", "DEBIAN_FRONTEND=noninteractive", *install], seconds=PREPARE_SECONDS)


def _base_image() -> str:
    """The base image of the Dockerfile."""
    said = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", said, re.MULTILINE)
    assert found is not None, "Dockerfile names its base image in ARG PYTHON_IMAGE"
    return found[1]


def _container(service: str) -> str:
    return f"{PROJECT}_{service}_1"
