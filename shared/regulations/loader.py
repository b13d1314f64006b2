"""Read passports from the YAML files beside this module.

The passport of region ``KZ-YUZ``, annex 3, is the file ``kz-yuz/03-<service-type>.yaml``. An invalid file raises
Malformed ``passport-invalid``; the message and details name the file and the line, and ``details["problems"]``
lists every fault. Paths in errors are ``<region>/<file>``, never absolute.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml
from pydantic import ValidationError

from shared.bus.errors import Malformed
from shared.regulations.checks.fault import PassportFault
from shared.regulations.checks.whole_passport import find_faults
from shared.regulations.model import Passport

PASSPORT_FOLDER = Path(__file__).parent
"""The folder of the package's passports, with one folder for each region."""


@functools.cache
def load_passports(folder: Path = PASSPORT_FOLDER) -> tuple[Passport, ...]:
    """Every passport under ``folder``, sorted by region and annex; read once per folder and process.

    Raises Malformed ``passport-invalid`` for a file that is invalid, lies in the wrong place, or repeats the id of
    another passport.
    """
    passports: dict[str, Passport] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        passport, root = _read_passport(path)
        _refuse_faulty(path, root, _placement_faults(path, passport, passports))
        passports[passport.id] = passport
    return tuple(sorted(passports.values(), key=lambda passport: (passport.region, passport.annex)))


def load_passport(path: Path) -> Passport:
    """The passport in the file ``path``, whose place is not checked.

    Raises Malformed ``passport-invalid`` for a file that is not YAML or not a sound passport.
    """
    return _read_passport(path)[0]


def _read_passport(path: Path) -> tuple[Passport, yaml.Node]:
    root, data = _parse_yaml(path)
    _refuse_faulty(path, root, _repeated_keys(root, ()))
    try:
        passport = Passport.model_validate(data)
    except ValidationError as error:
        _raise_faults(
            path, root, [PassportFault(item["loc"], item["msg"]) for item in error.errors(include_url=False)]
        )
    _refuse_faulty(path, root, find_faults(passport))
    return passport, root


def _parse_yaml(path: Path) -> tuple[yaml.Node, Any]:
    """The node tree, which knows line numbers, and the data built from the tree; uses libyaml's parser where
    present.
    """
    kind = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = kind(path.read_bytes())
    try:
        root = loader.get_single_node() or yaml.ScalarNode("tag:yaml.org,2002:null", "", _START_MARK, _START_MARK)
        return root, loader.construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or _START_MARK
        _raise_problems(path, [_compose_problem(path, mark.line + 1, (), f"not YAML: {error}")])
    finally:
        loader.dispose()


_START_MARK = yaml.Mark("", 0, 0, 0, None, 0)


def _placement_faults(
    path: Path, passport: Passport, passports_by_id: dict[str, Passport]
) -> Iterator[PassportFault]:
    place = f"{passport.region.lower()}/{passport.annex:02d}-{passport.service_type}.yaml"
    if _short_path(path) != place:
        yield PassportFault(("id",), f"this passport belongs in {place}")
    if passport.id in passports_by_id:
        yield PassportFault(("id",), f"id {passport.id} is taken by another file")


def _repeated_keys(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[PassportFault]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _repeated_keys(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for key in keys if len(set(keys)) < len(keys) else ():
            if keys.count(key) > 1:
                yield PassportFault((*path, key), f"key {key} stands twice")
        for key, value in node.value:
            yield from _repeated_keys(value, (*path, key.value))


def _refuse_faulty(path: Path, root: yaml.Node, faults: Iterable[PassportFault]) -> None:
    if fault_list := list(faults):
        _raise_faults(path, root, fault_list)


def _raise_faults(path: Path, root: yaml.Node, faults: list[PassportFault]) -> NoReturn:
    problems = [_compose_problem(path, _line_of(root, fault.path), fault.path, fault.message) for fault in faults]
    _raise_problems(path, sorted(problems, key=lambda problem: problem["line"]))


def _raise_problems(path: Path, problems: list[dict[str, Any]]) -> NoReturn:
    lines = [f"{p['file']}:{p['line']}: {p['path'] + ': ' if p['path'] else ''}{p['message']}" for p in problems]
    line = problems[0]["line"]
    raise Malformed("passport-invalid", "\n".join(lines), file=_short_path(path), line=line, problems=problems)


def _compose_problem(path: Path, line: int, where: tuple[str | int, ...], message: str) -> dict[str, Any]:
    return {"file": _short_path(path), "line": line, "path": ".".join(map(str, where)), "message": message}


def _short_path(path: Path) -> str:
    return "/".join(path.parts[-2:])


def _line_of(root: yaml.Node, path: Iterable[str | int]) -> int:
    """The line, from 1, of the node at ``path``, or of its nearest existing ancestor."""
    node, line = root, root.start_mark.line
    for part in path:
        child = _child_node(node, part)
        if child is None:
            break
        node, line = child
    return line + 1


def _child_node(node: yaml.Node, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line
    return None
