"""JSON that is short and still shows a change as a line: what fits into a line stands in one line."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 115


def render_json(value: Any) -> str:
    """The text of a JSON file, with a line break at its end."""
    return f"{_render_value(value, '')}\n"


def _render_value(value: Any, indent: str) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(flat) <= WIDTH:
        return flat
    deeper = f"{indent} "
    if isinstance(value, list):
        parts = [f"{deeper}{_render_value(part, deeper)}" for part in value]
    else:
        names = {name: json.dumps(name, ensure_ascii=False) for name in value}
        parts = [f"{deeper}{names[name]}: {_render_value(part, deeper)}" for name, part in value.items()]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return "".join((opening, "\n", ",\n".join(parts), "\n", indent, closing))
