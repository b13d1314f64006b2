"""The coverage of all acts, read from the YAML files beside this module."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from pydantic import TypeAdapter

from shared.bus.errors import NotFound
from shared.regulations.coverage.model import (
    EXECUTED,
    FRAME,
    ActClause,
    ActTerm,
    CitedAct,
    ClauseExecutor,
    ClauseFile,
    DiagramSymbol,
    LocalizedText,
    SourceDocument,
)
from shared.regulations.coverage.yaml_files import read_yaml

FOLDER = Path(__file__).parent
T = TypeVar("T")


@dataclass(frozen=True)
class CoverageFigures:
    """How many clauses there are, and what became of them; ``by_fate`` adds up to ``clauses``."""

    clauses: int
    executed: int
    frame: int
    not_executed: int
    by_fate: Mapping[str, int]

    @classmethod
    def count(cls, clauses: Iterable[ActClause]) -> Self:
        """The figures of these clauses."""
        fates = Counter(clause.fate for clause in clauses)
        executed = sum(number for fate, number in fates.items() if fate in EXECUTED)
        frame = sum(number for fate, number in fates.items() if fate in FRAME)
        total = fates.total()
        return cls(total, executed, frame, total - executed - frame, dict(fates.most_common()))


@dataclass(frozen=True, eq=False)
class CoverageBook:
    """The five documents with the fate of each clause, and the catalogues to which the clauses refer."""

    documents: Mapping[str, SourceDocument]
    files: tuple[ClauseFile, ...]
    executors: Mapping[str, ClauseExecutor]
    titles: Mapping[str, LocalizedText]
    fates: Mapping[str, LocalizedText]
    cited_acts: Mapping[str, CitedAct]
    terms: Mapping[str, ActTerm]
    symbols: Mapping[str, DiagramSymbol]

    @classmethod
    @functools.cache
    def load(cls) -> Self:
        """The book in the package, read once."""
        return cls(
            _read_catalogue("documents.yaml", SourceDocument),
            tuple(
                ClauseFile.model_validate(read_yaml(path))
                for path in sorted((FOLDER / "clauses").glob("*/*.yaml"))
            ),
            _read_catalogue("executors.yaml", ClauseExecutor),
            _read_catalogue("titles.yaml", LocalizedText),
            _read_catalogue("fates.yaml", LocalizedText),
            _read_catalogue("cited_acts.yaml", CitedAct),
            _read_catalogue("terms.yaml", ActTerm),
            _read_catalogue("symbols.yaml", DiagramSymbol),
        )

    def get_file(self, regulation: str) -> ClauseFile:
        """The clauses of the regulation ``regulation`` (``KZ-ATY.3``); NotFound ``regulation-unknown``."""
        for file in self.files:
            if file.regulation == regulation:
                return file
        raise NotFound("regulation-unknown", "no such regulation", regulation=regulation)

    @functools.cached_property
    def documents_by_regulation(self) -> Mapping[str, SourceDocument]:
        """The document that holds each regulation."""
        return {file.regulation: self.documents[file.document] for file in self.files if file.regulation}

    def files_of(self, document: str) -> tuple[ClauseFile, ...]:
        """The files of a document, the resolution itself first."""
        return tuple(file for file in self.files if file.document == document)

    def count_document(self, document: str) -> CoverageFigures:
        """The figures of a document with all its regulations."""
        return CoverageFigures.count(clause for file in self.files_of(document) for clause in file.clauses)

    def count_all(self) -> CoverageFigures:
        """The figures of all documents."""
        return CoverageFigures.count(clause for file in self.files for clause in file.clauses)


def _read_catalogue(name: str, kind: type[T]) -> Mapping[str, T]:
    return TypeAdapter(Mapping[str, kind]).validate_python(read_yaml(FOLDER / "catalogues" / name))  # type: ignore[valid-type,type-abstract]
