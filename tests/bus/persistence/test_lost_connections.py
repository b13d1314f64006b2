"""A PostgreSQL that goes away: whatever it says at whatever moment, callers hear that the database is unavailable.

The server here speaks just enough of the protocol (PostgreSQL 16, chapter 55) to go away at one chosen moment.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, text

from shared.bus.errors import Unavailable
from shared.bus.persistence.database import Database, DatabaseAway, database_url


def frame(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!I", len(content) + 4) + content


def error(code: str, message: str, severity: str = "FATAL") -> bytes:
    fields = {"S": severity, "V": severity, "C": code, "M": message}
    return frame(b"E", b"".join(f"{key}{value}\0".encode() for key, value in fields.items()) + b"\0")


READY = frame(b"Z", b"I")
WELCOME = (
    frame(b"R", struct.pack("!I", 0))
    + frame(b"S", b"server_version\x0016.1\x00")
    + frame(b"S", b"client_encoding\x00UTF8\x00")
    + frame(b"S", b"standard_conforming_strings\x00on\x00")
    + frame(b"K", struct.pack("!II", 1, 1))
    + READY
)
SHUTS_DOWN = error("57P01", "terminating connection due to administrator command")
LAST_WORDS = {
    "nothing": b"",
    "half an answer": SHUTS_DOWN[:20],
    "starting up": error("57P03", "the database system is starting up"),
    "shutting down": error("57P03", "the database system is shutting down"),
    "administrator command": SHUTS_DOWN,
    "crash of another backend": error(
        "57P02", "terminating connection because of crash of another server process"
    ),
    "another protocol": b"HTTP/1.1 503 Service Unavailable\r\n\r\n",
    "an answer to nothing": frame(b"D", b"\0\0") + READY,
    "an error that ends no connection": error("XX000", "could not open relation", "ERROR") + READY,
}


@contextmanager
def leaving_server(before: bytes, last_words: bytes) -> Iterator[int]:
    """A server that answers every connection with ``before`` and its first question with ``last_words``, then ends
    the connection; with an empty ``before`` it answers the greeting itself so. Gives the port.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: answer_all(listener, before, last_words), daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def answer_all(listener: socket.socket, before: bytes, last_words: bytes) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(5)
            connection.recv(4096)
            if before:
                connection.sendall(before)
                connection.recv(4096)
            connection.sendall(last_words)


def read(kept: Database) -> None:
    with kept.read_session() as session:
        session.execute(text("SELECT 1"))


def write(kept: Database) -> None:
    with kept.transaction() as session:
        session.execute(text("SELECT 1"))


def write_hot(kept: Database) -> None:
    with kept.transaction() as session:
        kept.write_many(session, kept.tables[0], [{"id": 1}])


def ask(kept: Database) -> None:
    kept.ask("SELECT 1")


@pytest.mark.parametrize("act", [read, write, write_hot, ask])
@pytest.mark.parametrize("before", [b"", WELCOME], ids=["at the greeting", "at the first question"])
@pytest.mark.parametrize("last_words", LAST_WORDS.values(), ids=LAST_WORDS)
def test_connection_that_a_leaving_server_ends_is_a_database_unavailable(
    act: Callable[[Database], None], before: bytes, last_words: bytes
) -> None:
    metadata = MetaData()
    Table("case", metadata, Column("id", Integer, primary_key=True))
    with leaving_server(before, last_words) as port:
        base = f"postgresql://egov@127.0.0.1:{port}/egov?sslmode=disable&gssencmode=disable&connect_timeout=5"
        kept = Database(database_url(base, Path(), "desk"), metadata)
        with pytest.raises(Unavailable) as fault:
            act(kept)
        kept.dispose()
    assert fault.value.code == "database-unavailable"
    assert act is ask or isinstance(fault.value, DatabaseAway), "nothing can be done meanwhile"
