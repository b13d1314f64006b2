"""The secrets of docker-compose.yml as files, and the variables that go with them."""

from __future__ import annotations

import json
import os
import secrets
from datetime import datetime
from pathlib import Path

from services.tools.accounts.broker import ADMINISTRATOR, make_definitions, make_joining_definitions
from services.tools.accounts.country_tls import CA, COMPOSE_FILES, RABBIT_TLS, make_tls_files
from services.tools.accounts.database import BASE, make_statements
from services.tools.accounts.system_accounts import SystemAccount, make_accounts
from shared.bus.carriers.topology import dead_queue
from shared.bus.errors import Conflict
from shared.pki.certificates import profile
from shared.pki.certificates.keys import write_private

FOLDER = "secrets"
"""The folder of the secrets, beside the file of the variables."""
FOLDER_VARIABLE = "EGOV_SECRETS"
"""The variable of docker-compose.yml that names another folder."""
IMAGE_USER = 10001
"""The user of the image (Dockerfile), to whom the files belong where root makes them."""
COMPOSE_VARIABLES = ("EGOV_UID", "EGOV_GID")
"""The variables without a default: containers run as the owner of the secrets."""
RABBIT_CONFIGURATION = "load_definitions = /run/secrets/definitions.json\n"


def write_secrets(path: Path, tls_from: datetime | None = None) -> Path:
    """Write new accounts to the folder ``secrets`` beside ``path``, and the variables to ``path``; mode 0600 each.

    With ``tls_from`` the servers are reached over TLS only, by certificates that begin at this moment. Returns the
    folder. Conflict ``file-exists`` where one exists: the volumes were made with its passwords.
    """
    folder = path.parent / FOLDER
    for present in (path, folder):
        if present.exists():
            raise Conflict("file-exists", f"{present} exists: its passwords are those of the volumes made with it")
    user, group = (IMAGE_USER, IMAGE_USER) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    folder.mkdir(mode=0o700, parents=True)
    files = make_files(make_accounts(), is_tls=tls_from is not None)
    if tls_from is not None:
        files |= make_tls_files(tls_from)
    for name, text in files.items():
        write_private(folder / name, text.encode())
        if os.geteuid() == 0:
            os.chown(folder / name, user, group)
    values: dict[str, object] = dict(zip(COMPOSE_VARIABLES, (user, group), strict=True))
    if tls_from is not None:
        values |= {"COMPOSE_PATH_SEPARATOR": ":", "COMPOSE_FILE": COMPOSE_FILES}
    write_private(path, "".join(f"{name}={value}\n" for name, value in values.items()).encode())
    return folder


def write_joining_account(address: str, folder: Path, *, is_regional: bool) -> tuple[Path, Path]:
    """Write an account for one more system: its address of the broker, and the definitions that the broker lacks.

    Returns both files, mode 0600. Conflict ``file-exists`` where a system of the catalogue, the administrator, an
    earlier account or a queue has the name; Malformed ``system-address``.
    """
    profile.system_uri(address)
    members, newcomer = make_accounts(), SystemAccount(address, address, is_regional)
    url, definitions = folder / f"{address}.amqp_url", folder / f"{address}.definitions.json"
    names = {member.address for member in members} | {ADMINISTRATOR}
    if url.exists() or address in names or address.endswith(dead_queue("")):
        raise Conflict("file-exists", f"{address} is the name of an account or of a queue")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(url, _broker_url(newcomer, is_tls=(folder / CA).exists()).encode())
    write_private(definitions, json.dumps(make_joining_definitions(newcomer, members), indent=1).encode())
    return url, definitions


def _broker_url(account: SystemAccount, *, is_tls: bool = False) -> str:
    scheme, port = ("amqps", 5671) if is_tls else ("amqp", 5672)
    return f"{scheme}://{account.address}:{account.broker_password}@rabbitmq:{port}/"


def make_files(accounts: list[SystemAccount], *, is_tls: bool = False) -> dict[str, str]:
    """The text of each secret of docker-compose.yml, by the name of its file; ``is_tls`` also of
    docker-compose.tls.yml, without the certificates (``make_tls_files``).
    """
    rabbit_password, postgres_password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    statements = "".join(f"{statement};\n" for statement in make_statements(accounts))
    files = {
        "rabbitmq.conf": RABBIT_CONFIGURATION + (RABBIT_TLS if is_tls else ""),
        "rabbitmq.definitions.json": json.dumps(make_definitions(accounts, rabbit_password), indent=1),
        "rabbitmq.password": rabbit_password,
        "postgres.password": postgres_password,
        "postgres.accounts.sql": statements,
    }
    for account in accounts:
        database = f"postgresql://{account.instance}:{account.database_password}@postgres:5432/{BASE}"
        files[f"{account.instance}.database_url"] = database
        if account.address is not None:
            files[f"{account.instance}.amqp_url"] = _broker_url(account, is_tls=is_tls)
    return files
