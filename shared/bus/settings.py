"""The settings that every service has: strict, frozen, checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """The settings of a process. An unknown name is an error, so that a misspelt setting cannot pass unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    data_dir: Path = Path("var")
    tokens_dir: Path | None = None
    """Where НУЦ leaves one-time enrolment tokens and systems find them; ``data_dir/tokens`` by default."""
    nuc_url: str = "http://127.0.0.1:8007"
    clock: Literal["real", "sandbox"] = "real"
    """The machine's time, or the bus's own time, which НУЦ keeps and its operator can stop, move and
    accelerate.
    """
    revocation: Literal["hard", "soft"] = "hard"
    """What happens when a certificate's revocation cannot be checked: the message waits for another attempt, or
    passes.
    """
    amqp_url: Annotated[str, Field(pattern=r"^amqps?://\S+$")] | None = None
    """RabbitMQ; without it the carrier is embedded, and every service must run in this process."""
    database_url: str | None = None
    """PostgreSQL; without it each service uses a SQLite file in ``data_dir``."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_message_bytes: Annotated[int, Field(ge=1024)] = 16 * 1024 * 1024
    retention_days: Annotated[int, Field(ge=1)] = 30
    """How many days a message is remembered, which is also the maximal age of an arriving message."""
    replica: str = "1"
    """Distinguishes the replicas of one service; must stay the same over restarts."""
    operator_token: str | None = None
    """The token of the administrative API; without it, a token is made at the first start and left in
    ``data_dir``.
    """

    @property
    def listen_ports(self) -> tuple[int, ...]:
        """Every port to listen on, the main one first."""
        return (self.port,)

    @property
    def tokens_path(self) -> Path:
        return self.tokens_dir or self.data_dir / "tokens"
