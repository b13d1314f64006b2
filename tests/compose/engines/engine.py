"""The operations that the run needs of a container engine."""

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
    """Shows a person the current step, its duration and its result."""

    def __call__(self, doing: str) -> AbstractContextManager[None]: ...


class Engine(Protocol):
    """Runs docker-compose.yml as the project `PROJECT`, with the variables of one environment file."""

    name: str

    def prepare(self, steps: Steps) -> None:
        """Provide every image of the compose file, that of this checkout newly built."""

    def waves(self) -> list[list[str]]:
        """The services in the waves in which they must be started."""

    def start(self, services: Sequence[str], environment: Path) -> None:
        """Start these services in the background."""

    def health(self, service: str) -> str:
        """ "healthy", or the engine's word for another state."""

    def logs(self, service: str) -> str:
        """Everything that the service wrote to its two streams."""

    def stop(self, environment: Path) -> None:
        """Remove every container, volume and network of the project; none existing is fine."""

    def leftovers(self) -> list[str]:
        """The remaining objects of the project."""
