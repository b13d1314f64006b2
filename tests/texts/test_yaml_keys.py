"""No file of data says a thing twice: of two equal keys YAML keeps the last without a word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("services", "shared", "tests") for path in (ROOT / folder).rglob("*.yaml"))
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def repeated_keys(node: yaml.Node | None) -> Iterator[str]:
    """The keys that stand twice in one mapping, at any depth."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        yield from sorted({key for key in keys if keys.count(key) > 1} if len(set(keys)) < len(keys) else ())
        for _, value in node.value:
            yield from repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from repeated_keys(item)


def test_key_never_stands_twice_in_one_mapping() -> None:
    assert len(FILES) > 100
    faults = {
        path.relative_to(ROOT).as_posix(): found
        for path in FILES
        if (found := list(repeated_keys(yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER))))
    }
    assert faults == {}


def test_repeated_key_is_found_at_any_depth() -> None:
    assert list(repeated_keys(yaml.compose("a: {b: 1, b: 2}\nc: [{d: 1, d: 1}]", Loader=LOADER))) == ["b", "d"]
