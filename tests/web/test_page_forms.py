"""The form of a page is read within bounds, or refused by a code."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.errors import Malformed
from shared.web.page_forms import MOST_FIELDS, FormFile, parse_form

PLAIN = "application/x-www-form-urlencoded"
text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn"]), max_size=20)


@given(
    name=st.sampled_from(["a", "имя", "x[]"]),
    values=st.lists(text, min_size=1, max_size=4),
    has_file=st.booleans(),
)
def test_form_arrives_as_a_client_that_is_not_ours_sends_it(name: str, values: list[str], has_file: bool) -> None:
    files = {"paper": ("справка.pdf", b"\x00%PDF", "application/pdf")} if has_file else None
    request = httpx.Request("POST", "http://page/", data={name: values}, files=files)
    form = parse_form(request.headers["content-type"], request.read())
    assert form.texts(name) == [value.strip() for value in values]
    assert (form.text(name), form.secret(name)) == (values[0].strip(), values[0])
    paper = FormFile("справка.pdf", "application/pdf", b"\x00%PDF")
    assert form.file("paper") == (paper if has_file else None)


def test_form_without_a_field_gives_what_is_empty() -> None:
    form = parse_form(PLAIN, b"")
    assert (form.text("a"), form.texts("a"), form.is_on("a"), form.file("a")) == ("", [], False, None)


def test_form_field_in_which_no_file_was_chosen_is_no_file() -> None:
    request = httpx.Request("POST", "http://page/", files={"paper": ("x", b"")})
    body = request.read().replace(b'filename="x"', b'filename=""')
    assert parse_form(request.headers["content-type"], body).file("paper") is None


def test_form_file_has_the_last_part_of_a_path_as_its_name() -> None:
    request = httpx.Request("POST", "http://page/", files={"paper": ("..\\..\\x.pdf", b"1")})
    file = parse_form(request.headers["content-type"], request.read()).file("paper")
    assert file is not None
    assert file.name == "x.pdf"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("", b"a=1"),
        (PLAIN, b"a=%ff"),
        (PLAIN, b"a=%00"),
        (PLAIN, b"a=%E2%80%AE"),
        (PLAIN, "a=ә".encode()),
        (PLAIN, b"&".join([b"a=1"] * (MOST_FIELDS + 1))),
        ("multipart/form-data; boundary=x", b"--x\r\n"),
    ],
)
def test_form_that_is_none_or_over_its_bounds_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse_form(content_type, body)
    assert refused.value.code == "request-malformed"
