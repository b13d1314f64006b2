"""``python -I -S command_client.py SOCKET ARGUMENT …``: the command that is typed, run by the server at SOCKET.

A program of its own, which imports next to nothing and starts in hundredths of a second.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from types import FrameType

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(place: str, arguments: list[str]) -> int:
    """The exit code of the command; this process ends by the signal by which the command ended."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)

        def pass_on(number: int, frame: FrameType | None) -> None:
            server.sendall(bytes([number]))

        for number in PASSED_ON:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, pass_on)
        request = json.dumps([arguments, dict(os.environ), os.getcwd()]).encode()  # noqa: TID251 - handed on
        socket.send_fds(server, [len(request).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(request)
        code = int(server.recv(8) or b"125")
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
