"""The secrets of docker-compose.yml."""

from __future__ import annotations

import secrets
from pathlib import Path

from shared.bus.errors import Conflict
from shared.pki.certificates.keys import write_private

SECRET_NAMES = ("EGOV_RABBITMQ_PASSWORD", "EGOV_POSTGRES_PASSWORD")


def write_secrets(path: Path) -> None:
    """Write new random values for every secret to a file of mode 0600.

    Conflict ``file-exists`` for an existing file: the volumes were made with its passwords.
    """
    if path.exists():
        raise Conflict("file-exists", f"{path} exists: its passwords are those of the volumes made with it")
    lines = [f"{name}={secrets.token_urlsafe(24)}\n" for name in SECRET_NAMES]
    write_private(path, "".join(lines).encode())
