"""The table of docs/reference/settings.md, made from the definitions of the settings, for ``make docs``."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AwareDatetime

from services.catalog import INSTANCES
from services.launcher.settings import LAUNCHER_VARIABLES, settings_for
from shared.bus.settings import Settings
from shared.workplace.settings import WorkplaceSettings
from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "reference" / "settings.md"
TABLE = re.compile(r"^\| name \|.*?(?=\n\n|\n\Z)", re.MULTILINE | re.DOTALL)
HEAD = ("| name | systems | values | default | meaning |", "|---|---|---|---|---|")
KINDS = {"int": "whole number", "float": "number", "bool": "`true`, `false`", "Path": "path"}
"""The names of types for people; every other type is a text."""


@dataclass
class SettingRow:
    """One environment variable, as the classes that have its field define it."""

    systems: list[str] = field(default_factory=list)
    values: set[str] = field(default_factory=set)
    defaults: set[str] = field(default_factory=set)
    meanings: set[str] = field(default_factory=set)


def read_rows() -> dict[str, SettingRow]:
    """The row of every variable; those of all systems first, and the systems in the catalogue's order."""
    rows: dict[str, SettingRow] = {}
    for instance in INSTANCES:
        kind = instance.load_settings()
        usual = settings_for(instance, {}, is_alone=True)
        for name, field_name in kind.environment_names().items():
            row = rows.setdefault(name, SettingRow())
            row.systems.append(instance.name)
            row.values.add(_describe_values(kind.model_fields[field_name].annotation))
            row.defaults.add(_show_value(getattr(usual, field_name)))
            row.meanings.add(read_meaning(kind, field_name))
    for name, variable in LAUNCHER_VARIABLES.items():
        everywhere = [one.name for one in INSTANCES]
        rows[name] = SettingRow(everywhere, {variable.values}, {variable.default}, {variable.meaning})
    return dict(sorted(rows.items(), key=lambda item: (len(item[1].systems) < len(INSTANCES), item[0])))


def read_meaning(kind: type[Settings], field_name: str) -> str:
    """The string below a field in the first class that defines the field; empty if there is none."""
    owner = next(one for one in reversed(kind.__mro__) if field_name in inspect.get_annotations(one))
    return _read_meanings(owner).get(field_name, "")


@cache
def _read_meanings(owner: type) -> dict[str, str]:
    """The string below each field that a class defines itself."""
    (node,) = ast.parse(inspect.getsource(owner)).body
    assert isinstance(node, ast.ClassDef)
    meanings = {}
    for line, following in pairwise(node.body):
        if not (isinstance(line, ast.AnnAssign) and isinstance(following, ast.Expr)):
            continue
        if isinstance(following.value, ast.Constant):
            text = " ".join(str(following.value.value).split())
            meanings[ast.unparse(line.target)] = text.replace("``", "`").replace("|", "\\|")
    return meanings


def _describe_values(annotation: Any) -> str:
    """The values that a field takes: its choices, or what people call its type."""
    if get_origin(annotation) is Annotated:
        return _describe_values(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{one.value}`" for one in annotation)
    if annotation is AwareDatetime:
        return "moment, with its offset from UTC"
    inner = [one for one in get_args(annotation) if one is not type(None)]
    if inner:
        return _describe_values(inner[0])
    return KINDS.get(getattr(annotation, "__name__", ""), "text")


def _show_value(value: object) -> str:
    """A default in the form of an environment variable; a dash for none."""
    if value is None:
        return "–"
    shown = value.value if isinstance(value, Enum) else value
    return f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


def _draw_table() -> Iterator[str]:
    yield from HEAD
    for name, row in read_rows().items():
        default = min(row.defaults) if len(row.defaults) == 1 else "the catalogue's"
        values, meaning = (" ".join(sorted(cell)) for cell in (row.values, row.meanings))
        yield f"| `{name}` | {_name_systems(row.systems)} | {values} | {default} | {meaning} |"


def _name_systems(names: list[str]) -> str:
    """The names of instances, with one word for all of them and one for all workplaces."""
    workplaces = [one.name for one in INSTANCES if one.load_settings() is WorkplaceSettings]
    if len(names) == len(INSTANCES):
        return "all"
    if not set(workplaces) <= set(names):
        return ", ".join(names)
    return ", ".join(["workplaces", *(name for name in names if name not in workplaces)])


def make_page() -> str:
    """The present page with a new table."""
    table = "\n".join(_draw_table())
    return TABLE.sub(lambda _: table, PAGE.read_text(encoding="utf-8"), count=1)


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
