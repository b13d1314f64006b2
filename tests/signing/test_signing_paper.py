"""docs/how-to/signing.md: every example runs unchanged, one after another."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.docs_commands import blocks, types
from tests.journeys.kit import RunningCountry

pytestmark = pytest.mark.thorough


@pytest.mark.asyncio(loop_scope="session")
async def test_signing_docs_examples_do_what_they_say(nuc: RunningCountry, tmp_path: Path) -> None:
    settings = {"EGOV_NUC_URL": nuc.url("is_nuc"), "EGOV_DATA_DIR": str(nuc.folder), "COLUMNS": "200"}
    certificate, employee, sign, verify, offline, openssl = blocks("how-to/signing.md", "sh")
    told = []
    for script in (certificate, employee, sign, verify, offline, openssl):
        done = await asyncio.to_thread(types, tmp_path, script, **settings)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        told.append(done.stdout)
    assert [name[:4] for name in told[0].split() if name.endswith(".p12")][-2:] == ["AUTH", "RSA2"]
    assert (tmp_path / "document.p7s").exists()
    assert told[3].count("✓") >= 12
    assert "certificate not revoked" in told[3]
    assert told[3].count("time-stamped at") == 1
    assert json.loads(told[3].splitlines()[-1])["code"] == "eds-valid"
    assert "eds-valid" in told[4]
    assert told[5].count("eds-valid") == 1
    assert told[5].startswith("the document")
