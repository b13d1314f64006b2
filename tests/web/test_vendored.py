"""Scripts, styles and fonts of others that travel with us: byte for byte what they are said to be."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tarfile
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.ncalayer.npm_client import pack_package
from tests.servers.programs import Package, obtain

MANIFEST = "vendored.json"
MANIFESTS = sorted(
    path for folder in ("services", "shared", "tests/pages") for path in (ROOT / folder).rglob(MANIFEST)
)
SECONDS = 110
FONTS = ROOT / "services" / "portal_pep" / "printing" / "fonts"
FONT_FILES = ("NotoSerif-Bold.ttf", "NotoSerif-Regular.ttf")
NOTO = Package(
    "Noto", "fonts-noto-core", (), ("/usr/share/fonts/truetype/noto",), setting="PATH", files=FONT_FILES
)


def place_of(path: Path) -> str:
    return path.parent.relative_to(ROOT).as_posix()


def read_manifest(path: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


@pytest.mark.parametrize("path", MANIFESTS, ids=place_of)
def test_vendored_folder_holds_the_files_of_its_manifest_and_no_other(path: Path) -> None:
    manifest = read_manifest(path)
    assert set(manifest) == {"package", "version", "licence", "files", "why"}
    assert {file.name for file in path.parent.iterdir()} == {*manifest["files"], MANIFEST}
    assert "LICENSE" in manifest["files"]


def test_script_that_is_not_ours_lies_in_a_folder_with_a_manifest() -> None:
    scripts = {path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.js")}
    vendored = {script for script in scripts if (script.parent / MANIFEST).exists()}
    assert {script.parent.name for script in scripts - vendored} == {"static"}
    assert all(script.stat().st_size < 10_000 for script in scripts - vendored), "too big to be ours"
    assert len({script.parent for script in vendored}) == 4


@pytest.mark.servers
@pytest.mark.parametrize("path", MANIFESTS, ids=place_of)
def test_vendored_files_are_those_of_the_named_version_on_npm(path: Path, tmp_path: Path) -> None:
    manifest = read_manifest(path)
    archive_path = pack_package(manifest["package"], manifest["version"], tmp_path)
    with tarfile.open(archive_path) as archive:

        def content(name: str) -> bytes:
            file = archive.extractfile(f"package/{name}")
            assert file is not None, name
            return file.read()

        described = json.loads(content("package.json"))
        different = [
            name
            for name, origin in manifest["files"].items()
            if (path.parent / name).read_bytes() != content(origin)
        ]
    assert different == []
    licence = described.get("license", "SEE LICENSE IN LICENSE")  # a package without the field still has the file
    assert [described["name"], described["version"], licence] == [
        manifest[name] for name in ("package", "version", "licence")
    ]


@pytest.mark.servers
@pytest.mark.parametrize("name", FONT_FILES)
def test_fonts_are_what_the_command_beside_them_makes_of_debians(name: str, tmp_path: Path) -> None:
    text = (FONTS / "README.md").read_text(encoding="utf-8")
    block = dedent("".join(line for line in text.splitlines(keepends=True) if line.startswith("    ")))
    program, _, output, *options = shlex.split(block.replace("\\\n", ""))
    output = output.replace("…", str(tmp_path / name))
    assert program == "pyftsubset"
    given = (sys.executable, "-m", "fontTools.subset", str(obtain(NOTO) / name), output, *options)
    made = subprocess.run(given, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / name).read_bytes() == (FONTS / name).read_bytes()
