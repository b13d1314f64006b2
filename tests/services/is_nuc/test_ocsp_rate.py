"""The rate of OCSP answers over HTTP, on one core."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.benchmarks.ocsp import measure
from tests.country import Processes

pytestmark = pytest.mark.thorough

GOAL = 500
"""Answers per second of the serving process's processor time."""


def test_ocsp_gives_five_hundred_answers_a_second_on_one_core(tmp_path: Path) -> None:
    with Processes(tmp_path, "") as nuc:
        nuc.start("is_nuc")
        rates = asyncio.run(measure(nuc))
    assert set(rates) == {"prepared", "nonce", "get"}
    assert {name: rate.per_core_second for name, rate in rates.items() if rate.per_core_second < GOAL} == {}
