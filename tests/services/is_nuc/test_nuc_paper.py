"""docs/reference/nuc.md is true: its table, its names, its example."""

from __future__ import annotations

import re
from pathlib import Path

from shared.contracts.population import make_population
from shared.pki.certificates.profile import OrganisationRole
from shared.pki.faults import MAGIC_SUBJECTS, FaultArea, PkiFault
from tests.journeys.kit import openssl, running

PAPER = Path(__file__).resolve().parents[3] / "docs" / "reference" / "nuc.md"


def text() -> str:
    return PAPER.read_text(encoding="utf-8")


def test_nuc_page_table_of_magic_subjects_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\d{12})` \| `([a-z-]+)` \|$", text(), re.MULTILINE)
    assert rows == [(one.iin, one.fault.value) for one in MAGIC_SUBJECTS]


def test_nuc_page_names_every_fault_and_every_role() -> None:
    lines = {row.group(1): row.group(0) for row in re.finditer(r"^\| `(\w+)-…` \|.*$", text(), re.MULTILINE)}
    assert set(lines) == set(FaultArea)
    for fault in PkiFault:
        assert f"`{fault.value.partition('-')[2]}`" in lines[fault.area], fault
    assert all(f"`{role.value}`" in text() for role in OrganisationRole)


async def test_nuc_page_example_of_a_container_works(tmp_path: Path) -> None:
    body = re.search(r"-d '(\{\"iin\".*\})'", text())
    look = re.search(r"openssl (pkcs12 .*)$", text(), re.MULTILINE)
    assert body is not None
    assert look is not None
    assert next(make_population(1, 1)).iin in body.group(1)
    async with running(tmp_path, names=("is_nuc",)) as nuc:
        headers = {"Content-Type": "application/json"}
        answer = await nuc.answer(
            "is_nuc", "POST", "/api/v1/containers/people", content=body.group(1), headers=headers
        )
        (tmp_path / "sign.p12").write_bytes(answer.content)
        done = openssl(tmp_path, look.group(1))
    assert done.returncode == 0, done.stderr
    assert "BEGIN PRIVATE KEY" in done.stdout
