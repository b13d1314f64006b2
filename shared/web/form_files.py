"""The file of a form (``multipart/form-data``, RFC 7578), read by python-multipart within bounds."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.bus.errors import Malformed

MAX_PARTS = 8
"""The most fields of a form with one file."""
MAX_PART_HEADERS = 8
MAX_HEADER_BYTES = 1024
PLAIN_ENCODINGS = frozenset({b"", b"7bit", b"8bit", b"binary"})
"""The allowed values of Content-Transfer-Encoding: RFC 7578, 4.7, knows no other, and no browser sends one."""


@dataclass
class FormPart:
    """One part: its headers by their names in small letters, its content."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> bytes:
        """The name of the form's field; Malformed for a part that is not a field."""
        disposition, options = parse_options_header(self.headers.get(b"content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise Malformed("request-malformed", "a part of the form has no name")
        return options[b"name"]

    @property
    def file_name(self) -> bytes | None:
        """The name of the chosen file, empty where none was chosen; None for a field that is no file."""
        return parse_options_header(self.headers.get(b"content-disposition"))[1].get(b"filename")

    @property
    def is_plain(self) -> bool:
        """Whether the content is unencoded."""
        return self.headers.get(b"content-transfer-encoding", b"").strip().lower() in PLAIN_ENCODINGS


class FormCollector:
    """Collects the parts of one form from the parser's events."""

    def __init__(self, most_parts: int) -> None:
        self.parts: list[FormPart] = []
        self._most_parts = most_parts
        self.is_complete = False
        self._header_name = bytearray()
        self._header_value = bytearray()

    def begin_part(self) -> None:
        if len(self.parts) == self._most_parts:
            raise Malformed("request-malformed", f"a form of more than {self._most_parts} parts")
        self.parts.append(FormPart())

    def add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def end_header(self) -> None:
        name, headers = bytes(self._header_name).lower(), self.parts[-1].headers
        if name in headers:
            raise Malformed("request-malformed", "a part of the form has a header twice")
        headers[name] = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def add_content(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += data[start:end]

    def end_form(self) -> None:
        self.is_complete = True


def extract_file(content_type: str, body: bytes, name: str) -> bytes:
    """The content of the field ``name`` of a form, wherever the field stands.

    ``content_type`` is the request's header, ``body`` the whole body, whose length the caller limits. Malformed
    ``file-missing`` for a form without the field; ``request-malformed`` for a body that is no form, is incomplete,
    exceeds the limits, or has the field twice.
    """
    parts = [part for part in read_parts(content_type, body) if part.name == name.encode()]
    if not parts:
        raise Malformed("file-missing", f"the form has no field {name}")
    if len(parts) > 1 or not parts[0].is_plain:
        raise Malformed("request-malformed", f"the field {name} stands there twice or in a transfer encoding")
    return bytes(parts[0].content)


def read_parts(content_type: str, body: bytes, most_parts: int = MAX_PARTS) -> list[FormPart]:
    """The parts of a form; Malformed ``request-malformed`` for a body that is no form, is incomplete or exceeds
    the limits.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise Malformed("request-malformed", "not a form with a file")
    collector = FormCollector(most_parts)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collector.begin_part,
                "on_header_field": collector.add_header_name,
                "on_header_value": collector.add_header_value,
                "on_header_end": collector.end_header,
                "on_part_data": collector.add_content,
                "on_end": collector.end_form,
            },
            max_header_count=MAX_PART_HEADERS,
            max_header_size=MAX_HEADER_BYTES,
        )
        parser.write(body)
    except FormParserError as error:
        raise Malformed("request-malformed", "not a form with a file") from error
    if not collector.is_complete:
        raise Malformed("request-malformed", "the form breaks off")
    return collector.parts
