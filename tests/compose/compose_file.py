"""The contents of docker-compose.yml that the run and its tests need."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from tests.compose.commands import ROOT

COMPOSE_FILE = ROOT / "docker-compose.yml"

Services = Mapping[str, Mapping[str, Any]]


def read_services(path: Path = COMPOSE_FILE) -> Services:
    """Every service by name, anchors and merges resolved, variables as they are written."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    services: Services = document["services"]
    return services


def start_order(services: Services) -> list[list[str]]:
    """The services in waves: each wave depends only on earlier ones."""
    sorter = TopologicalSorter({name: list(said.get("depends_on", {})) for name, said in services.items()})
    sorter.prepare()
    waves = []
    while sorter.is_active():
        wave = sorter.get_ready()
        waves.append(sorted(wave))
        sorter.done(*wave)
    return waves


def own_image(services: Services) -> str:
    """The image of every system, built from this checkout."""
    [image] = {said["image"] for said in services.values() if "build" in said}
    return str(image)


def other_images(services: Services) -> list[str]:
    """The images made by others."""
    return sorted({said["image"] for said in services.values()} - {own_image(services)})


def systems(services: Services) -> Services:
    """The systems of the bus, without the servers they use."""
    return {name: said for name, said in services.items() if said["image"] == own_image(services)}


def web_ports(services: Services) -> dict[str, int]:
    """The port on this machine of every system of the bus."""
    return {name: int(said["ports"][0].split(":")[1]) for name, said in systems(services).items()}
