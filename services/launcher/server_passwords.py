"""Whether the passwords of RabbitMQ and PostgreSQL in the settings can be guessed."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from shared.bus.settings import Settings

SHORTEST = 16
FEWEST_CHARACTERS = 8
"""A password has ``SHORTEST`` characters, of which this many differ, at least, and is not the account's name."""
ADVICE = f"{SHORTEST} random characters at least; egov-bus compose-env makes such accounts"


def find_weak_passwords(settings: Settings) -> list[str]:
    """The faults of the servers' passwords: the name of each setting, never a password."""
    problems = []
    if settings.amqp_url is not None and (fault := _find_fault(settings.amqp_url, may_lack=False)):
        problems.append(f"AMQP_URL: {fault}: {ADVICE}")
    if settings.database_url is not None:
        is_local = _is_socket(settings.database_url)  # there PostgreSQL asks the machine whose the process is
        if fault := _find_fault(settings.database_url, may_lack=is_local):
            problems.append(f"DATABASE_URL: {fault}: {ADVICE}")
    return problems


def _find_fault(url: str, *, may_lack: bool) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the address cannot be read"
    given = parts.password or next(iter(parse_qs(parts.query).get("password", ())), "")
    password = unquote(given)
    if not password:
        return None if may_lack else "no password is given, and the server's default one is known to everybody"
    if len(password) < SHORTEST or len(set(password)) < FEWEST_CHARACTERS or password == parts.username:
        return "the password is too easy to guess"
    return None


def _is_socket(url: str) -> bool:
    parts = urlsplit(url)
    hosts = parse_qs(parts.query).get("host", [])
    return not parts.hostname and all(host.startswith("/") for host in hosts)
