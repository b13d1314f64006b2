"""The ports that instances listen on: whether they are free, and holding them until they are used."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence

from services.catalog import INSTANCES

LOOPBACK = "127.0.0.1"
SHIFT = 100
MOST_SHIFTS = 50


def bound(port: int, host: str = LOOPBACK) -> socket.socket:
    """A socket at this port that does not listen yet; OSError when somebody listens there."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    try:
        bound(port).close()
    except OSError:
        return False
    return True


def hold(later: Sequence[int]) -> tuple[int, list[socket.socket]]:
    """The first shift of all ports at which every one is free (0: there is none), and sockets that hold those of
    ``later`` until they are closed: nobody takes them meanwhile, least of all another demo, which looks there."""
    for shift in range(0, SHIFT * MOST_SHIFTS, SHIFT):
        found: dict[int, socket.socket] = {}
        try:
            for one in INSTANCES:
                found[one.port] = bound(one.port + shift)
            for port in later:
                found[port].listen()
        except OSError:
            close(found.values())
            continue
        close(found[port] for port in found.keys() - set(later))
        return shift, [found[port] for port in later]
    return 0, []


def close(sockets: Iterable[socket.socket]) -> None:
    """Let go of them."""
    for one in sockets:
        one.close()
