"""Columns that hold a value as text: a set, words, anything that pydantic reads from JSON.

Each codec is a type of SQLAlchemy: a query compares with values, a hot row has values, and only the database sees
the text. An empty value is neither parsed nor encoded: most columns of most rows are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import String, TypeDecorator

V = TypeVar("V")
MOST_REMEMBERED = 512
"""Values of one column: some megabytes at most, all services of a process together."""


class TextCodec(TypeDecorator[V], Generic[V]):
    """A value that is kept as text; ``length`` in characters, None where it has no end.

    ``encode`` gives the one spelling of a value, ``decode`` a value that cannot be changed: rows share it.
    """

    impl = String
    cache_ok = True

    def __init__(
        self, encode: Callable[[V], str], decode: Callable[[str], V], empty: V, length: int | None = None
    ) -> None:
        super().__init__(length)
        self.encode = encode
        self.decode = decode
        self.empty = empty
        self._empty_text = encode(empty)

    def bind_processor(self, dialect: Any) -> Callable[[V | None], str | None]:
        """What writes a value for the driver, with no detour: every message has several of them."""
        encode, empty, empty_text = self.encode, self.empty, self._empty_text

        def write_text(value: V | None) -> str | None:
            return None if value is None else empty_text if value == empty else encode(value)

        return write_text

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[str | None], V | None]:
        """What reads a value from the driver."""
        decode, empty, empty_text = self.decode, self.empty, self._empty_text

        def read_text(text: str | None) -> V | None:
            return None if text is None else empty if text == empty_text else decode(text)

        return read_text

    def process_literal_param(self, value: V | None, dialect: Any) -> str:
        """The text as it stands in a statement that is written out."""
        return str(self.bind_processor(dialect)(value))


def comma_set(length: int | None = None) -> TextCodec[frozenset[str]]:
    """A set of names, kept in the order of the alphabet; ValueError for an empty name and for one with a comma."""
    return TextCodec(_join_names, _split_names, frozenset(), length)


def word_list(length: int | None = None) -> TextCodec[tuple[str, ...]]:
    """Words in their order; ValueError for an empty word and for one with a space."""
    return TextCodec(_join_words, _split_words, (), length)


def json_tuple(item: type[V]) -> TextCodec[tuple[V, ...]]:
    """Values of one frozen class (a pydantic model or a dataclass) in their order, as JSON without defaults.

    The values last written or read are remembered by their text: the next message of a case finds there what the
    message before it left, and parses nothing.
    """
    adapter: TypeAdapter[tuple[V, ...]] = TypeAdapter(tuple[item, ...])  # type: ignore[valid-type]
    known_values: dict[str, tuple[V, ...]] = {}

    def remember(text: str, value: tuple[V, ...]) -> None:
        if len(known_values) >= MOST_REMEMBERED:
            known_values.clear()
        known_values[text] = value

    def encode(value: tuple[V, ...]) -> str:
        text = adapter.dump_json(value, by_alias=True, exclude_defaults=True).decode()
        remember(text, value)
        return text

    def decode(text: str) -> tuple[V, ...]:
        value = known_values.get(text)
        if value is None:
            value = adapter.validate_json(text)
            remember(text, value)
        return value

    return TextCodec(encode, decode, ())


def _join_names(names: frozenset[str]) -> str:
    return _join(",", sorted(names))


def _split_names(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


def _join_words(words: tuple[str, ...]) -> str:
    return _join(" ", words)


def _split_words(text: str) -> tuple[str, ...]:
    return tuple(text.split(" "))


def _join(separator: str, words: Sequence[str]) -> str:
    text = separator.join(words)
    if not all(words) or text.count(separator) != max(len(words) - 1, 0):
        raise ValueError(f"a word is empty or has {separator!r} in it")
    return text
