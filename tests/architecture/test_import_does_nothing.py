"""Importing a module does nothing: no thread, no socket, no file, no process, no setting read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT, modules

WATCHER = """
import json, os, sys, threading

sys.path.insert(0, sys.argv[1])
deeds = []
watched = ("socket.", "subprocess.", "os.mkdir", "os.remove", "os.fork", "_thread.start_new", "sqlite3.")
# a library may try whether sockets work: that is not ours
probes = ("socket.__new__", "socket.gethostname")


def watch(event, arguments):
    if event == "open":
        writes = isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes:
            deeds.append(f"opened {arguments[0]} to write")
    elif event.startswith(watched) and event not in probes:
        deeds.append(f"{event} {arguments!r}"[:200])


sys.addaudithook(watch)
for name in sys.argv[2:]:
    before = len(deeds)
    __import__(name)
    deeds[before:] = [f"{name}: {deed}" for deed in deeds[before:]]
print(json.dumps({"deeds": deeds, "threads": threading.active_count(), "files": os.listdir()}))
"""


def test_module_import_in_an_empty_environment_does_nothing(tmp_path: Path) -> None:
    names = [module.name for module in modules("shared") + modules("services")]
    done = subprocess.run(
        (sys.executable, "-I", "-B", "-c", WATCHER, str(ROOT), *names),
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {"deeds": [], "threads": 1, "files": []}
    assert done.stderr == ""
