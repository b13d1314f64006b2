"""The files of shared/contracts/published are what the code says (tests/openapi: OpenAPI); no commit broke one."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from services.tools.publishing.channel_files import make_channel_files
from services.tools.publishing.contract_set import (
    ASYNCAPI,
    INDEX,
    ContractVersions,
    list_breaking_changes,
    make_messages,
    make_pacts,
    published_systems,
)

ROOT = Path(__file__).resolve().parents[3]
PLACE = "shared/contracts/published"
FOLDER = ROOT / PLACE
COMMITS_LOOKED_AT = 5


def test_channel_files_are_those_that_the_gateway_serves() -> None:
    made = make_channel_files()
    published = {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / "channels").iterdir()}
    assert published == made, "make contracts"


@pytest.mark.parametrize("name", ["sync-types.xsd", "async-types.xsd", "client-types.xsd"])
def test_channel_files_link_to_each_other(name: str) -> None:
    assert etree.XMLSchema(etree.parse(str(FOLDER / "channels" / name))) is not None


def test_message_schemas_are_those_of_the_models() -> None:
    made = make_messages()
    published = {
        f"messages/{path.name}": path.read_text(encoding="utf-8") for path in (FOLDER / "messages").iterdir()
    }
    assert published == made, "make contracts"
    for text in made.values():
        Draft202012Validator.check_schema(json.loads(text))


def test_pacts_are_those_of_the_acts_and_the_models() -> None:
    made = make_pacts()
    published = {f"pacts/{path.name}": path.read_text(encoding="utf-8") for path in (FOLDER / "pacts").iterdir()}
    assert published == made, "make contracts"


def test_index_names_every_file_with_its_version() -> None:
    documents = {f"openapi/{name}.json" for name in published_systems()}
    files = {
        *documents,
        *make_messages(),
        *make_pacts(),
        *(f"channels/{name}" for name in make_channel_files()),
        ASYNCAPI,
    }
    text = ContractVersions(FOLDER).render_index(dict.fromkeys(files, ""))
    assert (FOLDER / INDEX).read_text(encoding="utf-8") == text, "make contracts"
    assert {path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("openapi/*")} == documents


def test_no_commit_broke_a_published_contract() -> None:
    """A hand that writes the files past ``make contracts`` is seen here."""
    commits = _git("log", f"-{COMMITS_LOOKED_AT}", "--format=%H", "--", PLACE).split()
    states = [_read_working_tree(), *(_read_commit(commit) for commit in commits)]
    for newer, older in pairwise(states):
        assert list(list_breaking_changes(older, newer)) == []


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout of git: there are no earlier contracts to compare with")
    return done.stdout


def _read_working_tree() -> dict[str, str]:
    paths = [path for path in FOLDER.rglob("*.*") if path.is_file()]
    return {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _read_commit(commit: str) -> dict[str, str]:
    """The published files of a commit, by one call of git."""
    names = _git("ls-tree", "-r", "--name-only", commit, f"{PLACE}/").splitlines()
    asked = "".join(f"{commit}:{name}\n" for name in names)
    done = subprocess.run(
        ["git", "cat-file", "--batch"], cwd=ROOT, input=asked.encode(), capture_output=True, check=True
    )
    files, rest = {}, done.stdout
    for name in names:
        head, _, rest = rest.partition(b"\n")
        size = int(head.split()[2])
        files[name.removeprefix(f"{PLACE}/")] = rest[:size].decode()
        rest = rest[size + 1 :]
    return files
