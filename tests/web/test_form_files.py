"""The file of a form is the field with its name; a body that is not a form is refused by a code (RFC 7578)."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.errors import Malformed
from shared.web.form_files import MAX_HEADER_BYTES, MAX_PART_HEADERS, MAX_PARTS, extract_file

TYPE = "multipart/form-data; boundary=xyz"
PDF = b"%PDF-1.7\r\n--xy\r\n--xyzz\x00\xff\r\n\r\n"


def part(disposition: str, content: bytes, *headers: str, boundary: str = "xyz") -> bytes:
    lines = "\r\n".join((f"--{boundary}", f"Content-Disposition: {disposition}", *headers))
    return lines.encode() + b"\r\n\r\n" + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--xyz--\r\n"


FILE = part('form-data; name="file"; filename="x.pdf"', PDF, "Content-Type: application/pdf")
NOTE = part('form-data; name="note"', b"not the file")


def code_of(body: bytes, content_type: str = TYPE) -> str:
    with pytest.raises(Malformed) as refused:
        extract_file(content_type, body, "file")
    return refused.value.code


@pytest.mark.parametrize("parts", [(FILE,), (NOTE, FILE), (FILE, NOTE), (NOTE, NOTE, FILE)])
def test_form_file_is_the_field_with_its_name_wherever_it_stands(parts: tuple[bytes, ...]) -> None:
    assert extract_file(TYPE, form(*parts), "file") == PDF


def test_form_file_of_a_name_alone_and_of_an_empty_content_is_taken() -> None:
    assert extract_file(TYPE, form(part('form-data; name="file"', b"x")), "file") == b"x"
    assert extract_file(TYPE, form(part('form-data; name="file"; filename=""', b"")), "file") == b""


@given(content=st.binary(max_size=3000), name=st.text("абвz \"'", max_size=9), others=st.integers(0, 3))
def test_form_file_arrives_as_a_client_that_is_not_ours_sends_it(content: bytes, name: str, others: int) -> None:
    fields = {f"field{number}": "x" * number for number in range(others)}
    files = {"file": (name or "x", content, "application/pdf")}
    request = httpx.Request("POST", "http://page/", data=fields, files=files)
    assert extract_file(request.headers["content-type"], request.read(), "file") == content


def test_form_without_the_field_is_told_so() -> None:
    assert code_of(form(NOTE)) == "file-missing"
    assert code_of(form(part('form-data; name="File"', PDF))) == "file-missing"
    assert code_of(form(part('form-data; name="note"; filename="file"', PDF))) == "file-missing"


def test_form_with_the_field_twice_is_refused_and_not_guessed() -> None:
    assert code_of(form(FILE, part('form-data; name="file"', b"other"))) == "request-malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 1000,
        b"--xyz",
        b"--xyz\r\n\r\nno end",
        form(FILE)[:-8],
        form(FILE)[: len(FILE) // 2],
        FILE,
        b"--other\r\n\r\nx\r\n--other--",
        form(part("form-data", PDF)),
        form(part('attachment; name="file"', PDF)),
        b"--xyz\r\n\r\n" + PDF + b"\r\n--xyz--\r\n",
        form(part('form-data; name="file"', PDF, 'Content-Disposition: form-data; name="note"')),
        form(part('form-data; name="file"', PDF, "Content-Transfer-Encoding: base64")),
        form(part('form-data; name="file"', PDF, "no colon")),
        form(part('form-data; name="file"', PDF, "Bad Name: x")),
        form(part('form-data; name="file"', PDF, *(f"X-{n}: x" for n in range(MAX_PART_HEADERS)))),
        form(part('form-data; name="file"', PDF, f"X: {'x' * MAX_HEADER_BYTES}")),
        form(*([NOTE] * MAX_PARTS), FILE),
        form(FILE).replace(b"\r\n", b"\n"),
    ],
    ids=lambda body: repr(body[:40]),
)
def test_form_that_is_none_or_over_its_bounds_is_refused(body: bytes) -> None:
    assert code_of(body) == "request-malformed"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/pdf",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=xyz",
        "multipart/form-data; boundary=zyx",
        "multipart/form-data; boundary=" + "x" * 300,
        "application/x-www-form-urlencoded",
    ],
)
def test_form_of_another_kind_or_boundary_is_refused(content_type: str) -> None:
    assert code_of(form(FILE), content_type) == "request-malformed"


@given(body=st.binary(max_size=300), cut=st.integers(0, 400), change=st.binary(max_size=4))
def test_form_that_is_damaged_anywhere_is_read_or_refused_as_malformed(
    body: bytes, cut: int, change: bytes
) -> None:
    whole = form(NOTE, part('form-data; name="file"', body))
    damaged = whole[:cut] + change + whole[cut + len(change) :]
    with suppress(Malformed):  # any other error is a fault of ours
        assert isinstance(extract_file(TYPE, damaged, "file"), bytes)
