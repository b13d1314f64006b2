"""RC2 (RFC 2268), for reading only: НУЦ's own PKCS #12 files hide the certificate, public anyway, under it.

`cryptography` has RC2 with whole 128-bit keys only; PKCS #12 uses 40 bits.
"""

from __future__ import annotations

import struct

BLOCK = 8

# RFC 2268, 2: a permutation of the numbers below 256, from the digits of pi.
_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
_ROTATIONS = (1, 2, 3, 5)
_MASH_AFTER = (5, 11)


def decrypt_cbc(key: bytes, iv: bytes, data: bytes) -> bytes:
    """What was encrypted with this key, all of whose bits count, in CBC; the padding is left on.

    ValueError unless `data` is whole blocks of 8 bytes.
    """
    if len(data) % BLOCK or len(iv) != BLOCK:
        raise ValueError("not whole blocks")
    words = _expand_key(key)
    plain = bytearray()
    before = iv
    for start in range(0, len(data), BLOCK):
        block = data[start : start + BLOCK]
        plain += bytes(a ^ b for a, b in zip(_decrypt_block(words, block), before, strict=True))
        before = block
    return bytes(plain)


def _expand_key(key: bytes) -> tuple[int, ...]:
    """The 64 words of the schedule (RFC 2268, 2)."""
    length = len(key)
    table = bytearray(key) + bytearray(128 - length)
    for i in range(length, 128):
        table[i] = _PI[(table[i - 1] + table[i - length]) & 0xFF]
    table[128 - length] = _PI[table[128 - length]]
    for i in range(127 - length, -1, -1):
        table[i] = _PI[table[i + 1] ^ table[i + length]]
    return struct.unpack("<64H", bytes(table))


def _decrypt_block(words: tuple[int, ...], block: bytes) -> bytes:
    """One block: sixteen rounds of unmixing, and unmashing before the eleventh and the fifth (RFC 2268, 4)."""
    r = list(struct.unpack("<4H", block))
    for turn in range(15, -1, -1):
        for i in (3, 2, 1, 0):
            shift = _ROTATIONS[i]
            mixed = (r[i] >> shift | r[i] << 16 - shift) & 0xFFFF
            a, b, c = r[i - 1], r[i - 2], r[i - 3]
            r[i] = (mixed - words[4 * turn + i] - (a & b) - (~a & c)) & 0xFFFF
        if turn in _MASH_AFTER:
            for i in (3, 2, 1, 0):
                r[i] = (r[i] - words[r[i - 1] & 63]) & 0xFFFF
    return struct.pack("<4H", *r)
