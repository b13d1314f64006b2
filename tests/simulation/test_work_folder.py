"""A simulation that was killed leaves no files in memory for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services.tools.simulation.work_folder import open_work_folder

SIMULATION = """
import sys, time
from pathlib import Path
from services.tools.simulation.work_folder import open_work_folder
with open_work_folder(Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


def begin_simulation(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process with a folder of its own in ``folder``."""
    arguments = [sys.executable, "-c", SIMULATION, str(folder)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_folder_of_a_killed_simulation_goes_and_that_of_a_running_one_stays(tmp_path: Path) -> None:
    (running, kept), (killed, left) = [begin_simulation(tmp_path) for _ in range(2)]
    try:
        kill(killed)
        assert kept.is_dir()
        assert left.is_dir()
        with open_work_folder(tmp_path) as own:
            assert sorted(tmp_path.iterdir()) == sorted([own, kept])
    finally:
        kill(running)
    with open_work_folder(tmp_path) as own:
        assert list(tmp_path.iterdir()) == [own]
    assert list(tmp_path.iterdir()) == []
