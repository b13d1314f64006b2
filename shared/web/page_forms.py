"""The form that a page sends, urlencoded or ``multipart/form-data`` (RFC 7578), read within bounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from python_multipart.multipart import parse_options_header

from shared.bus.errors import Malformed
from shared.bus.http.requests.plain_input import is_plain_text
from shared.web.form_files import FormPart, read_parts

MOST_FIELDS = 400
"""The most values of a form, the files among them."""
URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data"
_FORM = "egov_bus.page_form"


@dataclass(frozen=True)
class FormFile:
    """A file that was chosen in a form."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class PageForm:
    """The values of a form by field; a field may stand there several times."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[FormFile]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The first value of a field without space around; empty for a field that is not there."""
        return next(iter(self.values.get(name, ())), "").strip()

    def secret(self, name: str) -> str:
        """The first value of a field exactly as it was typed: a password may begin with a space."""
        return next(iter(self.values.get(name, ())), "")

    def texts(self, name: str) -> list[str]:
        """All values of a field, in the order of the form."""
        return [value.strip() for value in self.values.get(name, ())]

    def is_on(self, name: str) -> bool:
        """Whether a checkbox is on."""
        return bool(self.values.get(name))

    def file(self, name: str) -> FormFile | None:
        """The first file that was chosen in a field; None where none was."""
        return next(iter(self.files.get(name, ())), None)

    def chosen_files(self, name: str) -> Sequence[FormFile]:
        """Every file that was chosen in a field."""
        return self.files.get(name, ())


def parse_form(content_type: str, body: bytes) -> PageForm:
    """The form in a body whose length the caller limits; an empty body is an empty form.

    Malformed ``request-malformed`` for a body that is no form, has over ``MOST_FIELDS`` values, is not UTF-8, or
    has characters that nobody sees.
    """
    kind, _ = parse_options_header(content_type)
    if not body:
        return PageForm()
    if kind == URLENCODED:
        return _collect(_parse_pairs(body), ())
    if kind == MULTIPART:
        parts = read_parts(content_type, body, MOST_FIELDS)
        texts = [(_decode(part.name), _decode(bytes(part.content))) for part in parts if part.file_name is None]
        return _collect(texts, [part for part in parts if part.file_name is not None])
    raise Malformed("request-malformed", "not a form")


async def read_form(request: Request) -> PageForm:
    """The form of a request, read once."""
    form: PageForm | None = request.scope.get(_FORM)
    if form is None:
        form = parse_form(request.headers.get("content-type", ""), await request.body())
        request.scope[_FORM] = form
    return form


SentForm = Annotated[PageForm, Depends(read_form)]
"""The form that a page sent, as a dependency of its endpoint."""


def _parse_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Malformed("request-malformed", "not a form") from error


def _collect(texts: Sequence[tuple[str, str]], files: Sequence[FormPart]) -> PageForm:
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in texts:
        if not (is_plain_text(name) and is_plain_text(value)):
            raise Malformed("request-malformed", "a text of the form has control characters")
        values[name].append(value.replace("\r\n", "\n"))
    chosen: dict[str, list[FormFile]] = defaultdict(list)
    for part in files:
        if part.file_name:  # a field in which no file was chosen has an empty name
            chosen[_decode(part.name)].append(_read_file(part))
    return PageForm(values, chosen)


def _read_file(part: FormPart) -> FormFile:
    if not part.is_plain:
        raise Malformed("request-malformed", "a file of the form is in a transfer encoding")
    name = (part.file_name or b"").decode("utf-8", "replace")
    media_type = part.headers.get(b"content-type", b"application/octet-stream").decode("latin-1")
    return FormFile(name.replace("\\", "/").rpartition("/")[2], media_type, bytes(part.content))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("request-malformed", "a text of the form is not UTF-8") from error
