"""An import of a package that is not installed fails without a search; an installed package stays importable."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from services.launcher.absent_modules import remember_absent_modules


def test_absent_module_is_not_looked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "installed_here.py").touch()
    remember_absent_modules(("absent_here", "installed_here"))
    (tmp_path / "absent_here.py").touch()  # a search would find it
    importlib.invalidate_caches()
    with pytest.raises(ImportError):
        importlib.import_module("absent_here")
    assert importlib.import_module("installed_here")


def test_commands_ask_for_a_http_clients_absent_package_without_a_search() -> None:
    steps = (
        "import sys; from services.launcher.absent_modules import ASKED_FOR_EVERY_TIME as names, find_spec",
        "absent = [name for name in names if find_spec(name) is None]; sys.argv = ['egov-bus', '--list']",
        "from services.__main__ import main",
        "try: main()\nexcept SystemExit: print([sys.modules[name] for name in absent] == [None] * len(absent))",
    )
    ran = subprocess.run([sys.executable, "-c", "\n".join(steps)], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1] == "True", ran.stderr
