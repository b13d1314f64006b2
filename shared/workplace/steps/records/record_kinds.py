"""Which record a step makes, and which fields the act lets the person fill in.

The acts name five records: the survey of a family with its conclusion (участковая комиссия), the conclusion of a
commission, the journal in which the recipient signs, the register with which a courier carries documents, and the
arrival of these, noted by the bar code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from shared.regulations.model import OfficeKind, StepOperation
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="record_texts.yaml", languages=("kk", "ru"))


class RecordKind(StrEnum):
    """The kind of a record, also its kind among the papers of a case."""

    SURVEY = "survey"
    CONCLUSION = "conclusion"
    JOURNAL = "journal"
    REGISTER = "register"
    ARRIVAL = "arrival"


class ResultRecipient(StrEnum):
    """Who takes the result at a step with the journal: the applicant in person, a worker of the ЦОН, the office
    of an аким, or the applicant's cabinet at the portal, where nobody comes to sign.
    """

    APPLICANT = "applicant"
    CENTRE = "centre"
    OFFICE = "office"
    CABINET = "cabinet"


@dataclass(frozen=True)
class RecordField:
    """A field that the person must fill in: the code of its label, and the codes of its values where the act names
    them.
    """

    code: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordForm:
    """What a person fills in at a step; ``recipient`` is None but for the journal."""

    kind: RecordKind
    title: str
    title_kk: str
    fields: tuple[RecordField, ...]
    recipient: ResultRecipient | None = None


_BY_OPERATION: Mapping[StepOperation, RecordKind] = MappingProxyType(
    {"survey": RecordKind.SURVEY, "recommend": RecordKind.CONCLUSION}
)
_BY_WORD: Mapping[str, RecordKind] = MappingProxyType(
    {"word-bar-code": RecordKind.ARRIVAL, "word-register": RecordKind.REGISTER}
)

RECIPIENT, SIGNATURE, ON_PAPER, BY_KEY = "recipient", "signature", "on-paper", "by-key"
SIGNED = RecordField(SIGNATURE, (ON_PAPER, BY_KEY))
BAR_CODE, GROUNDS = "bar-code", "grounds"

_FIELDS: Mapping[RecordKind, tuple[RecordField, ...]] = MappingProxyType(
    {
        RecordKind.SURVEY: (RecordField("findings"), RecordField("need", ("needed", "not-needed"))),
        RecordKind.CONCLUSION: (RecordField(GROUNDS),),
        RecordKind.REGISTER: (RecordField("courier"),),
        RecordKind.ARRIVAL: (RecordField(BAR_CODE),),
    }
)
_RECIPIENT_FIELDS: Mapping[ResultRecipient, tuple[RecordField, ...]] = MappingProxyType(
    {
        ResultRecipient.APPLICANT: (RecordField(RECIPIENT), SIGNED),
        ResultRecipient.CENTRE: (RecordField(RECIPIENT), SIGNED),
    }
)


def find_form(graph: ProcessGraph, node: ProcessNode) -> RecordForm | None:
    """The form of the record that people make at a step; None where the act lets them make none."""
    kind = find_kind(node)
    if kind is None or node.is_automatic:
        return None
    title = TEXTS[f"title-{kind}"]
    recipient = _find_recipient(graph, node) if kind is RecordKind.JOURNAL else None
    fields = _FIELDS.get(kind, ()) if recipient is None else _RECIPIENT_FIELDS.get(recipient, ())
    return RecordForm(kind, node.result or title["ru"], title["kk"], fields, recipient)


@lru_cache(maxsize=1024)
def has_records(graph: ProcessGraph) -> bool:
    """Whether people make a record at any step of a process."""
    return any(find_form(graph, node) is not None for node in graph.nodes)


def find_kind(node: ProcessNode) -> RecordKind | None:
    """The kind of the record that the act's words give to a step."""
    if node.op is not None and node.op in _BY_OPERATION:
        return _BY_OPERATION[node.op]
    if node.result is not None and TEXTS["word-journal"]["ru"] in node.result:
        return RecordKind.JOURNAL
    action = node.action.lower()
    return next((kind for code, kind in _BY_WORD.items() if TEXTS[code]["ru"] in action), None)


def _find_recipient(graph: ProcessGraph, node: ProcessNode) -> ResultRecipient:
    if graph.channel == "portal":
        return ResultRecipient.CABINET
    following = [graph.get_node(transition.target) for transition in graph.transitions_from(node.id)]
    if node.office is not OfficeKind.AKIM and any(later.office is OfficeKind.AKIM for later in following):
        return ResultRecipient.OFFICE
    ahead = map(graph.get_node, graph.nodes_ahead(later.id for later in following))
    if any(later.holder == "is_con" and later.op == "hand_over" for later in ahead):
        return ResultRecipient.CENTRE
    return ResultRecipient.APPLICANT
