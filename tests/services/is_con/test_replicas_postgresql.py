"""Two processes of ИС ЦОН on one PostgreSQL: no number is issued twice, no ticket is called to two windows."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.journeys.kit import RunningCountry, running
from tests.servers import environment

pytestmark = pytest.mark.servers

VISITORS = 24
CENTRE = "kz.con.01"


async def drawn(country: RunningCountry) -> str:
    told = await country.answer("is_con", "POST", "/api/v1/queue/tickets", json={"centre": CENTRE})
    return str(told.json()["number"])


async def operator(country: RunningCountry) -> Any:
    staff = await country.operator("is_con").get("/api/v1/employees")
    return await country.works_as("is_con", next(one["iin"] for one in staff if one["authority"] == CENTRE))


async def test_queue_of_two_replicas_gives_each_visitor_one_number_and_one_window(tmp_path: Path) -> None:
    base = environment.setting("DATABASE_URL")
    assert base is not None, "run `python -m tests.servers run -- …`"
    name = f"con{secrets.token_hex(4)}"
    own = {"DATABASE_URL": f"{base.rpartition('/')[0]}/{name}"}
    names = ("is_nuc", "is_con")
    async with (
        running(tmp_path, names=names, environment=own) as first,
        running(tmp_path, names=names, environment=own) as second,
    ):
        lands = [(first, second)[n % 2] for n in range(VISITORS)]
        numbers = await asyncio.gather(*(drawn(country) for country in lands))
        assert sorted(numbers) == [f"А-{n:03}" for n in range(1, VISITORS + 1)]
        desks = [await operator(first), await operator(second)]
        calls = (desks[n % 2].post("/api/v1/queue/call", {"window": str(n)}) for n in range(VISITORS))
        called = await asyncio.gather(*calls)
        assert sorted(one["number"] for one in called) == sorted(numbers)
        assert {one["state"] for one in called} == {"called"}
    with psycopg.connect(base, autocommit=True) as link:
        for system in names:
            link.execute(f'DROP DATABASE "{name}_{system}"'.encode())
