"""Column types that store a value as text: a set of names, a list of words, or a tuple as JSON.

Each codec is a SQLAlchemy type: queries and hot rows use the value, and only the database holds the text. An empty
value is neither encoded nor parsed, because most columns of most rows are empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import String, TypeDecorator

V = TypeVar("V")
MOST_REMEMBERED = 512
"""The most cached values of one column: some megabytes for all services of a process together."""


class TextCodec(TypeDecorator[V], Generic[V]):
    """A column type that stores a value as text; ``length`` is the maximum in characters, None for no limit.

    ``encode`` must give one spelling for equal values; ``decode`` must give an immutable value, because rows share
    the value.
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
        """The function that turns a value into text for the driver, without SQLAlchemy's wrapper: every message
        stores several such values.
        """
        encode, empty, empty_text = self.encode, self.empty, self._empty_text

        def write_text(value: V | None) -> str | None:
            return None if value is None else empty_text if value == empty else encode(value)

        return write_text

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[str | None], V | None]:
        """The function that turns the driver's text into a value."""
        decode, empty, empty_text = self.decode, self.empty, self._empty_text

        def read_text(text: str | None) -> V | None:
            return None if text is None else empty if text == empty_text else decode(text)

        return read_text

    def process_literal_param(self, value: V | None, dialect: Any) -> str:
        """The text of a value inside a statement with literal values."""
        return str(self.bind_processor(dialect)(value))


def comma_set(length: int | None = None) -> TextCodec[frozenset[str]]:
    """A set of names, stored sorted with commas; ValueError for an empty name and for a name with a comma."""
    return TextCodec(_join_names, _split_names, frozenset(), length)


def word_list(length: int | None = None) -> TextCodec[tuple[str, ...]]:
    """A list of words, stored with spaces; ValueError for an empty word and for a word with a space."""
    return TextCodec(_join_words, _split_words, (), length)


def json_tuple(item: type[V]) -> TextCodec[tuple[V, ...]]:
    """A tuple of values of one frozen class (a pydantic model or a dataclass), stored as JSON without defaults.

    The latest values are cached by their text, so that the next message of a case finds the value of the previous
    message without parsing.
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
