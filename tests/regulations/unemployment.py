"""The passport that these tests read, its file, and faulty copies of the file."""

from __future__ import annotations

from pathlib import Path

from shared.regulations.loader import PASSPORT_FOLDER, load_passports
from shared.regulations.model import Channel, Passport
from shared.regulations.process.compiler import compile_graph
from shared.regulations.process.graph import ProcessGraph

TABLED: tuple[Channel, ...] = ("provider", "con", "portal")

FILE = PASSPORT_FOLDER / "kz-yuz" / "03-unemployment-certificate.yaml"


def passport() -> Passport:
    return next(passport for passport in load_passports() if passport.id == "KZ-YUZ.3")


def graph(channel: Channel) -> ProcessGraph:
    return compile_graph(passport(), channel, "main")


def spoiled(folder: Path, old: str, new: str, file: Path = FILE) -> Path:
    """A copy of the passport ``file`` in which ``old``, which occurs once, is replaced."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    path = folder / file.parent.name / file.name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path
