"""Our readings of the acts where an act contradicts itself (``readings.yaml`` beside this module).

The passports record each contradiction in the act's own language (``contradictions``). A reading gives the
contradiction in short English, and what this project executes. The pages in docs/ are made of both; no system
uses the readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from shared.regulations.model import Passport
from shared.regulations.model.parts import Many, PassportPart, Text

READINGS_FILE = Path(__file__).with_name("readings.yaml")


class ContradictionReading(PassportPart):
    """A reading of one contradiction, or of several contradictions together.

    ``act`` and ``here`` are Markdown on one line, without a vertical bar: they become cells of a table.
    """

    ids: Many[Text]
    act: Text
    here: Text


def load_readings(path: Path = READINGS_FILE) -> tuple[ContradictionReading, ...]:
    """All readings in the order of the file; pydantic's ``ValidationError`` for an invalid file."""
    return TypeAdapter(tuple[ContradictionReading, ...]).validate_python(yaml.safe_load(path.read_bytes()))


def readings_of(passport: Passport, readings: Iterable[ContradictionReading]) -> Iterator[ContradictionReading]:
    """The readings of a passport's contradictions, in the order of the file."""
    recorded = {item.id for item in passport.contradictions}
    return (reading for reading in readings if recorded & set(reading.ids))
