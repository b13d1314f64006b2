"""What runs with a data folder: the note in the folder's lock, by which commands find a country that runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from services.launcher.data_folder.folder_lock import FolderLock, read_note

PLACING_SETTINGS = ("EGOV_PORT_OFFSET", "EGOV_HOST")
"""The settings that decide at which addresses the systems of a country answer."""


@dataclass(frozen=True)
class CountryRecord:
    """A country that runs: its process, the settings that place it, its instances."""

    pid: int
    settings: Mapping[str, str]
    instances: tuple[str, ...]

    @classmethod
    def find(cls, folder: Path) -> CountryRecord | None:
        """The country that runs with the folder; None where none does."""
        held = read_note(folder)
        if held is None:
            return None
        pid, note = held
        try:
            facts = json.loads(note)
            return cls(pid, dict(facts["settings"]), tuple(facts["instances"]))
        except (ValueError, KeyError, TypeError):  # it is just being written
            return None


def hold_folder(folder: Path, environment: Mapping[str, str], instances: Iterable[str]) -> FolderLock:
    """Keep the data folder for a country of this process, and say in it where its systems are.

    The errors of ``FolderLock.take``.
    """
    settings = {name: environment[name] for name in PLACING_SETTINGS if environment.get(name)}
    record = CountryRecord(0, settings, tuple(instances))
    facts = {name: value for name, value in asdict(record).items() if name != "pid"}
    return FolderLock.take(folder, json.dumps(facts))
