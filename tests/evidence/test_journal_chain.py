"""The hash chain of ШЭП's journal, as docs/reference/gateway.md defines it."""

from __future__ import annotations

from hashlib import sha256

import pytest

from shared.evidence.journal_chain import (
    GENESIS,
    JournalSegment,
    chain_hash,
    entry_digest,
    read_segment,
    write_segment,
)

ENTRIES = [b"[1]", b"[2]", b"[3]"]
SEGMENT = JournalSegment(7, GENESIS, tuple(map(entry_digest, ENTRIES)))


def test_hash_of_an_entry_covers_the_hash_before_and_the_digest_of_the_entry() -> None:
    expected = "0" * 64
    for entry in ENTRIES:
        digest = sha256(entry).hexdigest()
        expected = sha256(expected.encode() + b"\n" + digest.encode()).hexdigest()
    assert SEGMENT.head == expected
    hashes = {chain_hash(previous, digest) for previous in ("0" * 64, "1" * 64) for digest in ("a" * 64, "b" * 64)}
    assert len(hashes) == 4


def test_segment_is_read_as_it_was_written() -> None:
    assert read_segment(write_segment(SEGMENT)) == SEGMENT
    assert SEGMENT.last == 9


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"0" * 64 + b"\n",
        b"0" * 63 + b"\n7 " + b"a" * 64 + b"\n",
        b"0" * 64 + b"\n7 " + b"a" * 64,
        b"0" * 64 + b"\n07 " + b"a" * 64 + b"\n",
        b"0" * 64 + b"\n7 " + b"A" * 64 + b"\n",
        b"0" * 64 + b"\n7 " + b"a" * 64 + b"\n9 " + b"b" * 64 + b"\n",
        b"0" * 64 + b"\n7 " + b"a" * 64 + b"\n\n",
        "٠".encode() * 64 + b"\n7 " + b"a" * 64 + b"\n",
    ],
)
def test_text_in_another_form_is_no_segment(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
        read_segment(content)
