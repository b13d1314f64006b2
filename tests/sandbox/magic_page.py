"""docs/reference/magic.md, made from the one table of magic people, for ``make docs``."""

from __future__ import annotations

from shared.sandbox.magic_people import list_magic_people
from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "reference" / "magic.md"
HEAD = """# People whose ИИН orders what happens

One table (`shared/sandbox/magic_endings.yaml`, and the invented people of НУЦ); each row is rules of the
[language of faults](../how-to/faults.md), and the start page of the country shows it. The endings are obeyed where
clerks are scripted ([clerks](../how-to/clerks.md)), the whole numbers by [НУЦ](nuc.md#magic-subjects) always. An
ИИН with another ending follows the registers: an even last digit is granted, an odd one refused.

| ИИН | what happens | the rules |
|---|---|---|
"""


def make_page() -> str:
    """The page with the present table."""
    rows = []
    for row in list_magic_people():
        rules = "<br>".join(_describe(rule.model_dump(mode="json", exclude_defaults=True)) for rule in row.rules)
        digits = row.digits if len(row.digits) == 12 else f"…{row.digits}"
        rows.append(f"| `{digits}` | {row.texts['en']} | {rules} |\n")
    return HEAD + "".join(rows)


def _describe(rule: dict[str, object]) -> str:
    effect = rule.pop("effect")
    assert isinstance(effect, dict)
    words = [f"{name} {value}" for name, value in rule.items() if name not in ("ends", "iin")]
    words += [str(effect.pop("kind")), *(f"{name} {value}" for name, value in effect.items())]
    return f"`{', '.join(words)}`"


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
