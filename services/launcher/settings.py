"""The settings of each service, from the names of the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.catalog import INSTANCES, ServiceInstance
from services.launcher.server_passwords import find_weak_passwords
from shared.bus.errors import Malformed
from shared.bus.profiles import Profile
from shared.bus.settings import Settings, address_on_this_machine


@dataclass(frozen=True)
class LauncherVariable:
    """A variable that belongs to no field of a system."""

    meaning: str
    values: str = "text"
    default: str = "–"


LAUNCHER_VARIABLES: Mapping[str, LauncherVariable] = {
    "EGOV_PORT_OFFSET": LauncherVariable(
        "A number that is added to the catalogue's port of every instance.", "whole number", "`0`"
    ),
    "EGOV_LANG": LauncherVariable(
        "The language of the commands; by default that of the locale (LC_ALL, LC_MESSAGES, LANG), and English "
        "where the locale has another one.",
        "`ru`, `kk`, `en`",
    ),
    "EGOV_BROKER_ADMIN": LauncherVariable(
        "The management API of RabbitMQ with the administrator's user and password, as "
        "http://USER:PASSWORD@HOST:15672: `join --door amqp` and `leave` make and remove accounts there."
    ),
}
"""The variables that belong to no field of a system, each with its meaning."""
FIELDS_FROM_FILES = ("amqp_url", "database_url")
"""The fields with a password, which a file may give: its path is in the field of that name and ``_file``."""
FIELDS_OF_ONE_INSTANCE = {"port"}
"""The fields that the environment sets only where an instance has the process to itself."""


class SettingsError(Malformed):
    """The faults in the settings, for the person who starts the process."""

    def __init__(self, problems: tuple[str, ...], code: str = "settings-wrong") -> None:
        super().__init__(code, "; ".join(problems), problems="; ".join(problems))
        self.problems = problems

    def __reduce__(self) -> tuple[Any, ...]:
        return SettingsError, (self.problems, self.code)


def settings_for(
    instance: ServiceInstance, environment: Mapping[str, str], *, is_alone: bool, **overrides: object
) -> Settings:
    """The checked settings of one instance; SettingsError with every faulty setting.

    ``is_alone``: the instance has the process to itself, so that EGOV_PORT can be its port.
    """
    kind = instance.load_settings()
    offset = _port_offset(environment)
    start_page = f":{_port_of('shep_gateway') + offset}"
    values: dict[str, object] = {"port": instance.port + offset, "start_page": start_page, **instance.settings}
    host = address_on_this_machine(environment.get("EGOV_HOST") or Settings.model_fields["host"].default)
    values["nuc_url"] = f"http://{host}:{_nuc_port() + offset}"
    values["gateway_url"] = f"http://{host}:{_port_of('shep_gateway') + offset}"
    if "system_urls" in kind.model_fields:
        values["system_urls"] = " ".join(f"{one.name}=http://{host}:{one.port + offset}" for one in INSTANCES)
    for name, field in kind.environment_names().items():
        if environment.get(name) and (is_alone or field not in FIELDS_OF_ONE_INSTANCE):
            values[field] = environment[name]
    values |= {name: value for name, value in overrides.items() if name in kind.model_fields}
    values |= _read_secrets(instance, kind, values)
    try:
        settings = kind.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise SettingsError(
            tuple(f"{instance.name}: {_environment_name(kind, f['loc'][0])}: {f['msg']}" for f in faults)
        ) from None
    if settings.servers_ca is not None:
        _check_servers_ca(instance, settings)
    if settings.database_url is not None:
        _check_database_url(instance, settings)
    if settings.profile is Profile.PRODUCTION and (weak := find_weak_passwords(settings)):
        raise SettingsError(tuple(f"{instance.name}: {problem}" for problem in weak))
    if problems := _missing_packages(settings):
        raise SettingsError(problems)
    return settings


def _read_secrets(
    instance: ServiceInstance, kind: type[Settings], values: Mapping[str, object]
) -> dict[str, object]:
    """The fields that files give; SettingsError for an unreadable file, and where file and variable are given."""
    found: dict[str, object] = {}
    for field in FIELDS_FROM_FILES:
        file = values.get(f"{field}_file")
        if not file:
            continue
        name = f"{instance.name}: {_environment_name(kind, f'{field}_file')}"
        if values.get(field):
            raise SettingsError((f"{name}: {_environment_name(kind, field)} is given too",))
        try:
            found[field] = Path(str(file)).read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text"
            raise SettingsError((f"{name}: {file}: {reason}",)) from None
    return found


def _check_servers_ca(instance: ServiceInstance, settings: Settings) -> None:
    if settings.amqp_url is not None and not settings.amqp_url.startswith("amqps://"):
        raise SettingsError((f"{instance.name}: AMQP_URL: amqps:// only, since EGOV_SERVERS_CA is given",))
    if settings.servers_ca is not None and not settings.servers_ca.is_file():
        raise SettingsError((f"{instance.name}: EGOV_SERVERS_CA: {settings.servers_ca} is no file",))


def _check_database_url(instance: ServiceInstance, settings: Settings) -> None:
    # a command that has no database does not wait for them
    from sqlalchemy.exc import ArgumentError

    from shared.bus.persistence.database import database_url

    try:
        database_url(settings.database_url, settings.data_dir, instance.name)
    except (ValueError, ArgumentError) as error:
        raise SettingsError((f"{instance.name}: DATABASE_URL: {error}",)) from None


def _missing_packages(settings: Settings) -> tuple[str, ...]:
    """The packages that a chosen server needs and that are not installed."""
    needs = (("AMQP_URL", settings.amqp_url, "aio_pika"), ("DATABASE_URL", settings.database_url, "psycopg"))
    return tuple(
        f"{name}: {package} is not installed: pip install 'egov-bus[servers]'"
        for name, value, package in needs
        if value and find_spec(package) is None
    )


def _environment_name(kind: type[Settings], field: int | str) -> str:
    """The environment variable of a field, or the name of a field that has none."""
    return next((name for name, own in kind.environment_names().items() if own == field), str(field))


@cache
def known_names() -> frozenset[str]:
    """Every environment variable that sets something: of the launcher and of every instance."""
    names = {name for instance in INSTANCES for name in instance.load_settings().environment_names()}
    return frozenset(names | LAUNCHER_VARIABLES.keys())


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Unknown names with the prefix EGOV_, so that a misspelt setting cannot pass unseen."""
    given = {name for name in environment if name.startswith("EGOV_")}
    return sorted(given - known_names()) if given else []


def check_all(environment: Mapping[str, str]) -> list[str]:
    """Every fault in the settings of all instances."""
    problems = [f"unknown setting {name}" for name in unknown_names(environment)]
    for instance in INSTANCES:
        try:
            settings_for(instance, environment, is_alone=True)
        except SettingsError as fault:
            problems += fault.problems
    return list(dict.fromkeys(problems))


def _port_offset(environment: Mapping[str, str]) -> int:
    text = environment.get("EGOV_PORT_OFFSET") or "0"
    if not re.fullmatch(r"-?[0-9]+", text) or not all(
        0 < instance.port + int(text) < 65536 for instance in INSTANCES
    ):
        raise SettingsError(("EGOV_PORT_OFFSET: a whole number that leaves every port between 1 and 65535",))
    return int(text)


def _nuc_port() -> int:
    return _port_of("is_nuc")


def _port_of(name: str) -> int:
    return next(instance.port for instance in INSTANCES if instance.name == name)
