"""``python -m tests.servers run -- COMMAND`` or ``… rabbitmq`` or ``… postgres``: see the package."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.servers import Missing, ServerFailed, environment, postgres, rabbitmq
from tests.servers.commands import leave_in_good_order, outlast
from tests.servers.programs import POSTGRES, RABBITMQ
from tests.servers.rabbit import MANAGEMENT

NO_SERVERS = 3
NO_COMMAND = 127
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks; returns the exit code: COMMAND's own, or 3 without servers."""
    own, command = _split(arguments)
    parser = _parser()
    action = parser.parse_args(own).action
    if (action == "run") != bool(command):
        parser.error("run needs -- COMMAND …, the others take none")
    leave_in_good_order()
    try:
        return run(command) if action == "run" else keep(action)
    except (Missing, ServerFailed) as error:
        print(error, file=sys.stderr)
        return NO_SERVERS
    except KeyboardInterrupt:
        return INTERRUPTED


def run(command: Sequence[str]) -> int:
    """Run ``command`` with both servers, which are stopped afterwards in any case."""
    folder = Path(tempfile.gettempdir())
    with postgres(folder) as database, rabbitmq(folder) as broker:
        urls = {
            RABBITMQ.setting: broker.url,
            MANAGEMENT: broker.management_url,
            POSTGRES.setting: database.url,
        }
        try:
            process = subprocess.Popen(command, env=environment.inherited(**urls))
        except OSError as error:
            print(f"cannot run {command[0]}: {error}", file=sys.stderr)
            return NO_COMMAND
        return outlast(process)


def keep(name: str) -> int:
    """Keep one server running, its URL printed, until Ctrl-C or SIGTERM."""
    folder = Path(tempfile.gettempdir())
    server = rabbitmq(folder) if name == "rabbitmq" else postgres(folder)
    with server as running:
        print(running.url, flush=True)
        print("Ctrl-C stops it", file=sys.stderr, flush=True)
        signal.pause()
    return 0


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Our own arguments, and the command after the first ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.servers",
        usage="%(prog)s run -- COMMAND … | rabbitmq | postgres",
        description="Run a command with both private servers, or keep one of them running until Ctrl-C.",
    )
    parser.add_argument("action", choices=("run", "rabbitmq", "postgres"))
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
