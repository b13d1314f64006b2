"""Read the YAML files of the coverage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def read_yaml(path: Path) -> Any:
    """The content of a YAML file, read by libyaml where it is there."""
    kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_bytes(), kind)  # noqa: S506 - both loaders are safe ones
