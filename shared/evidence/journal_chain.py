"""The hash chain of ШЭП's journal, and the proof that an entry stands in the chain.

The chain runs over the *digests* of the entries. So a proof shows the entries of one case whole, and all the
entries between them as digests, which say nothing of the cases of other people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic_core import to_json

GENESIS = "0" * 64
"""The hash before the first entry."""

HASHED = (
    "n", "at", "event", "sender", "message_id", "case_id", "service_id", "region", "message_type",
    "channel", "step", "session_id", "recipients", "code", "digest", "signature", "hop",
)  # fmt: skip
"""The parts of a journal entry that its hash covers, in order."""

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LINE = re.compile(r"(?P<n>[1-9][0-9]{0,18}) (?P<digest>[0-9a-f]{64})", re.ASCII)


def entry_values(row: Mapping[str, Any]) -> list[Any]:
    """The values of a journal entry in the order of ``HASHED``, the moment as text."""
    return [row[name].isoformat() if name == "at" else row[name] for name in HASHED]


def entry_bytes(row: Mapping[str, Any]) -> bytes:
    """The bytes of a journal entry that its hash covers: a JSON array in the order of ``HASHED``."""
    return to_json(entry_values(row))


def entry_digest(entry: bytes) -> str:
    """SHA-256, in hex, of the bytes of a journal entry."""
    return sha256(entry).hexdigest()


def chain_hash(previous: str, digest: str) -> str:
    """The hash of an entry in hex: SHA-256 over the previous hash, a line feed and the digest of the entry."""
    return sha256(f"{previous}\n{digest}".encode()).hexdigest()


@dataclass(frozen=True)
class JournalSegment:
    """A part of the chain: the digests of the entries from the number ``first`` on, and the hash before them."""

    first: int
    previous: str
    digests: tuple[str, ...]

    @property
    def last(self) -> int:
        """The number of the last entry."""
        return self.first + len(self.digests) - 1

    @property
    def head(self) -> str:
        """The hash of the last entry, computed from the digests."""
        last = self.previous
        for digest in self.digests:
            last = chain_hash(last, digest)
        return last


def write_segment(segment: JournalSegment) -> bytes:
    """The segment as text: the hash before it, then a line with number and digest for every entry."""
    lines = [f"{n} {digest}" for n, digest in enumerate(segment.digests, segment.first)]
    return ("\n".join([segment.previous, *lines]) + "\n").encode()


def read_segment(content: bytes) -> JournalSegment:
    """The segment in ``content``; ValueError for any other text than ``write_segment`` makes."""
    previous, *lines = content.decode("ascii").split("\n")
    if not _HEX.fullmatch(previous) or len(lines) < 2 or lines.pop() != "":
        raise ValueError("not a segment of the journal")
    matches = [_LINE.fullmatch(line) for line in lines]
    pairs = [(int(match["n"]), match["digest"]) for match in matches if match]
    if len(pairs) != len(lines) or not _is_consecutive([n for n, _ in pairs]):
        raise ValueError("not a segment of the journal")
    return JournalSegment(pairs[0][0], previous, tuple(digest for _, digest in pairs))


def _is_consecutive(numbers: Sequence[int]) -> bool:
    return list(numbers) == list(range(numbers[0], numbers[0] + len(numbers)))
