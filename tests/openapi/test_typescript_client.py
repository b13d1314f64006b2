"""A TypeScript client that a generator makes from the documents compiles, and has the promised types."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.ncalayer.npm_client import install_packages, run_node
from tests.openapi.documents import DISTINCT, document_of

HERE = Path(__file__).parent / "npm"

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


async def test_typescript_client_of_every_document_compiles(tmp_path: Path) -> None:
    documents, project = tmp_path / "documents", tmp_path / "project"
    documents.mkdir()
    shutil.copytree(HERE, project)
    for name in DISTINCT:
        (documents / f"{name}.json").write_text(json.dumps(document_of(name)), encoding="utf-8")
    await install_packages(project)
    await run_node("generate.mjs", str(documents), folder=project)
    assert {file.stem for file in (project / "generated").iterdir()} == set(DISTINCT)
    assert await run_node("node_modules/typescript/bin/tsc", "--project", ".", folder=project) == ""
