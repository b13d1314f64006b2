"""Dumps of PostgreSQL databases by PostgreSQL's own programs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import URL

from services.tools.upkeep.stores import SystemStore
from shared.bus.errors import NotFound, Unavailable
from shared.bus.persistence.schema.creation import create_postgres_database

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each version, outside PATH."""


def dump_database(url: URL, file: Path, environment: Mapping[str, str]) -> None:
    """Write a dump of one database as of one moment.

    NotFound ``program-missing`` without ``pg_dump``; Unavailable ``dump-failed``.
    """
    _run("pg_dump", ("--format=custom", "--no-owner", "--no-privileges", f"--file={file}"), url, environment)


def restore_database(store: SystemStore, file: Path, environment: Mapping[str, str]) -> None:
    """Put a dump in place of everything in the database, which is made where it is missing.

    The errors of `dump_database`.
    """
    database = store.open_database()
    try:
        create_postgres_database(database)
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA IF EXISTS public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    finally:
        database.dispose()
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", (*options, f"--dbname={store.url.database}", str(file)), store.url, environment)


def _run(program: str, arguments: tuple[str, ...], url: URL, environment: Mapping[str, str]) -> None:
    place = {
        "PGHOST": url.host or "",
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),  # not among the arguments, which `ps` shows
        "PGDATABASE": url.database or "",
        "PGSSLMODE": str(url.query.get("sslmode", "")),
        "PGSSLROOTCERT": str(url.query.get("sslrootcert", "")),
    }
    known = {name: value for name, value in place.items() if value}
    done = subprocess.run(  # noqa: S603 - our own words, and a URL that the operator set
        [_find_program(program, environment), *arguments],
        env={**environment, **known},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unavailable("dump-failed", f"{program}: {done.stderr.strip()[-500:]}", program=program)


def _find_program(name: str, environment: Mapping[str, str]) -> str:
    found = shutil.which(name, path=environment.get("PATH"))
    if found is None:
        versions = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: path.parts[-3].zfill(3))
        found = str(versions[-1]) if versions else None
    if found is None:
        raise NotFound("program-missing", f"{name} is not installed", program=name)
    return found
