"""A segment of ШЭП's journal that has left the database: a file that proves itself.

The file is gzip over lines of JSON. The first line says where the segment stands in the hash chain and has НУЦ's
time-stamps over it; every further line is one entry with the bytes of its message. Who has НУЦ's root needs no
more to see that no entry was changed, added or left out: the chain runs from ``previous`` to ``head``, and a
time-stamp covers ``head``. The ``previous`` of a segment is the ``head`` of the segment before.
"""

from __future__ import annotations

import gzip
import os
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json

from shared.bus.errors import BusError
from shared.bus.messages.gate import body_digest
from shared.evidence.journal_chain import HASHED, chain_hash, entry_digest, entry_values
from shared.evidence.sealed_token import open_sealed_token
from shared.pki.certificates.chain import ChainCache, TrustAnchors

SUFFIX = ".jsonl.gz"
GZIP_MARK = b"\x1f\x8b"
MOST_LINE_BYTES = 64 * 1024 * 1024
"""A line may have so many bytes: the largest message in Base64, with room to spare."""
_EVENT, _CASE, _DIGEST = HASHED.index("event"), HASHED.index("case_id"), HASHED.index("digest")

Line = TypeVar("Line", bound=BaseModel)
Hex = Field(pattern=r"^[0-9a-f]{64}$")


class SegmentFault(ValueError):
    """A segment that proves nothing: ``code``, and in ``n`` the number of the first entry that is not as it was,
    None where the file itself is at fault.
    """

    def __init__(self, code: str, n: int | None = None) -> None:
        super().__init__(code if n is None else f"{code} at entry {n}")
        self.code = code
        self.n = n


class SegmentStamp(BaseModel):
    """A time-stamp of НУЦ over the hash of the entry ``n``; ``token`` is a TimeStampToken of RFC 3161 in DER."""

    n: int
    at: datetime
    token: Base64Bytes


class SegmentHead(BaseModel):
    """The place of a segment in the chain: its entries ``first`` to ``last``, the hash before them (``previous``)
    and behind them (``head``).
    """

    model_config = ConfigDict(extra="forbid")

    form: Literal["egov-bus journal segment 1"] = "egov-bus journal segment 1"
    first: int = Field(ge=1)
    last: int = Field(ge=1)
    previous: str = Hex
    head: str = Hex
    stamps: list[SegmentStamp]


class ArchivedEntry(BaseModel):
    """One entry: the values that its hash covers, the hash behind it, and the bytes of an accepted message."""

    model_config = ConfigDict(extra="forbid")

    entry: list[int | str | None] = Field(min_length=len(HASHED), max_length=len(HASHED))
    hash: str = Hex
    body: Base64Bytes | None

    @property
    def n(self) -> int | str | None:
        return self.entry[0]

    @property
    def case_id(self) -> int | str | None:
        return self.entry[_CASE]

    @property
    def values(self) -> dict[str, Any]:
        """The values by their names, the moment as a moment."""
        named: dict[str, Any] = dict(zip(HASHED, self.entry, strict=True))
        return named | {"at": datetime.fromisoformat(named["at"])}

    @property
    def chain_digest(self) -> str:
        """The digest that stands in the chain."""
        return entry_digest(to_json(self.entry))

    @property
    def has_its_bytes(self) -> bool:
        """Whether the bytes have the digest that the hash covers; only accepted messages have bytes."""
        if self.body is None:
            return self.entry[_EVENT] != "ACCEPTED"
        return self.entry[_DIGEST] == body_digest(self.body)


@dataclass(frozen=True)
class SegmentProof:
    """A whole segment: its place in the chain, and the moment before which all of it was written."""

    head: SegmentHead
    entries: int
    stamped_at: datetime


def write_segment_file(path: Path, head: SegmentHead, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write a segment whole or not at all; an entry has the values ``HASHED``, its ``hash`` and its ``body``."""
    unfinished = path.with_name(f".{path.name}")
    with unfinished.open("wb") as raw:
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file:
            file.write(head.model_dump_json().encode() + b"\n")
            for entry in entries:
                body = None if entry["body"] is None else b64encode(entry["body"]).decode()
                line = {"entry": entry_values(entry), "hash": entry["hash"], "body": body}
                file.write(to_json(line) + b"\n")
        raw.flush()
        os.fsync(raw.fileno())
    unfinished.rename(path)


@contextmanager
def open_segment(path: Path) -> Iterator[tuple[SegmentHead, Iterator[ArchivedEntry]]]:
    """The head of a segment, and its entries one after another, not yet proved; SegmentFault for another file."""
    with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) as file:
        head = _read_line(file, SegmentHead)
        if head is None:
            raise SegmentFault("segment-malformed")
        yield head, _read_entries(file)


def _read_entries(file: gzip.GzipFile) -> Iterator[ArchivedEntry]:
    while (entry := _read_line(file, ArchivedEntry)) is not None:
        yield entry


def _read_line(file: gzip.GzipFile, kind: type[Line]) -> Line | None:
    """The next line; None at the end of the file."""
    try:
        line = file.readline(MOST_LINE_BYTES)
        return kind.model_validate_json(line) if line else None
    except (OSError, EOFError, zlib.error, ValidationError) as error:
        raise SegmentFault("segment-malformed") from error


def check_segment(path: Path, anchors: TrustAnchors) -> SegmentProof:
    """Prove every entry of a segment, in bounded memory; SegmentFault with the number of the first that is not as
    it was.
    """
    cache = ChainCache()
    with open_segment(path) as (head, entries):
        stamps = {stamp.n: stamp for stamp in head.stamps}
        last, n, stamped_at = head.previous, head.first - 1, None
        for entry in entries:
            n += 1
            last = chain_hash(last, entry.chain_digest)
            if (entry.n, entry.hash) != (n, last) or not entry.has_its_bytes:
                raise SegmentFault("segment-altered", n)
            stamp = stamps.pop(n, None)
            stamped_at = None if stamp is None else _open_stamp(stamp, last, anchors, cache)
    if (n, last) != (head.last, head.head) or stamps or stamped_at is None:
        raise SegmentFault("segment-unproved", n)
    return SegmentProof(head, head.last - head.first + 1, stamped_at)


def _open_stamp(stamp: SegmentStamp, covered: str, anchors: TrustAnchors, cache: ChainCache) -> datetime:
    try:
        return open_sealed_token(stamp.token, covered.encode(), anchors, cache).moment
    except (BusError, ValueError) as error:
        raise SegmentFault("segment-stamp", stamp.n) from error


@dataclass(frozen=True)
class ArchiveVerdict:
    """The segments that hold, in order, up to the first fault; ``file`` is where the fault is."""

    proofs: tuple[SegmentProof, ...]
    fault: SegmentFault | None = None
    file: str = ""

    @property
    def entries(self) -> int:
        return sum(proof.entries for proof in self.proofs)


def is_archive(path: Path) -> bool:
    """Whether this is a folder, or a file that could be a segment."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(GZIP_MARK)) == GZIP_MARK
    except OSError:
        return False


def check_archive(path: Path, anchors: TrustAnchors) -> ArchiveVerdict:
    """The verdict over a segment, or over all segments in a folder: each holds, and begins where the one before
    ends.
    """
    proofs: list[SegmentProof] = []
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files:
        return ArchiveVerdict((), SegmentFault("segment-none"), str(path))
    for file in files:
        try:
            proof = check_segment(file, anchors)
            if proofs:
                _check_junction(proofs[-1].head, proof.head)
        except SegmentFault as fault:
            return ArchiveVerdict(tuple(proofs), fault, file.name)
        proofs.append(proof)
    return ArchiveVerdict(tuple(proofs))


def _check_junction(before: SegmentHead, after: SegmentHead) -> None:
    if (before.last + 1, before.head) != (after.first, after.previous):
        raise SegmentFault("segment-gap", after.first)
