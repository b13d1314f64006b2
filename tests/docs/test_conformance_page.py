"""docs/how-to/conformance.md, typed as it stands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.docs_commands import ROOT
from tests.servers import environment

PAGE = ROOT / "docs" / "how-to" / "conformance.md"


def test_page_of_conformance_is_typed_and_the_giving_up_participant_is_caught(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.S)
    (tmp_path / "participant.py").write_text(program, encoding="utf-8")
    for script in re.findall(r"```sh\n(.*?)```", text, re.S):
        typed = script.replace(".venv/bin/egov-bus", f"{sys.executable} -m services --lang en")
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=tmp_path,
            env=environment.inherited(PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        expected = 3 if " run " in script else 0
        assert done.returncode == expected, done.stdout + done.stderr
    for arguments, code in (("run nobody", "conformance-role"), ("run push", "conformance-target")):
        command = (sys.executable, "-m", "services", "--lang", "en", "conformance", *arguments.split())
        refused = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment.inherited(PYTHONPATH=str(ROOT)),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert (refused.returncode, refused.stderr.startswith(f"{code}: ")) == (1, True), refused.stderr
    outcomes = {
        row["id"]: row["outcome"]
        for row in json.loads((tmp_path / "first" / "report.json").read_text())["requirements"]
    }
    assert (outcomes["REST-13"], outcomes["REST-21"], outcomes["REST-01"]) == ("fail", "fail", "pass")
