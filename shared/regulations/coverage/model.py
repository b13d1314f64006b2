"""What the files of the coverage hold: documents, clauses, executors, cited acts, terms."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.regulations.model.parts import Key, Lines, Many, PassportPart, Text

Fate = Literal[
    "step", "told-again", "document", "screen", "rule", "data",
    "heading", "reference", "history",
    "organisational", "outside", "missing", "void",
]  # fmt: skip
"""What becomes of a clause.

Executed: step: steps of a process · told-again: the act's second description of steps · document: what a system
composes · screen: a page or an API · rule: a check · data: facts that the systems use and publish. Part of the
act's own frame: heading · reference: to another part of the act · history: how the text was amended. Not executed:
organisational: an order to people · outside: a matter of no system · missing: a picture that the text of the act
lacks · void: empty, excluded or repealed.
"""

EXECUTED: frozenset[Fate] = frozenset({"step", "told-again", "document", "screen", "rule", "data"})
FRAME: frozenset[Fate] = frozenset({"heading", "reference", "history"})

ClauseKind = Literal[
    "title", "approval", "preamble", "section", "clause", "item", "group", "paragraph", "note", "signature",
    "appendix", "directory", "table", "row", "picture", "legend", "symbol", "abbreviation", "note_text",
    "question", "option", "form", "fields", "field",
]  # fmt: skip

StepPlace = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*/[wtpa]\d+$")]
"""A step: ``portal/w3`` is step 3 of the walk of a channel, ``portal/t5`` row 5 of its table, ``main/p3`` step 3
of the provider's procedure in a variant, ``akim/a3`` step 3 of a channel's own procedure.
"""


DocumentId = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*-\d{4}$")]
"""A document by its place and year: ``akmola-2014``."""

CitedId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]


class LocalizedText(PassportPart):
    """A text of ours in three languages."""

    ru: Text
    kk: Text
    en: Text


class ActClause(PassportPart):
    """One part of an act that can be cited: a clause, a sub-clause, a paragraph, a row of a table, an appendix.

    ``at`` is its address in the act's own notation; ``lines`` are the lines in the published text, first-last,
    from 1; rows printed side by side have the same lines. ``title`` is a key of ``titles.yaml``, None where the
    step tells it. ``by`` are keys of ``executors.yaml``, ``cites`` of ``cited_acts.yaml``, ``term`` of
    ``terms.yaml``, ``symbol`` of ``symbols.yaml``; ``field`` is the number of a checked field.
    """

    at: Text
    kind: ClauseKind
    lines: Lines
    fate: Fate
    title: Key | None = None
    steps: Many[StepPlace] = ()
    by: Many[Key] = ()
    cites: Many[CitedId] = ()
    term: Key | None = None
    symbol: Key | None = None
    field: int | None = None

    @model_validator(mode="after")
    def _has_what_its_fate_means(self) -> Self:
        if (self.fate in ("step", "told-again")) != bool(self.steps):
            raise ValueError("a clause of steps names them, and no other clause does")
        if self.fate in EXECUTED and not (self.steps or self.by):
            raise ValueError("an executed clause says by what")
        if self.title is None and not self.steps:
            raise ValueError("a clause without steps has a title")
        return self


class ClauseFile(PassportPart):
    """The clauses of a regulation, or of a resolution itself (``regulation`` None), in the order of the text."""

    document: DocumentId
    regulation: Text | None = None
    lines: Lines
    clauses: Annotated[Many[ActClause], Field(min_length=1)]


class ActReference(PassportPart):
    """The number and day of an act, and who made it."""

    number: Text
    date: datetime.date
    body: LocalizedText | None = None


class SourceDocument(PassportPart):
    """One of the five documents: ``lines`` and ``sha256`` are of its published text.

    ``force_text`` says when the document came into force, in our words.
    """

    title: LocalizedText
    region: Text
    language: Literal["ru", "kk"]
    act: ActReference
    registered: ActReference
    repealed: ActReference
    force: LocalizedText
    lines: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ClauseExecutor(PassportPart):
    """What executes clauses: a part of the passports, a page, an API, a rule, a document.

    ``place`` is the path of a page or of an API at a system (``portal_pep /api/v1/services``), or a file of the
    project. ``tests`` are tests that show the executor at work, ``path::name``.
    """

    kind: Literal["part", "page", "api", "rule", "document"]
    text: LocalizedText
    place: Text
    tests: Annotated[Many[Text], Field(min_length=1)]


class CitedAct(PassportPart):
    """A law, a standard or an order that the acts cite, as they cite it; None where they do not say."""

    kind: Literal["law", "resolution", "order", "rules"]
    title: LocalizedText
    body: LocalizedText | None = None
    number: Text | None = None
    date: datetime.date | None = None
    note: LocalizedText | None = None


class ActTerm(PassportPart):
    """A term that the acts define: its abbreviation, its name, and what it is in our words.

    ``system`` is the address of the system of the bus that plays it, None where none does.
    """

    abbreviation: LocalizedText | None = None
    name: LocalizedText
    meaning: LocalizedText
    system: Text | None = None


class DiagramSymbol(PassportPart):
    """A symbol of the acts' legend: ``elements`` are those of BPMN 2.0 that our diagrams draw for it."""

    name: LocalizedText
    elements: Annotated[Many[Text], Field(min_length=1)]
