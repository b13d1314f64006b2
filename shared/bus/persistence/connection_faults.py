"""A lost connection to the database: the errors that show the loss, and the outcome of a COMMIT."""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    PendingRollbackError,
    ResourceClosedError,
    SQLAlchemyError,
)

ASK_SECONDS, ASK_PAUSE = 3.0, 0.05
"""The seconds and the number of attempts to ask the server about a commit whose answer was lost."""


def ask_transaction_status(engine: Engine, transaction_id: int) -> str | None:
    """``committed`` or ``aborted``, the outcome of a transaction by PostgreSQL; None without an answer within
    ``ASK_SECONDS``.
    """
    deadline = time.monotonic() + ASK_SECONDS
    while time.monotonic() < deadline:
        with suppress(SQLAlchemyError), engine.connect() as connection:
            status = str(connection.exec_driver_sql(f"SELECT txid_status({transaction_id:d})").scalar())
            if status in ("committed", "aborted"):
                return status
        time.sleep(ASK_PAUSE)
    return None


def is_connection_fault(error: SQLAlchemyError, *, is_sqlite: bool) -> bool:
    """Whether the error comes from a lost connection.

    PostgreSQL shows a loss in several errors: what libpq cannot make sense of is a bare DatabaseError, and a
    statement after the loss is a PendingRollbackError. A bare DatabaseError of SQLite names a damaged file.
    """
    if isinstance(error, (OperationalError, InterfaceError)):
        return True
    lost = (InternalError, PendingRollbackError, ResourceClosedError)
    return not is_sqlite and (isinstance(error, lost) or type(error) is DatabaseError)
