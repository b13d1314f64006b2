"""A part of an installation was reset: every system reports the reset part, with the remedy."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree

import pytest

from tests.journeys.kit import RunningCountry, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = ("is_nuc", "enis")


async def named(country: RunningCountry, instance: str) -> set[str]:
    """The codes of what keeps a system from working; each with its text in three languages."""
    answer = await country.answer(instance, "GET", "/readyz")
    problems = answer.json().get("problems", [])
    assert all(set(problem["texts"]) == {"ru", "kk", "en"} for problem in problems)
    assert (answer.status_code == 503) == any(problem["is_fatal"] for problem in problems)
    return {str(problem["code"]) for problem in problems}


async def marks(home: Path) -> int:
    return len(list(home.glob("mark.json")))  # noqa: ASYNC240 - one look at a small folder


def lose_everything(home: Path) -> None:
    rmtree(home)


def lose_keys(home: Path) -> None:
    for file in (*home.glob("*.key"), *home.glob("*.crt")):
        file.unlink()


def lose_database(home: Path) -> None:
    for file in home.glob("data.sqlite*"):
        file.unlink()


@pytest.mark.parametrize(
    ("lose", "of_nuc", "of_others"),
    [
        (lose_everything, set(), {"nuc-replaced"}),
        (lose_keys, {"authority-replaced"}, {"nuc-replaced"}),
        (lose_database, {"database-older"}, {"certificate-unknown"}),
    ],
)
async def test_system_names_a_loss_of_the_certification_centres_data(
    tmp_path: Path, lose: object, of_nuc: set[str], of_others: set[str]
) -> None:
    async with running(tmp_path, names=NAMES) as country:
        for name in NAMES:
            await eventually(lambda name=name: named(country, name), lambda codes: codes == set())  # type: ignore[misc]
            await eventually(lambda name=name: marks(tmp_path / name), lambda count: count == 1)  # type: ignore[misc]
    assert callable(lose)
    lose(tmp_path / "is_nuc")
    async with running(tmp_path, names=NAMES) as country:
        assert await eventually(lambda: named(country, "is_nuc"), lambda codes: codes == of_nuc) == of_nuc
        assert await eventually(lambda: named(country, "enis"), lambda codes: codes >= of_others) == of_others
