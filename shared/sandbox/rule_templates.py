"""Ready-made troubles, each a few rules with one name; the data lie in ``rule_templates.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from shared.bus.errors import NotFound
from shared.sandbox.rules import SandboxRuleOrder
from shared.texts.catalog import Translations, texts_beside

TITLES = texts_beside(__file__, file="template_texts.yaml")
FILE = Path(__file__).with_name("rule_templates.yaml")


class RuleTemplate(BaseModel):
    """The rules of a trouble, and how many seconds of the bus's time they last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lasts: float
    rules: tuple[SandboxRuleOrder, ...]

    def orders_at(self, now: datetime) -> list[SandboxRuleOrder]:
        """The rules as they are set now, each with its end."""
        until = now + timedelta(seconds=self.lasts)
        return [rule.model_copy(update={"until": until}) for rule in self.rules]


@cache
def load_templates() -> Mapping[str, RuleTemplate]:
    """All templates by name."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: RuleTemplate.model_validate(template) for name, template in data.items()}


def find_template(name: str) -> RuleTemplate:
    """The template with this name; NotFound ``template-unknown``."""
    template = load_templates().get(name)
    if template is None:
        raise NotFound("template-unknown", f"the templates are {', '.join(load_templates())}", template=name)
    return template


def title_of(name: str) -> Translations:
    """What a template is, by language."""
    return TITLES[name]
