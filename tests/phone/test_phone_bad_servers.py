"""What the phone says of a server, a link or a picture that is not as its document has it: which step, and why."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
import segno
from PIL import Image

from shared.bus.errors import BusError
from shared.phone.links import PhoneApp, PhoneLink, compose_launch_link, read_link
from shared.phone.network import PhoneNetwork
from shared.phone.pictures import draw_qr, read_qr
from shared.phone.steps import StepOutcome
from shared.phone.texts import TEXTS, explain_failure
from shared.pki.certificates.profile import CertificateKind
from tests.phone.integrators_server import IntegratorsServer, document, serving, xml_document
from tests.phone.phone_kit import make_owner, scan

URL = "https://shelek.kz/mgovSign/1?a=1&b=2"
QUOTED = "https%3A%2F%2Fshelek.kz%2FmgovSign%2F1%3Fa%3D1%26b%3D2"


@pytest.fixture
def server() -> Iterator[IntegratorsServer]:
    with serving(IntegratorsServer()) as server:
        yield server


@pytest.mark.parametrize(
    ("text", "app"),
    [
        (f"mobileSign:{URL}", None),
        (f"https://m.egov.kz/mobileSign/?link={QUOTED}", PhoneApp.MOBILE),
        (f"https://m.egov.kz/mobileSign?isi=1&ibi=2&apn=3&link={QUOTED}", PhoneApp.MOBILE),
        (f"https://m.egov.kz/businessSign/?link={QUOTED}", PhoneApp.BUSINESS),
        (f"https://mgovsign.page.link/?link={QUOTED}", PhoneApp.MOBILE),
        (f"https://egovbusiness.page.link/?link={QUOTED}", PhoneApp.BUSINESS),
    ],
)
def test_link_names_the_address_of_api_1_and_the_app(text: str, app: PhoneApp | None) -> None:
    assert read_link(text) == PhoneLink(URL, app)


@pytest.mark.parametrize("app", list(PhoneApp))
def test_launch_link_leads_where_it_was_made_for(app: PhoneApp) -> None:
    link = compose_launch_link(URL, app)
    assert link.startswith(f"https://m.egov.kz/{app.value}Sign/?link={QUOTED}&isi=")
    assert {"ibi", "apn"} <= {part.partition("=")[0] for part in link.split("&")}
    assert read_link(link) == PhoneLink(URL, app)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("mobileSign: https://shelek.kz/1", "spaces"),
        ("mobilesign:https://shelek.kz/1", "prefix"),
        ("https://shelek.kz/mgovSign/1", "prefix"),
        ("https://m.egov.kz/mobileSign/", "without-link"),
        ("mobileSign:ftp://shelek.kz/1", "url"),
        ("mobileSign:https://[::1", "url"),
        ("mobileSign:" + "a" * 5000, "long"),
    ],
)
def test_link_that_is_none_ends_the_first_step_and_says_why(text: str, why: str) -> None:
    failed = scan(text).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code, failed.facts["why"]) == ("1", "phone-link-malformed", why)


def test_picture_with_a_qr_code_is_read_in_every_way_in_which_people_take_one() -> None:
    text = f"mobileSign:{URL}"
    assert read_qr(draw_qr(text)) == text
    picture = io.BytesIO()
    segno.make(text, error="l").save(picture, kind="png", scale=8, border=4, dark="#123", light=None)
    transparent = Image.open(picture).convert("RGBA")
    photo = io.BytesIO()
    turned = transparent.rotate(90, expand=True)
    desk = Image.new("RGB", (turned.width + 200, turned.height + 150), "white")
    desk.paste(turned, (120, 40), turned)
    desk.save(photo, "JPEG", quality=60)
    assert read_qr(picture.getvalue()) == text
    assert read_qr(photo.getvalue()) == text


def put_together(*texts: str) -> bytes:
    codes = [Image.open(io.BytesIO(draw_qr(text))).convert("L") for text in texts]
    paper = Image.new("L", (sum(code.width for code in codes) + 100, max(code.height for code in codes)), 255)
    for place, code in enumerate(codes):
        paper.paste(code, (place * (codes[0].width + 50), 0))
    output = io.BytesIO()
    paper.save(output, "PNG")
    return output.getvalue()


def blank(width: int, height: int) -> bytes:
    output = io.BytesIO()
    Image.new("1", (width, height), 1).save(output, "PNG")
    return output.getvalue()


def claim_size(png: bytes, side: int) -> bytes:
    """A picture whose header claims more points than its file holds."""
    header = b"IHDR" + struct.pack(">II", side, side) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (lambda: b"%PDF-1.7", "phone-picture-malformed"),
        (lambda: draw_qr("a")[:60], "phone-picture-malformed"),
        (lambda: claim_size(blank(50, 50), 20_000), "phone-picture-malformed"),
        (lambda: claim_size(blank(50, 50), 7000), "phone-picture-malformed"),
        (lambda: blank(50, 50), "phone-qr-missing"),
        (lambda: put_together("mobileSign:https://a.kz", "mobileSign:https://b.kz"), "phone-qr-several"),
    ],
    ids=["pdf", "half", "bomb", "large", "blank", "two"],
)
def test_picture_that_cannot_be_scanned_is_refused(picture: Callable[[], bytes], code: str) -> None:
    with pytest.raises(BusError) as refused:
        read_qr(picture())
    assert refused.value.code == code


def test_link_of_the_other_app_opens_nothing() -> None:
    link = compose_launch_link(URL, PhoneApp.BUSINESS)
    failed = scan(link).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("2", "phone-app-other")


def test_business_app_needs_a_key_of_an_organisation(server: IntegratorsServer) -> None:
    failed = scan(server.link, app=PhoneApp.BUSINESS).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("4", "phone-owner-without-bin")
    employee = make_owner(CertificateKind.EMPLOYEE)
    assert scan(server.link, app=PhoneApp.BUSINESS, owner=employee).is_signed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"expiry_date": "29.09.2030"}, "expiry_date"),
        ({"expiry_date": "2030-02-30T16:21:37+0600"}, "expiry_date"),
        ({"expiry_date": "2030-09-29T16:21:37"}, "expiry_date"),
        ({"description": None}, "description"),
        ({"organisation": {"nameRu": "A"}}, "organisation.nameKz"),
        ({"document": {"uri": "https://a.kz", "auth_type": "none"}}, "document.auth_type"),
        ({"document": {"uri": "https://a.kz", "auth_type": "Token"}}, "document.auth_token"),
        ({"document": {"auth_type": "None"}}, "document.uri"),
    ],
)
def test_field_of_the_invitation_that_is_wrong_is_named(
    server: IntegratorsServer, change: dict[str, object], field: str
) -> None:
    server.invitation = change
    failed = scan(server.link).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code, failed.facts["field"]) == ("5-1", "phone-answer-malformed", field)


@pytest.mark.parametrize("text", ["2030-09-29T16:21:37+0600", "2030-09-29T16:21:37.0612345678+0600"])
def test_expiry_may_have_any_number_of_fraction_digits(server: IntegratorsServer, text: str) -> None:
    server.invitation = {"expiry_date": text}
    report = scan(server.link)
    assert report.is_signed
    assert all(result.remarks == () for result in report.steps)


def test_expiry_with_a_colon_in_its_offset_is_remarked(server: IntegratorsServer) -> None:
    server.invitation = {"expiry_date": "2030-09-29T16:21:37+06:00"}
    report = scan(server.link)
    assert report.is_signed
    assert [result.remarks for result in report.steps if result.remarks] == [("expiry-offset-form",)]


def test_link_whose_term_is_over_is_not_followed(server: IntegratorsServer) -> None:
    server.invitation = {"expiry_date": "2022-09-29T16:21:37.06+0600"}
    failed = scan(server.link).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("5-1", "phone-link-expired")
    assert len(server.requests) == 1


WITHOUT_FILE = {"id": 1, "nameRu": "Д", "nameKz": "Қ", "nameEn": "D", "document": {}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"signMethod": "CMS"}, "signMethod"),
        ({"documentsToSign": []}, "documentsToSign"),
        ({"documentsToSign": [document(1, id="")]}, "documentsToSign[0].id"),
        ({"documentsToSign": [document(1, nameEn=None)]}, "documentsToSign[0].nameEn"),
        ({"documentsToSign": [document(1), WITHOUT_FILE]}, "documentsToSign[1].document.file"),
        ({"documentsToSign": [document(1, meta={"a": "b"})]}, "documentsToSign[0].meta"),
        ({"documentsToSign": [document(1)], "signMethod": "XML"}, "documentsToSign[0].documentXml"),
        ({"documentsToSign": [xml_document(1, "<a/>")]}, "documentsToSign[0].document"),
    ],
)
def test_field_of_the_documents_that_is_wrong_is_named(
    server: IntegratorsServer, change: dict[str, object], field: str
) -> None:
    server.offer = change
    failed = scan(server.link).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code, failed.facts["field"]) == ("5-2", "phone-answer-malformed", field)


def test_document_that_is_no_xml_ends_the_signature(server: IntegratorsServer) -> None:
    server.method, server.documents = "XML", [xml_document(1, "<order>")]
    failed = scan(server.link).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("6", "xml-malformed")
    assert explain_failure(failed, "ru")


@pytest.mark.parametrize("status", [301, 404, 500])
def test_status_of_the_server_is_told_and_a_redirect_is_not_followed(
    server: IntegratorsServer, status: int
) -> None:
    server.first_status, server.invitation = status, {"message": "no such link"}
    failed = scan(server.link).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code, failed.facts["status"]) == ("5-1", "phone-status", status)
    assert failed.facts["answer"] == "no such link"


def test_server_that_does_not_answer_is_named_silent() -> None:
    failed = scan("mobileSign:http://127.0.0.1:1/").failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("5-1", "phone-server-silent")


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"[" * 100_000, b"\xff\xfe"])
def test_answer_that_is_no_json_object_is_named(server: IntegratorsServer, answer: bytes) -> None:
    server.answer = lambda request: (200, answer)  # type: ignore[method-assign]
    failed = scan(server.link).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("5-1", "phone-answer-malformed")


INNER = [
    "http://127.0.0.1:{port}",
    "http://localhost:{port}",
    "http://[::1]:{port}",
    "http://[::ffff:127.0.0.1]:{port}",
    "http://0.0.0.0:{port}",
    "http://2130706433:{port}",
    "http://10.1.2.3",
    "http://169.254.169.254",
    "http://[fd00::1]",
    "http://[64:ff9b::7f00:1]",
    "http://[2002:7f00:1::]",
]


@pytest.mark.parametrize("place", INNER)
def test_phone_of_a_page_calls_no_inner_address(server: IntegratorsServer, place: str) -> None:
    port = server.url.rpartition(":")[2]
    network = PhoneNetwork(inner_places=frozenset({"127.0.0.1:1"}))
    failed = scan(f"mobileSign:{place.format(port=port)}/mgovSign/1", network=network).failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("5-1", "phone-host-refused")
    assert server.requests == []


def test_phone_of_a_page_follows_no_server_into_the_inner_network(server: IntegratorsServer) -> None:
    place = server.url.removeprefix("http://")
    server.invitation = {"document": {"uri": "http://127.0.0.1:1/documents", "auth_type": "None"}}
    report = scan(server.link, network=PhoneNetwork(inner_places=frozenset({place})))
    failed = report.failed_step
    assert failed is not None
    assert (failed.step.value, failed.code) == ("5-2", "phone-host-refused")
    assert failed.facts["port"] == 1


def test_text_of_every_step_and_code_is_there_in_three_languages(server: IntegratorsServer) -> None:
    assert all(set(texts) == {"ru", "kk", "en"} for texts in TEXTS.values())
    outcomes = [result.outcome for result in scan("mobileSign:http://127.0.0.1:1/").steps]
    assert outcomes[-1] is StepOutcome.NOT_REACHED
