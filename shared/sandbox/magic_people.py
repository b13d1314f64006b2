"""The one table of people whose ИИН orders what happens: by the last digits at the clerks, by the number at НУЦ.

Each row is rules of the sandbox, so whoever reads the table reads what is obeyed. docs/reference/magic.md and the
country's start page show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.contracts import addresses
from shared.pki.faults import MAGIC_SUBJECTS, MagicSubject
from shared.sandbox.rules import EffectKind, RuleEffect, SandboxRule, SandboxRuleOrder
from shared.texts.catalog import Translations, texts_beside

TEXTS = texts_beside(__file__, file="magic_texts.yaml")
MAGIC_MARK = ":iin-"
"""In the id of a rule that is a row of the table."""
FILE = Path(__file__).with_name("magic_endings.yaml")


@dataclass(frozen=True)
class MagicPerson:
    """A row: the ending of an ИИН or a whole one, what it orders by language, and the rules that do it."""

    digits: str
    texts: Translations
    rules: tuple[SandboxRuleOrder, ...]
    subject: MagicSubject | None = None
    """The invented person whom НУЦ knows by this number."""

    def rules_for(self, system: str, origin: str) -> list[SandboxRule]:
        """The rules as a system's own board has them."""
        return [
            SandboxRule.model_validate(
                {
                    **rule.model_dump(exclude_none=True),
                    "id": f"{origin}{MAGIC_MARK}{self.digits}" + (f"-{n}" if n else ""),
                    "origin": origin,
                    "system": system,
                }
            )
            for n, rule in enumerate(self.rules)
        ]


@cache
def read_endings() -> Mapping[str, MagicPerson]:
    """What the last two digits order where clerks are scripted."""
    import yaml  # no start waits for it

    data: dict[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        digits: MagicPerson(
            digits,
            TEXTS[f"ending-{digits}"],
            tuple(SandboxRuleOrder.model_validate({**rule, "ends": digits}) for rule in rules),
        )
        for digits, rules in data.items()
    }


def list_magic_people() -> tuple[MagicPerson, ...]:
    """Every row: the endings, then the invented people of НУЦ."""
    return (*read_endings().values(), *(_row_of(subject) for subject in MAGIC_SUBJECTS))


def _row_of(subject: MagicSubject) -> MagicPerson:
    effect = RuleEffect(kind=EffectKind.PKI, trouble=subject.fault.value)
    rule = SandboxRuleOrder(effect=effect, system=addresses.NUC, iin=subject.iin)
    return MagicPerson(subject.iin, subject.explanations, (rule,), subject)
