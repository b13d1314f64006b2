"""Forked workers: every test runs once, a crash has a name, an interruption ends what the tests began."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.processes import is_running, until

ROOT = Path(__file__).parents[2]
CONFTEST = """
import os, pathlib, pytest

def note(*words):
    with open(pathlib.Path(__file__).parent / "notes", "a") as notes:
        print(*words, file=notes)

@pytest.fixture(scope="session")
def country():
    note("country", os.getpid())
    yield os.getpid()
    note("no country", os.getpid())

@pytest.fixture(scope="module")
def town(request, country):
    yield
    note("no town", request.path.name)
"""


def command(folder: Path, *options: str) -> list[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = -rA -p no:cacheprovider -p no:schemathesis -p no:xdist -p no:asyncio\n"
    )
    forking = ("-p", "tests.runner.forked_workers", f"--rootdir={folder}", f"--basetemp={folder / 'temporary'}")
    return [sys.executable, "-m", "pytest", *forking, *options, str(folder)]


def endings(folder: Path, *options: str) -> dict[str, str]:
    """The ending of each test of ``folder``, and the exit code, by running them in workers."""
    ran = subprocess.run(command(folder, *options), cwd=ROOT, capture_output=True, text=True, timeout=60)
    told = re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED) (\S.*)$", ran.stdout, re.MULTILINE)
    assert len({test for _, test in told}) == len(told), ran.stdout
    by_name = {test.split("::")[-1].split()[0]: ending for ending, test in told}
    return {**by_name, "exit code": str(ran.returncode), "output": ran.stdout}


def notes_in(folder: Path) -> list[str]:
    notes = folder / "notes"
    return notes.read_text().splitlines() if notes.exists() else []


def test_workers_run_every_test_once_and_end_what_fixtures_began(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"test_{name}.py").write_text(
            f"def test_first_{name}(town, tmp_path):\n    assert not list(tmp_path.iterdir())\n"
            f"def test_second_{name}(town, country):\n    import os\n    assert country == os.getpid()\n"
        )
    told = endings(tmp_path, "--forks=2")
    assert told["exit code"] == "0", told["output"]
    tests = {f"test_{place}_{name}" for name in "abc" for place in ("first", "second")}
    assert {test for test, ending in told.items() if ending == "PASSED"} == tests
    notes = [note.rpartition(" ") for note in notes_in(tmp_path)]
    begun, ended, towns = (
        sorted(name for what, _, name in notes if what == kind) for kind in ("country", "no country", "no town")
    )
    assert towns == [f"test_{name}.py" for name in "abc"]
    assert begun == ended
    assert len(begun) <= 2, "a country of the session, not one for each file"


def test_failure_of_a_test_and_of_a_fixture_that_ends_is_told(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_wrong():\n    print('words of the test')\n    assert 1 == 2\n"
        "@pytest.fixture(scope='session')\ndef broken():\n    yield\n    raise ValueError('a bad end')\n"
        "def test_right(broken):\n    pass\n"
        "@pytest.mark.skip(reason='not today')\ndef test_of_tomorrow():\n    pass\n"
    )
    told = endings(tmp_path, "--forks=2")
    assert (told["test_wrong"], told["test_right"]) == ("FAILED", "PASSED")
    assert "words of the test" in told["output"]
    assert "not today" in told["output"]
    assert "a bad end" in told["output"]
    assert told["exit code"] == "1"


@pytest.mark.parametrize(
    ("deed", "ending"), [("os._exit(3)", "exit code 3"), ("os.kill(os.getpid(), 9)", "signal SIGKILL")]
)
def test_crash_of_a_worker_fails_the_running_test_by_name_and_the_others_still_run(
    tmp_path: Path, deed: str, ending: str
) -> None:
    (tmp_path / "test_it.py").write_text(
        "import os, subprocess\n"
        "from conftest import note\n"
        "def test_before():\n    note('child', subprocess.Popen(['sleep', '100']).pid)\n"
        f"def test_crash():\n    {deed}\n"
        "def test_after():\n    pass\n"
    )
    told = endings(tmp_path, "--forks=1")
    names = ("test_before", "test_crash", "test_after")
    assert [told[name] for name in names] == ["PASSED", "FAILED", "PASSED"]
    assert f"ended with {ending} while it ran this test" in told["output"]
    assert told["exit code"] == "1"
    (child,) = (int(note.split()[1]) for note in notes_in(tmp_path))
    assert until(lambda: not is_running(child), seconds=10), "a program that the worker started"


def test_worker_that_pytest_itself_fails_ends_what_its_fixtures_began(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\ndef test_exit(town):\n    pytest.exit('no more')\ndef test_after():\n    pass\n"
    )
    told = endings(tmp_path, "--forks=1")
    assert (told["test_exit"], told["test_after"]) == ("FAILED", "PASSED")
    assert [note.rpartition(" ")[0] for note in notes_in(tmp_path)] == ["country", "no town", "no country"]


@contextmanager
def waiting_test(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A run whose only test has begun and waits."""
    (folder / "test_it.py").write_text(
        "import time\nfrom conftest import note\ndef test_wait(town):\n    note('waiting')\n    time.sleep(100)\n"
    )
    run = subprocess.Popen(command(folder, "--forks=2"), cwd=ROOT, text=True, stdout=subprocess.PIPE)
    with run:
        try:
            assert until(lambda: "waiting" in notes_in(folder), seconds=30)
            yield run
        finally:
            run.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interruption_lets_the_fixtures_of_workers_end(tmp_path: Path, how: signal.Signals) -> None:
    with waiting_test(tmp_path) as run:
        started = time.monotonic()
        run.send_signal(how)
        run.communicate(timeout=30)
        assert time.monotonic() - started < 20
    assert [note.split()[:2] for note in notes_in(tmp_path)][2:] == [["no", "town"], ["no", "country"]]


def test_worker_does_not_outlive_a_killed_run(tmp_path: Path) -> None:
    with waiting_test(tmp_path) as run:
        worker = int(notes_in(tmp_path)[0].split()[1])
        run.kill()
        assert until(lambda: not is_running(worker), seconds=10)
    assert len(notes_in(tmp_path)) == 4, "the fixtures of the worker have ended too"
