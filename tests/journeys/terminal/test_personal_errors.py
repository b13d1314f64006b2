"""What a person can do wrong at the command line: one sentence each, with a code and what to do, and no traceback.

Each row of the table is provoked really: a port that is taken, a disk that is full, a folder that is read-only.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.launcher.commands.error_report import TEXTS
from services.launcher.data_folder.folder_lock import FolderLock
from services.launcher.ports import LOOPBACK, random_offset
from tests.commands import command_server
from tests.docs_commands import ROOT
from tests.servers import environment

pytestmark = pytest.mark.thorough

Provoke = Callable[["Place"], None]


@dataclass
class Place:
    """Where a command is typed, and what has been done to it."""

    folder: Path
    stack: ExitStack
    settings: dict[str, str] = field(default_factory=dict)
    mount: str | None = None
    """The options of a file system of its own, under ``disk`` in the folder."""

    def types(self, line: str, **settings: str) -> subprocess.CompletedProcess[str]:
        given = {"PYTHONPATH": str(ROOT), "EGOV_LANG": "en", "COLUMNS": "60", **self.settings, **settings}
        words = (*command_server.command_words(), *shlex.split(line))
        if self.mount is not None:  # a new interpreter, which sees what is mounted
            command = shlex.join((sys.executable, "-m", "services", *shlex.split(line)))
            script = f"mount -t tmpfs -o {self.mount} none disk && exec {command}"
            words = ("unshare", "--mount", *(() if os.getuid() == 0 else ("-Ur",)), "sh", "-c", script)
        return subprocess.run(
            words, cwd=self.folder, env=environment.inherited(**given), capture_output=True, text=True, timeout=90
        )


def take_a_port(place: Place) -> None:
    offset = random_offset()
    place.settings["EGOV_PORT_OFFSET"] = str(offset)
    holder = place.stack.enter_context(socket.create_server((LOOPBACK, 8001 + offset)))
    assert holder.fileno()


def listen_elsewhere(place: Place) -> None:
    place.settings["EGOV_HOST"] = "203.0.113.1"


def put_a_file_there(place: Place) -> None:
    (place.folder / "var").write_text("not a folder")


def mount_a_full_disk(place: Place) -> None:
    _mount(place, "size=1m")


def mount_a_read_only_disk(place: Place) -> None:
    _mount(place, "ro")


def _mount(place: Place, options: str) -> None:
    (place.folder / "disk").mkdir()
    place.mount, place.settings["EGOV_DATA_DIR"] = options, "disk/var"


def use_the_folder(place: Place) -> None:
    place.stack.callback(FolderLock.take(place.folder / "var").release)


def use_a_system_s_folder(place: Place) -> None:
    place.stack.callback(FolderLock.take(place.folder / "var" / "portal_pep").release)


def name_a_broker_that_is_away(place: Place) -> None:
    place.settings["AMQP_URL"] = f"amqp://guest:guest@127.0.0.1:{_free_port()}/"


def name_a_database_that_is_away(place: Place) -> None:
    place.settings["DATABASE_URL"] = f"postgresql://someone@127.0.0.1:{_free_port()}/base"


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def misspell_a_setting(place: Place) -> None:
    place.settings["EGOV_DATADIR"] = "var"


def give_a_wrong_setting(place: Place) -> None:
    place.settings["EGOV_CLERKS"] = "robots"


def do_nothing(place: Place) -> None:
    """The command itself is wrong."""


ERRORS: tuple[tuple[str, str, Provoke, int], ...] = (
    ("port-taken", "portal_pep", take_a_port, 1),
    ("port-taken", "all", take_a_port, 1),
    ("port-taken", "up", take_a_port, 1),
    ("address-unusable", "portal_pep", listen_elsewhere, 1),
    ("folder-is-a-file", "all", put_a_file_there, 1),
    ("folder-is-a-file", "up", put_a_file_there, 1),
    ("folder-is-a-file", "demo --once", put_a_file_there, 1),
    ("folder-read-only", "all", mount_a_read_only_disk, 1),
    ("disk-full", "all", mount_a_full_disk, 1),
    ("folder-in-use", "all", use_the_folder, 1),
    ("folder-in-use", "demo --once", use_the_folder, 1),
    ("folder-in-use", "portal_pep", use_a_system_s_folder, 1),
    ("folder-in-use", "reset --yes", use_the_folder, 1),
    ("broker-away", "up", name_a_broker_that_is_away, 1),
    ("broker-away", "demo --once", name_a_broker_that_is_away, 1),
    ("database-away", "up", name_a_database_that_is_away, 1),
    ("database-away", "demo --once", name_a_database_that_is_away, 1),
    ("setting-unknown", "all", misspell_a_setting, 2),
    ("settings-wrong", "all", give_a_wrong_setting, 2),
    ("settings-wrong", "up", give_a_wrong_setting, 2),
    ("command-unknown", "portal_pap", do_nothing, 2),
    ("system-unknown", "all --without is_nobody", do_nothing, 2),
    ("countries-not-offered", "all --countries --without shep_gateway", do_nothing, 1),
    ("countries-not-offered", "all --countries --processes --without shep_gateway", do_nothing, 1),
    ("system-unknown", "logs is_moi", do_nothing, 2),
    ("page-unknown", "open nowhere", do_nothing, 1),
    ("country-not-running", "open", do_nothing, 1),
    ("country-not-running", "down", do_nothing, 1),
    ("log-missing", "logs", do_nothing, 1),
    ("operators-file-missing", "tenant list", do_nothing, 1),
)


@pytest.mark.parametrize(
    ("code", "line", "provoke", "exit_code"), ERRORS, ids=lambda part: getattr(part, "__name__", str(part))
)
def test_error_of_a_person_is_one_sentence_with_its_code(
    tmp_path: Path, code: str, line: str, provoke: Provoke, exit_code: int
) -> None:
    with ExitStack() as stack:
        place = Place(tmp_path, stack, {"EGOV_PORT_OFFSET": str(random_offset())})
        provoke(place)
        ended = place.types(line)
    assert ended.returncode == exit_code, ended.stdout + ended.stderr
    told = [row for row in ended.stderr.splitlines() if not row.startswith("{")]
    assert [row.partition(": ")[0] for row in told] == [code], ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_error_is_told_in_the_language_of_the_person(tmp_path: Path, language: str) -> None:
    with ExitStack() as stack:
        place = Place(tmp_path, stack)
        by_setting = place.types("open nowhere", EGOV_LANG=language).stderr
        by_option = place.types(f"--lang {language} open nowhere", EGOV_LANG="").stderr
        by_locale = place.types("open nowhere", EGOV_LANG="", LC_ALL=f"{language}_KZ.UTF-8").stderr
    sentence = TEXTS["page-unknown"][language].partition("{name}")[0]
    assert by_setting == by_option == by_locale
    assert by_setting.startswith(f"page-unknown: {sentence}nowhere")


def test_error_is_json_where_json_was_asked_for(tmp_path: Path) -> None:
    with ExitStack() as stack:
        told = Place(tmp_path, stack).types("down --json")
    assert re.match(r'\{"error": \{"code": "country-not-running", "message": ', told.stdout)
    assert (told.returncode, told.stderr) == (1, "")
