"""docs/how-to/explain.md: both examples run unchanged and are answered as the page says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.docs_commands import blocks, types
from tests.journeys.kit import RunningCountry
from tests.signing.conftest import Terminal

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def test_explain_docs_examples_find_what_the_page_says(nuc: RunningCountry, tmp_path: Path) -> None:
    settings = {"EGOV_NUC_URL": nuc.url("is_nuc"), "EGOV_DATA_DIR": str(nuc.folder), "COLUMNS": "200"}
    answers = []
    for script in blocks("how-to/explain.md", "sh"):
        done = await asyncio.to_thread(types, tmp_path, script, **settings)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        answers.append(done.stdout)
    text, facts = answers
    assert "✗ carriage-returns-added (tried: " in text
    assert "digest-given" in text
    assert text.endswith("exit code 1\n")
    explanation = json.loads(facts.splitlines()[-2])
    assert explanation["kind"] == "xmldsig"
    codes = [finding["code"] for finding in explanation["findings"]]
    assert codes == ["pretty-printed-after-signing", "certificate-for-login"]


async def test_explain_says_nothing_of_a_valid_file_and_does_not_run_in_production(terminal: Terminal) -> None:
    key = await terminal.types("certificate", "--algorithm", "ec", "--password-file", "password", "--json")
    (terminal.folder / "document").write_text("a document")
    p12 = json.loads(key.out)["p12"]
    await terminal.types("sign", "document", "--p12", p12, "--password-file", "password")
    valid = await terminal.types("explain", "document.p7s", "--json")
    assert (valid.code, json.loads(valid.out)["findings"]) == (0, [])
    other = await terminal.types("explain", "document.p7s", "--content", "password", "--lang", "kk")
    assert other.code == 1
    assert "cms-attached-content-differs" in other.out
    closed = await terminal.types("explain", "document.p7s", EGOV_PROFILE="production")
    assert (closed.code, closed.out) == (2, "")
