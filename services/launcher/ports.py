"""The ports of instances: whether a port is free, and holding ports until the instances use them."""

from __future__ import annotations

import errno
import os
import secrets
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.catalog import INSTANCES, ServiceInstance
from shared.bus.errors import Unavailable

if TYPE_CHECKING:  # the ports need no settings but those that they are given
    from shared.bus.settings import Settings

LOOPBACK = "127.0.0.1"
SHIFT = 100
MOST_SHIFTS = 50
FIRST_OFFSET, BLOCK, BLOCKS = 4000, 24, 500
"""Blocks of ports that do not overlap: 12,001 to 23,997. The ports above are left to other programs."""
SHARES = 16
"""In how many shares the blocks are divided among processes."""


def bind_port(port: int, host: str = LOOPBACK) -> socket.socket:
    """A bound socket that does not listen yet; OSError when the port is taken. ``::`` takes IPv4 too."""
    new_socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    new_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if host == "::":
            new_socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        new_socket.bind((host, port))
    except OSError:
        new_socket.close()
        raise
    return new_socket


def is_free(port: int) -> bool:
    """Whether no program has the port, listening or not yet: hence no reuse of the address."""
    with socket.socket() as trial:
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def check_ports(instances: Iterable[tuple[ServiceInstance, Settings]]) -> None:
    """Unavailable ``port-taken``, ``port-forbidden``, ``address-unusable`` for the first port that is not free."""
    listening = ListeningPorts()
    try:
        listening.open(instances)
    finally:
        listening.close()


class ListeningPorts:
    """The ports of a country, bound once. A country that goes back keeps them: nobody else takes them meanwhile,
    and who calls then waits for the answer.
    """

    def __init__(self) -> None:
        self._sockets: dict[tuple[str, int], socket.socket] = {}

    def open(self, instances: Iterable[tuple[ServiceInstance, Settings]]) -> None:
        """Bind the ports of these instances that are not bound yet; the errors of `check_ports`."""
        for instance, settings in instances:
            for port in settings.listen_ports:
                if (settings.host, port) not in self._sockets:
                    with _port_errors(instance.name, settings.host, port):
                        self._sockets[settings.host, port] = bind_port(port, settings.host)

    def share(self, name: str, host: str, port: int) -> socket.socket:
        """A listening socket for the instance's server, which may close it: the port stays bound. Unavailable
        ``port-taken`` where another program has bound the port too, and listened first.
        """
        shared = self._sockets[host, port].dup()
        with _port_errors(name, host, port):
            shared.listen()
        return shared

    def close(self) -> None:
        """Give the ports back, once their servers have closed too."""
        close_sockets(self._sockets.values())
        self._sockets.clear()


@contextmanager
def _port_errors(name: str, host: str, port: int) -> Iterator[None]:
    """The errors of a port in the words of `check_ports`."""
    try:
        yield
    except OSError as error:
        facts = {"name": name, "port": port, "host": host}
        if error.errno == errno.EACCES:
            message = f"{name}: port {port} is open to root only; set EGOV_PORT_OFFSET"
            raise Unavailable("port-forbidden", message, **facts) from None
        if error.errno != errno.EADDRINUSE:
            message = f"{name}: nothing can listen at {host} ({error.strerror}); set EGOV_HOST"
            raise Unavailable("address-unusable", message, **facts) from None
        message = f"{name}: port {port} is taken ({error.strerror}); set EGOV_PORT_OFFSET"
        raise Unavailable("port-taken", message, **facts) from None


def random_offset() -> int:
    """A random shift at which all ports are free; random because other programs search at the same time.

    Processes that were started together choose from different blocks: between the choice and the use of a port,
    another process would see it free too.
    """
    while True:
        block = os.getpid() % SHARES + SHARES * secrets.randbelow(BLOCKS // SHARES)
        offset = FIRST_OFFSET + BLOCK * block
        if all(is_free(instance.port + offset) for instance in INSTANCES):
            return offset


def find_shift() -> int:
    """The first shift at which all ports are free, 0 when there is none."""
    shift, sockets = hold_ports(())
    close_sockets(sockets)
    return shift


def hold_ports(later: Sequence[int]) -> tuple[int, list[socket.socket]]:
    """The first shift at which all ports are free (0 when there is none), and sockets that hold the ports of
    ``later``.

    The sockets keep the ports from other programs, above all from another demo, until they are closed.
    """
    for shift in range(0, SHIFT * MOST_SHIFTS, SHIFT):
        sockets_by_port: dict[int, socket.socket] = {}
        try:
            for instance in INSTANCES:
                sockets_by_port[instance.port] = bind_port(instance.port + shift)
            for port in later:
                sockets_by_port[port].listen()
        except OSError:
            close_sockets(sockets_by_port.values())
            continue
        close_sockets(sockets_by_port[port] for port in sockets_by_port.keys() - set(later))
        return shift, [sockets_by_port[port] for port in later]
    return 0, []


def close_sockets(sockets: Iterable[socket.socket]) -> None:
    """Close the sockets, which frees their ports."""
    for held_socket in sockets:
        held_socket.close()
