"""The container: a ZIP file of which every byte is fixed by the names and contents of its members.

Written by hand, because an evidence bundle must not hide anything: the ZIP format repeats sizes and names, allows
bytes between the members, comments and extra fields, and libraries read past all of these. Here a member is stored
without compression, all dates are the same, and a file that differs in one byte from the only form is refused. Any
ZIP program reads the form.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from zlib import crc32

MIMETYPE_NAME = "mimetype"
MIMETYPE = b"application/vnd.etsi.asic-e+zip"
MOST_BYTES = 256 * 1024 * 1024
MOST_MEMBERS = 60_000

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _STORED, _TIME, _DATE = 20, 0, 0, 0x21
_DATE_AND_FORM = (_VERSION, 0, _STORED, _TIME, _DATE)


class ContainerFault(ValueError):
    """The bytes are not a container in its only form."""


def write_container(members: Mapping[str, bytes]) -> bytes:
    """The container of these members, ordered by name behind ``mimetype``; names are ASCII.

    ValueError for too many members or bytes.
    """
    names = sorted(name for name in members if name != MIMETYPE_NAME)
    if len(names) >= MOST_MEMBERS or sum(map(len, members.values())) > MOST_BYTES:
        raise ValueError("too much for a container")
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name in (MIMETYPE_NAME, *names):
        content = MIMETYPE if name == MIMETYPE_NAME else members[name]
        encoded = name.encode("ascii")
        sizes = (crc32(content), len(content), len(content))
        local = _LOCAL.pack(b"PK\x03\x04", *_DATE_AND_FORM, *sizes, len(encoded), 0) + encoded
        directory.append(
            _CENTRAL.pack(b"PK\x01\x02", _VERSION, *_DATE_AND_FORM, *sizes, len(encoded), 0, 0, 0, 0, 0, offset)
            + encoded
        )
        parts += (local, content)
        offset += len(local) + len(content)
    listed = b"".join(directory)
    count = len(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(listed), offset, 0)
    return b"".join((*parts, listed, end))


def read_container(content: bytes) -> dict[str, bytes]:
    """The members of a container by name, without ``mimetype``; ContainerFault unless every byte is as
    ``write_container`` writes it.
    """
    if len(content) > 2 * MOST_BYTES:
        raise ContainerFault("too long")
    members: dict[str, bytes] = {}
    offset = 0
    try:
        while content.startswith(b"PK\x03\x04", offset):
            *_, size, name_length, _ = _LOCAL.unpack_from(content, offset)
            begin = offset + _LOCAL.size + name_length
            name = content[offset + _LOCAL.size : begin].decode("ascii")
            offset = begin + size
            members[name] = content[begin:offset]
        if members.pop(MIMETYPE_NAME, None) != MIMETYPE or write_container(members) != content:
            raise ContainerFault("not a container of ASiC-E in its only form")
    except (struct.error, UnicodeError, ValueError):
        raise ContainerFault("not a container of ASiC-E in its only form") from None
    return members


def is_container(beginning: bytes) -> bool:
    """Whether a file that begins so claims to be a container of ASiC-E."""
    begin = _LOCAL.size + len(MIMETYPE_NAME)
    return beginning.startswith(b"PK\x03\x04") and beginning[begin : begin + len(MIMETYPE)] == MIMETYPE
