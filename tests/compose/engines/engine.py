"""What the run needs of a container engine, and which one this machine has."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

PROJECT = "egov-bus-test"
PREPARE_SECONDS = 900.0
START_SECONDS = 300.0
STOP_SECONDS = 180.0


class Steps(Protocol):
    """Shows a person what is being done, how long it took and how it ended."""

    def __call__(self, doing: str) -> AbstractContextManager[None]: ...


class Engine(Protocol):
    """Runs docker-compose.yml as the project `PROJECT`, with the variables of one environment file."""

    name: str

    def prepare(self, steps: Steps) -> None:
        """Have every image that the compose file names, the one of this checkout built afresh."""

    def waves(self) -> list[list[str]]:
        """The services in the portions in which they have to be started."""

    def start(self, services: Sequence[str], environment: Path) -> None:
        """Start these services in the background."""

    def health(self, service: str) -> str:
        """ "healthy", or what the engine says instead."""

    def logs(self, service: str) -> str:
        """Everything that the service wrote to its two streams."""

    def stop(self, environment: Path) -> None:
        """Remove every container, volume and network of the project; nothing to remove is fine."""

    def leftovers(self) -> list[str]:
        """What of the project is still there."""
