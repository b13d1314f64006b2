"""Settings that every service has: strict, frozen, checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What a process must know. An unknown name is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    data_dir: Path = Path("var")
    tokens_dir: Path | None = None
    """Where НУЦ leaves one-time enrolment tokens and a system finds its own; ``data_dir/tokens`` by default."""
    nuc_url: str = "http://127.0.0.1:8007"
    clock: Literal["real", "sandbox"] = "real"
    """The machine's own time; or the bus's, which НУЦ keeps and its operator may stop, move and hurry."""
    revocation: Literal["hard", "soft"] = "hard"
    """When nobody can tell whether a certificate is revoked: hold the message and try again, or let it pass."""
    amqp_url: Annotated[str, Field(pattern=r"^amqps?://\S+$")] | None = None
    """RabbitMQ; without it the carrier is embedded, and every service must run in this one process."""
    database_url: str | None = None
    """PostgreSQL; without it each service keeps a SQLite file in ``data_dir``."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_message_bytes: Annotated[int, Field(ge=1024)] = 16 * 1024 * 1024
    retention_days: Annotated[int, Field(ge=1)] = 30
    """How long a message is remembered, and so how old one may be when it arrives."""
    replica: str = "1"
    """Tells the replicas of one service apart; keep it the same over restarts."""
    operator_token: str | None = None
    """Opens the administrative API; made at the first start and left in ``data_dir`` when not given."""

    @property
    def listen_ports(self) -> tuple[int, ...]:
        """Every port to listen on, its own first."""
        return (self.port,)

    @property
    def tokens_path(self) -> Path:
        return self.tokens_dir or self.data_dir / "tokens"
