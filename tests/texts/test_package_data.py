"""The data files that the code reads are in the wheel."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.architecture.source import ROOT

DATA = ("*.yaml", "*.html", "*.css", "*.js", "*.svg", "*.ttf")


@pytest.mark.thorough
def test_wheel_holds_every_text_template_style_and_script(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    expected = {
        path.relative_to(ROOT).as_posix()
        for folder in ("services", "shared")
        for pattern in DATA
        for path in (ROOT / folder).rglob(pattern)
    }
    assert len([name for name in expected if name.endswith(("texts.yaml", "words.yaml"))]) > 20
    assert sorted(expected - packed) == []
