"""From the environment's names to each service's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from services.catalog import INSTANCES, Instance
from shared.bus.message import faults
from shared.bus.settings import Settings

NAMES: Mapping[str, str] = {
    "AMQP_URL": "amqp_url",
    "DATABASE_URL": "database_url",
    "EGOV_HOST": "host",
    "EGOV_PORT": "port",
    "EGOV_PORT_OFFSET": "",
    "EGOV_DATA_DIR": "data_dir",
    "EGOV_TOKENS_DIR": "tokens_dir",
    "EGOV_NUC_URL": "nuc_url",
    "EGOV_LOG_LEVEL": "log_level",
    "EGOV_MAX_MESSAGE_BYTES": "max_message_bytes",
    "EGOV_RETENTION_DAYS": "retention_days",
    "EGOV_REPLICA": "replica",
    "EGOV_OPERATOR_TOKEN": "operator_token",
    "EGOV_REGISTER_SECONDS": "register_seconds",
    "EGOV_CLERKS": "clerks",
    "EGOV_EMPLOYEE_PASSWORD": "employee_password",
    "EGOV_POPULATION_SEED": "population_seed",
    "EGOV_POPULATION_SIZE": "population_size",
    "EGOV_ISSUES_TO_PEOPLE": "issues_to_people",
    "EGOV_CRL_MINUTES": "crl_minutes",
}
ENVIRONMENT = frozenset(NAMES)
_SINGLE_ONLY = {"EGOV_PORT"}


@dataclass(frozen=True)
class SettingsFault(Exception):
    """What is wrong with which setting, for the person who starts the process."""

    problems: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.problems)


def settings_for(
    instance: Instance, environment: Mapping[str, str], *, is_alone: bool, **given: object
) -> Settings:
    """The checked settings of one instance; SettingsFault naming every setting that is wrong.

    ``is_alone``: the instance has the process to itself, so EGOV_PORT may be its port.
    """
    kind = instance.load().settings
    offset = _offset(environment)
    values: dict[str, object] = {"port": instance.port + offset, **instance.settings}
    values["nuc_url"] = f"http://127.0.0.1:{_nuc_port() + offset}"
    for name, field in NAMES.items():
        is_meant = field in kind.model_fields and (is_alone or name not in _SINGLE_ONLY)
        if is_meant and environment.get(name):
            values[field] = environment[name]
    values |= {name: value for name, value in given.items() if name in kind.model_fields}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = [f"{instance.name}: {fault['field']}: {fault['fault']}" for fault in faults(error)]
        raise SettingsFault(tuple(problems)) from None


def unknown_names(environment: Mapping[str, str]) -> list[str]:
    """Names that look like ours and are not: a misspelling would otherwise be a silence."""
    return sorted(name for name in environment if name.startswith("EGOV_") and name not in NAMES)


def check_all(environment: Mapping[str, str]) -> list[str]:
    """Every problem of every instance's settings."""
    problems = [f"unknown setting {name}" for name in unknown_names(environment)]
    for instance in INSTANCES:
        try:
            settings_for(instance, environment, is_alone=False)
        except SettingsFault as fault:
            problems += fault.problems
    return problems


def _offset(environment: Mapping[str, str]) -> int:
    text = environment.get("EGOV_PORT_OFFSET", "0")
    if not text.lstrip("-").isdigit():
        raise SettingsFault(("EGOV_PORT_OFFSET: a whole number",))
    return int(text)


def _nuc_port() -> int:
    return next(instance.port for instance in INSTANCES if instance.service == "is_nuc")
