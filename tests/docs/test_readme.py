"""Both README: what they show is what there is, and their first call is answered while the demo runs."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.catalog import INSTANCES
from services.tools.demo.wording import step_sentence
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in
from tests.docs_commands import ROOT, blocks_of, types
from tests.servers import environment

READMES = (ROOT / "README.md", ROOT / "README.ru.md")
GATEWAY_PORT = 8002
START_PAGE = r"Open the country here: http://127\.0\.0\.1:(\d+)/\n"
STARTS_WITHIN_SECONDS = 100.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """The folder in which the demo runs, and the number by which the demo has moved its ports."""
    folder = tmp_path_factory.mktemp("demo")
    settings = environment.inherited(PYTHONPATH=str(ROOT), COLUMNS="200", EGOV_LANG="en")
    output = folder / "output"
    with output.open("w") as file:
        command = (sys.executable, "-m", "services", "demo")
        process = subprocess.Popen(command, cwd=folder, env=settings, stdout=file, stderr=file)
        try:
            deadline = time.monotonic() + STARTS_WITHIN_SECONDS
            while not (address := re.search(START_PAGE, output.read_text())):
                assert process.poll() is None, output.read_text()
                assert time.monotonic() < deadline, output.read_text()
                time.sleep(0.2)
            yield folder, int(address[1]) - GATEWAY_PORT
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_first_call_of_readme_is_answered_by_the_demo(demo: tuple[Path, int]) -> None:
    folder, shift = demo
    (script,) = blocks_of(READMES[0], "sh")
    assert len(script.splitlines()) == 5
    shifted = re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda port: str(int(port[0]) + shift), script)
    typed = types(folder, shifted)
    assert typed.returncode == 0, typed.stderr
    account, me, journal = map(json.loads, typed.stdout.splitlines())
    assert account == me
    assert me["iin"] == "520731242389"
    assert {entry["event"] for entry in journal} == {"ACCEPTED"}
    assert {entry["service_id"] for entry in journal} == {"nr-iin-person"}


@pytest.mark.thorough
@pytest.mark.timeout(180)
def test_first_call_of_a_stranger_is_the_line_that_the_demo_prints(demo: tuple[Path, int]) -> None:
    folder, _ = demo
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while not (lines := re.findall(r"^curl -s .+wait=10'?\n", (folder / "output").read_text(), re.MULTILINE)):
        assert time.monotonic() < deadline, (folder / "output").read_text()
        time.sleep(0.1)
    (line,) = lines
    typed = types(folder, line)
    assert typed.returncode == 0, typed.stderr
    passed = json.loads(typed.stdout)
    assert passed["answer"]["sender"] == "nr_iin"
    assert passed["answer"]["content"]["data"]["person"]["iin"] in line


def test_readmes_show_the_same_commands() -> None:
    english, russian = (re.findall(r"^    make [^#]+|`\.venv[^`]+`", path.read_text(), re.M) for path in READMES)
    assert english == russian
    assert blocks_of(READMES[0], "sh") == blocks_of(READMES[1], "sh")


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_readme_names_every_system_with_its_port(readme: Path) -> None:
    rows = re.findall(r"^\| ([^|]*`\w+`[^|]*) \| ([0-9, –]+) \|", readme.read_text(encoding="utf-8"), re.MULTILINE)
    told: dict[str, int] = {}
    for systems, ports in rows:
        names = re.findall(r"`(\w+)`", systems)
        first, *others = (int(port) for port in re.findall(r"\d+", ports))
        numbers = range(first, others[0] + 1) if "–" in ports else (first, *others)
        prefix = names[0].rpartition("_")[0]
        full = [name if not name.startswith("_") else prefix + name for name in names]
        told |= dict(zip(full, numbers, strict=True))
    assert told == {instance.name: instance.port for instance in INSTANCES}


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_readme_names_make_targets_that_there_are(readme: Path) -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"make ([a-z-]+)", readme.read_text(encoding="utf-8"))
    assert len(named) >= 5
    assert sorted(set(named) - set(targets)) == []


@pytest.mark.parametrize("language", ["en", "ru"])
def test_picture_shows_every_step_of_the_act_as_the_demo_tells_it(language: str) -> None:
    """``make picture`` draws the pictures anew."""
    picture = ROOT / "docs" / "pictures" / f"demo.{language}.svg"
    texts = ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own file
    words = set(" ".join(text.text or "" for text in texts).replace("\xa0", " ").split())
    graph = PassportBook.load().get_graph("KZ-YUZ.3", "portal")
    steps = [node for node in graph.nodes if node.end is None and node.op != "refuse"]
    assert len(steps) > 15
    told = {node.id: f"{text_in(language, node.actor)} {step_sentence(language, node)}" for node in steps}
    assert [step for step, sentence in told.items() if not set(sentence.split()) <= words] == []
    assert picture.stat().st_size < 150_000
    assert "font-face" not in picture.read_text(encoding="utf-8")
