"""docs/how-to/pki.md is true: its blocks run in a real shell and print what the page shows."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from services.launcher.ports import is_free
from shared.contracts.population import make_population
from shared.pki.faults import MAGIC_SUBJECTS, PkiFault
from shared.pki.verification.verdict import SignatureCondition
from tests.commands.command_server import command_words
from tests.journeys.kit import RunningCountry, openssl, running
from tests.ncalayer import npm_client
from tests.servers import environment
from tests.servers.programs import CURL, obtain

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).resolve().parents[3]
PAPER = (ROOT / "docs" / "how-to" / "pki.md").read_text(encoding="utf-8")
SETTING_OUT = "Something to sign"
OPENSSL, OWN, NCALAYER, NCANODE = "With openssl", "With our own commands", "Through NCALayer", "Through NCANode"
TROUBLES = "Faults on purpose"
SECONDS = 100


def blocks(section: str, kind: str) -> list[str]:
    """The fenced blocks of this kind under this heading, in order."""
    _, _, rest = PAPER.partition(f"\n## {section}\n")
    return re.findall(rf"^```{kind}\n(.*?)^```$", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Typist:
    """Runs the page's blocks in a shell, in a separate folder, while НУЦ answers."""

    country: RunningCountry
    folder: Path
    port: int

    def local(self, text: str) -> str:
        """The text with the addresses of this test."""
        return text.replace("http://127.0.0.1:8007", self.country.url("is_nuc")).replace("13579", str(self.port))

    async def types(self, section: str) -> str:
        """The output of a section's blocks; each must succeed and print what the page shows."""
        script = self.local("\n".join(blocks(SETTING_OUT, "sh") + blocks(section, "sh")))
        printed = await asyncio.to_thread(self.run, script)
        shown = [line for block in blocks(section, "text") for line in block.splitlines()]
        missing = [line for line in shown if not re.search(as_pattern(line), printed, re.MULTILINE)]
        assert (bool(shown), missing) == (True, []), printed
        return printed

    def run(self, script: str) -> str:
        """Both outputs of a shell that must succeed; its child processes end with it."""
        own = {"PATH": self._path(), "PYTHONPATH": str(ROOT), "EGOV_NUC_URL": self.country.url("is_nuc")}
        printed = self.folder / "printed"
        with printed.open("wb") as out:
            shell = subprocess.Popen(
                ("bash", "-c", f"set -eu -o pipefail\n{script}"),
                cwd=self.folder,
                env=environment.inherited(**own, COLUMNS="100"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = shell.wait(SECONDS)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
                shell.wait()
        told = printed.read_text(encoding="utf-8")
        assert code == 0, told
        return told

    def _path(self) -> str:
        """PATH with the programs of the virtual environment first; npm lies where node cannot call it by name."""
        own, node = self.folder / "bin", npm_client.programs()
        own.mkdir(exist_ok=True)
        (own / "npm").write_text(f'#!/bin/sh\nexec node "{node}/lib/node_modules/npm/bin/npm-cli.js" "$@"\n')
        (own / "python").write_text(f'#!/bin/sh\nshift 2\nexec {shlex.join(command_words())} "$@"\n')
        for program in ("npm", "python"):
            (own / program).chmod(0o755)
        folders = (own, Path(sys.executable).parent, node / "bin", *environment.program_folders())
        return os.pathsep.join(map(str, folders))


def as_pattern(line: str) -> str:
    """A line of the page as a pattern: "…" matches anything, and columns may have any width."""
    pattern = r"\s+".join(re.escape(word) for word in line.split()).replace("…", ".*")
    return rf"^\s*{pattern}\s*$"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as country:
        yield country


@pytest.fixture
def typist(nuc: RunningCountry, tmp_path: Path) -> Typist:
    obtain(CURL)
    return Typist(nuc, tmp_path, next(port for port in range(23579, 33579) if is_free(port)))


async def test_pki_page_has_every_block_typed_by_a_test_here() -> None:
    sections = (SETTING_OUT, OPENSSL, OWN, NCALAYER, NCANODE, TROUBLES)
    typed = sum(len(blocks(section, kind)) for section in sections for kind in ("sh", "js", "text"))
    assert PAPER.count("```") == 2 * typed
    assert next(make_population(1, 1)).iin in PAPER


async def test_pki_page_shows_every_condition_and_the_troubled_number_has_its_trouble() -> None:
    assert len(blocks(OWN, "text")[0].split("The digital signature")[0].splitlines()) == len(SignatureCondition)
    magic = {one.iin: one.fault for one in MAGIC_SUBJECTS}
    found = re.findall(r"--pick (\d{12})", PAPER)
    assert [magic[iin] for iin in found] == [PkiFault.CERTIFICATE_REVOKED]


async def test_pki_page_makes_by_openssl_what_is_valid_for_our_check_too(typist: Typist) -> None:
    await typist.types(OPENSSL)
    assert (typist.folder / "opened").read_bytes() == b"the document"
    told = await asyncio.to_thread(
        typist.run, "python -m services verify document.p7s --iin 591116181276 --lang en"
    )
    assert "(eds-valid)" in told


async def test_pki_page_makes_by_our_commands_what_opens_in_openssl(typist: Typist) -> None:
    printed = await typist.types(OWN)
    assert printed.count("(eds-valid)") == 2
    verify = "cms -verify -binary -inform DER -CAfile keys/root.pem"
    for signed, content in {"stamped.p7s": "", "detached.p7s": "-content document"}.items():
        opened = await asyncio.to_thread(openssl, typist.folder, f"{verify} -in {signed} {content}")
        assert (opened.returncode, opened.stdout) == (0, "the document"), opened.stderr


@pytest.mark.servers
async def test_pki_page_lets_the_real_client_of_ncalayer_sign(typist: Typist) -> None:
    for name in ("package.json", "package-lock.json"):  # npm then checks packages against known hashes
        shutil.copy(npm_client.HERE / name, typist.folder)
    (script,) = blocks(NCALAYER, "js")
    (typist.folder / "sign.cjs").write_text(typist.local(script), encoding="utf-8")
    printed = await typist.types(NCALAYER)
    assert "(eds-valid)" in printed
    assert "basics.sign from a program: done" in (typist.folder / "ncalayer.log").read_text(encoding="utf-8")
    assert is_free(typist.port)


async def test_pki_page_signs_by_ncanode_what_is_valid_here_and_there(typist: Typist) -> None:
    assert "(eds-valid)" in await typist.types(NCANODE)


async def test_pki_page_magic_subject_is_revoked(typist: Typist) -> None:
    assert "(eds-valid)" not in await typist.types(TROUBLES)
