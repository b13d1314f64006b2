"""The settings that every service has: strict, frozen, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from shared.bus.profiles import OPENINGS, ActiveProfile, Opening, Profile


@dataclass(frozen=True)
class EnvironmentName:
    """The environment variable of a field, where it is not ``EGOV_`` and the field's name in capitals.

    ``name`` is None for a field that the catalogue alone sets. The value annotates the field itself:
    ``Annotated[str | None, EnvironmentName("AMQP_URL")]``.
    """

    name: str | None


NOT_IN_ENVIRONMENT = EnvironmentName(None)
SANDBOX_CALLS, PRODUCTION_CALLS = 60_000, 120
"""The calls of one address in a minute: a simulation makes all of its calls from one."""
SANDBOX_READS, PRODUCTION_READS = 600_000, 6_000
SANDBOX_WRONG_TOKENS, PRODUCTION_WRONG_TOKENS = 10_000, 20
PRODUCTION_BOUNDS: Mapping[str, int] = {
    "calls_a_minute": PRODUCTION_CALLS,
    "reads_a_minute": PRODUCTION_READS,
    "wrong_tokens_an_hour": PRODUCTION_WRONG_TOKENS,
}
SHORTEST_TOKEN = 20
FEWEST_CHARACTERS = 8
"""An operator's token has ``SHORTEST_TOKEN`` characters, of which this many differ, at least."""


def address_on_this_machine(host: str) -> str:
    """The host part of a URL by which this machine reaches a server that listens on ``host``: the loopback address
    for a server that listens on every address.
    """
    reached = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not listened on
    return f"[{reached}]" if ":" in reached else reached


class Settings(BaseModel):
    """The settings of a process. An unknown name is an error, so that a misspelt setting cannot pass unseen.

    The string below a field is the field's meaning in docs/reference/settings.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Profile = Profile.SANDBOX
    """What is open to strangers and invented: docs/reference/profiles.md; the same in every process."""
    host: str = "127.0.0.1"
    """The address of the machine to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port to listen on; the variable counts only where the process runs one instance."""
    data_dir: Path = Path("var")
    """The data directory, with a folder for each instance."""
    tokens_dir: Path | None = None
    """Where НУЦ leaves one-time enrolment tokens, in a folder for each address, and systems find them; ``tokens``
    in the data directory if not given.
    """
    trusted_proxies: str = ""
    """The proxies, addresses or networks separated by commas, that tell a caller's address (`X-Forwarded-For`);
    none if not given.
    """
    allowed_hosts: Annotated[str, Field(validate_default=True)] = ""
    """The host names, separated by commas, under which the system answers, beside localhost and addresses. If not
    given: every name in the sandbox, no other in production, where a system that listens beyond this machine does
    not start without it.
    """
    nuc_url: str = "http://127.0.0.1:8007"
    """The address of НУЦ; for НУЦ itself its public address, to which every certificate points; if
    not given the port of НУЦ with EGOV_PORT_OFFSET, at EGOV_HOST or on this machine.
    """
    gateway_url: str = "http://127.0.0.1:8002"
    """The address of ШЭП, where the systems of a sandbox find the rules that they obey (docs/how-to/faults.md); if
    not given the port of ШЭП with EGOV_PORT_OFFSET, at EGOV_HOST or on this machine.
    """
    clock: Literal["real", "sandbox"] = "real"
    """The machine's time, or the bus's own time, which НУЦ keeps and its operator can stop, move and
    accelerate.
    """
    revocation: Literal["hard", "soft"] = "hard"
    """What happens when a certificate's revocation cannot be checked: the message waits for another attempt, or
    passes.
    """
    amqp_url: Annotated[str | None, Field(pattern=r"^amqps?://\S+$"), EnvironmentName("AMQP_URL")] = None
    """RabbitMQ; without it the carrier is embedded, and every service must run in this process."""
    database_url: Annotated[str | None, EnvironmentName("DATABASE_URL")] = None
    """PostgreSQL, ``postgresql://…/base``; without it each service uses a SQLite file in the data directory."""
    amqp_url_file: Annotated[Path | None, EnvironmentName("AMQP_URL_FILE")] = None
    """A file whose first line is the address of RabbitMQ with its password, instead of AMQP_URL."""
    database_url_file: Annotated[Path | None, EnvironmentName("DATABASE_URL_FILE")] = None
    """A file whose first line is the address of PostgreSQL with its password, instead of DATABASE_URL."""
    broker_accounts: bool = False
    """Whether RabbitMQ has an account for each system (egov-bus compose-env): the system then declares no exchange
    and no queue, and publishes through the exchange of its own.
    """
    servers_ca: Path | None = None
    """The authority (PEM) that certified RabbitMQ and PostgreSQL, НУЦ's root for instance: with it both are
    reached over TLS only, and must prove their names.
    """
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least level of the JSON lines on standard error; twelve digits in a row are masked there."""
    max_message_bytes: Annotated[int, Field(ge=1024)] = 16 * 1024 * 1024
    """The maximal size of a message, and of the body of an HTTP request that carries documents, in bytes."""
    max_requests: Annotated[int, Field(ge=1)] = 512
    """How many HTTP requests an instance handles at once; it refuses more with 503."""
    max_wait_seconds: Annotated[float, Field(gt=0)] = 5
    """How many seconds a small HTTP request may take as far as can be foreseen: beyond, an instance refuses it at
    once with 503 and ``Retry-After``, so that callers who give up and come again do not take the place of others.
    """
    calls_a_minute: Annotated[int, Field(ge=1, le=1_000_000)] = SANDBOX_CALLS
    """How many calls a minute an address may make at each door that asks for no login, and a sixth of it about one
    person; 120 in production if not given.
    """
    reads_a_minute: Annotated[int, Field(ge=1, le=10_000_000)] = SANDBOX_READS
    """How many calls a minute an address may make at each door that shows without a login what is published
    (services, screens, lists of the revoked) or serves systems (OCSP, time-stamps, certificates); 6000 in
    production if not given.
    """
    wrong_tokens_an_hour: Annotated[int, Field(ge=1, le=1_000_000)] = SANDBOX_WRONG_TOKENS
    """How many wrong tokens of the operator an address may try in an hour, before the address has to wait for the
    hour's end; 20 in production if not given.
    """
    start_page: Annotated[str, Field(pattern=r"^(none|:[0-9]+|https?://[^\s/]+(/\S*)?)$")] = "none"
    """The address of the country's start page, to which every page leads, as browsers reach it; ``:PORT`` for a
    port of the host under which the browser came, ``none`` for none. If not given: ШЭП's port in the catalogue
    with EGOV_PORT_OFFSET.
    """
    cors_origins: Annotated[str | None, Field(pattern=r"^(\*|https?://[^\s/]+( https?://[^\s/]+)*)?$")] = None
    """The origins, separated by spaces, whose pages may call the API from a browser (CORS); ``*`` for all, nothing
    for none. If not given: all in a sandbox (EGOV_CLOCK=sandbox) and at a signing server, else none. ``*`` is
    refused in production.
    """
    request_seconds: Annotated[float, Field(gt=0, le=3600)] = 10
    """How many seconds a client may take for the header of a request, and again for the body; a body gets a second
    more for every 32 KiB that have arrived.
    """
    max_early_messages: Annotated[int, Field(ge=1)] = 10_000
    """How many messages of one neighbour may wait for a predecessor; those beyond become dead letters."""
    address_wait_seconds: Annotated[float, Field(ge=0)] = 900
    """For how many seconds at a stretch a receiver may have no queue, before the messages to the receiver become
    dead letters of their sender. A receiver has its queue from its first start on, also while it is stopped.
    """
    retention_days: Annotated[int, Field(ge=1)] = 30
    """How many of the machine's days a message is remembered: also the maximal age of an arriving message."""
    partitions: Annotated[int, Field(ge=1, le=256)] = 1
    """Over how many queues RabbitMQ spreads the messages to a system by case, so that a case stays with one
    replica; two or more for each replica that is ever wanted. The replicas share the queues. The setting of the
    replica that started last counts for new messages: a rolling restart changes the number. More than one needs
    RabbitMQ's plugin ``rabbitmq_consistent_hash_exchange``.
    """
    replica: str = "1"
    """Distinguishes the replicas of one service; should stay the same over restarts."""
    lease_seconds: Annotated[float, Field(gt=0)] = 30
    """After how many seconds without a sign of life from a replica another one sends what the dead one left."""
    operator_token: str | None = None
    """The token of every administrative API; without it, a token is made at the first start and left in the data
    directory.
    """

    @model_validator(mode="before")
    @classmethod
    def _close_by_profile(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Give the settings of the table of profiles their values in production, unless others were asked for."""
        if values.get("profile") != Profile.PRODUCTION:
            return values
        closed = {rule.setting: rule.closed for rule in OPENINGS.values() if rule.setting in cls.model_fields}
        return {**PRODUCTION_BOUNDS, **closed, **values}

    @field_validator("*")
    @classmethod
    def _check_profile(cls, value: object, info: ValidationInfo) -> object:
        """Refuse in production a value that opens what only the sandbox opens."""
        if info.data.get("profile") is Profile.PRODUCTION:
            for rule in OPENINGS.values():
                if rule.setting == info.field_name and value != rule.closed:
                    raise ValueError("only with EGOV_PROFILE=sandbox")
        return value

    @field_validator("partitions")
    @classmethod
    def _check_partitions(cls, partitions: int, info: ValidationInfo) -> int:
        if partitions > 1 and info.data.get("broker_accounts"):
            raise ValueError("1 where each system has an account of its own at the broker (EGOV_BROKER_ACCOUNTS)")
        return partitions

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: str) -> str:
        for proxy in _split_list(proxies):
            ip_network(proxy)
        return proxies

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: str, info: ValidationInfo) -> str:
        is_reached = not _is_loopback(info.data.get("host", ""))
        if info.data.get("profile") is Profile.PRODUCTION and is_reached and not _split_list(hosts):
            raise ValueError(
                "name the hosts under which others reach the system, since it listens beyond this machine"
            )
        return hosts

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, origins: str | None, info: ValidationInfo) -> str | None:
        if origins == "*" and info.data.get("profile") is Profile.PRODUCTION:
            raise ValueError("name the sites: * only with EGOV_PROFILE=sandbox")
        return origins

    @field_validator("operator_token")
    @classmethod
    def _check_operator_token(cls, token: str | None) -> str | None:
        if token is not None and (len(token) < SHORTEST_TOKEN or len(set(token)) < FEWEST_CHARACTERS):
            raise ValueError(f"too easy to guess: {SHORTEST_TOKEN} random characters at least, or leave it out")
        return token

    def opens(self, opening: Opening) -> bool:
        """Whether the profile opens this; see ``ActiveProfile``."""
        return ActiveProfile(self.profile).opens(opening)

    @classmethod
    def environment_names(cls) -> Mapping[str, str]:
        """The environment variables that set fields of this class, each with the name of its field."""
        given = {
            field: next((one for one in info.metadata if isinstance(one, EnvironmentName)), None)
            for field, info in cls.model_fields.items()
        }
        names = {field: f"EGOV_{field.upper()}" if own is None else own.name for field, own in given.items()}
        return {name: field for field, name in names.items() if name is not None}

    @property
    def listed_proxies(self) -> list[str]:
        """The trusted proxies, each an address or a network."""
        return _split_list(self.trusted_proxies)

    @property
    def listed_hosts(self) -> list[str] | None:
        """The names under which the system answers beside localhost and addresses; None for every name."""
        names = _split_list(self.allowed_hosts)
        return names if names or not self.opens(Opening.HOST_NAMES) else None

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The origins whose pages may call the API; ``*`` stands for all."""
        if self.cors_origins is not None:
            return frozenset(self.cors_origins.split())
        return frozenset({"*"} if self.opens(Opening.FOREIGN_PAGES) and self._is_open_to_pages else ())

    @property
    def _is_open_to_pages(self) -> bool:
        return self.clock == "sandbox"

    @property
    def listen_ports(self) -> tuple[int, ...]:
        """Every port to listen on, the main one first."""
        return (self.port,)

    @property
    def local_url(self) -> str:
        """The base URL by which this machine reaches the instance."""
        return f"http://{address_on_this_machine(self.host)}:{self.port}"

    @property
    def tokens_path(self) -> Path:
        return self.tokens_dir or self.data_dir / "tokens"

    def token_file(self, address: str) -> Path:
        """The file of a system's enrolment token, in a folder of that system alone: the folder may be a volume."""
        return self.tokens_path / address / "invitation.json"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split_list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
