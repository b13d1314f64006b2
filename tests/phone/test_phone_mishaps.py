"""The mishaps of a phone: what the server sees, and what the phone says of one that takes too much."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from shared.bus.errors import BusError
from shared.phone.mishaps import PhoneMishap
from shared.phone.network import PhoneNetwork
from tests.phone.integrators_server import IntegratorsServer, serving, xml_document
from tests.phone.phone_kit import make_owner, scan
from tests.phone.signature_judge import judge

REFUSAL = (403, {"message": "подпись неверна"})


@pytest.fixture
def server() -> Iterator[IntegratorsServer]:
    with serving(IntegratorsServer()) as server:
        yield server


@pytest.mark.parametrize(
    ("mishap", "step", "code", "requests"),
    [
        (PhoneMishap.DOMAIN_NOT_ALLOWED, "5-1", "phone-domain-refused", 0),
        (PhoneMishap.EXPIRED, "5-1", "phone-link-expired", 1),
        (PhoneMishap.DECLINED, "6", "phone-declined", 2),
        (PhoneMishap.KILLED, "7", "phone-killed", 2),
    ],
)
def test_mishap_of_the_phone_ends_its_step_and_the_server_hears_no_more(
    server: IntegratorsServer, mishap: PhoneMishap, step: str, code: str, requests: int
) -> None:
    report = scan(server.link, mishap)
    assert report.failed_step is not None
    assert (report.failed_step.step.value, report.failed_step.code) == (step, code)
    assert len(server.requests) == requests
    assert server.puts == []
    assert report.is_as_expected


def test_domain_that_the_app_does_not_list_is_not_called(server: IntegratorsServer) -> None:
    listed = PhoneNetwork(domains=frozenset({"egov.kz"}))
    failed = scan(server.link, network=listed).failed_step
    assert failed is not None
    assert (failed.code, failed.facts["domain"]) == ("phone-domain-refused", "127.0.0.1")
    assert server.requests == []
    assert scan(server.link, network=PhoneNetwork(domains=frozenset({"127.0.0.1"}))).is_signed


@pytest.mark.parametrize("mishap", [PhoneMishap.WRONG_PERSON, PhoneMishap.SIGNATURE_SPOILED])
def test_signature_that_the_server_refuses_ends_the_eighth_step_with_its_message(
    server: IntegratorsServer, mishap: PhoneMishap
) -> None:
    server.verdicts = [REFUSAL]
    report = scan(server.link, mishap)
    assert report.failed_step is not None
    assert (report.failed_step.step.value, report.failed_step.code) == ("8", "phone-signature-refused")
    assert report.failed_step.facts["answer"] == "подпись неверна"
    assert report.is_as_expected


@pytest.mark.parametrize(
    ("mishap", "finding"),
    [
        (PhoneMishap.WRONG_PERSON, "wrong-person-accepted"),
        (PhoneMishap.SIGNATURE_SPOILED, "spoiled-signature-accepted"),
        (PhoneMishap.SCANNED_TWICE, "second-scan-accepted"),
    ],
)
def test_server_that_takes_everything_is_told_so(
    server: IntegratorsServer, mishap: PhoneMishap, finding: str
) -> None:
    report = scan(server.link, mishap)
    assert report.findings == (finding,)
    assert not report.is_as_expected


@pytest.mark.parametrize("method", ["CMS_WITH_DATA", "CMS_SIGN_ONLY", "XML"])
def test_spoiled_signature_is_readable_and_does_not_hold(server: IntegratorsServer, method: str) -> None:
    """The server gets what parses and fails: two scans differ in the signature alone."""
    server.method = method
    if method == "XML":
        server.documents = [xml_document(1, "<order/>")]

    assert scan(server.link).is_signed
    scan(server.link, PhoneMishap.SIGNATURE_SPOILED)
    good, spoiled = (seen.json for seen in server.puts)
    assert judge(method, good) == make_owner().sign_entry.certificate
    with pytest.raises(BusError) as refused:
        judge(method, spoiled)
    assert refused.value.code == "eds-signature-invalid"


def test_refusal_with_another_status_than_403_is_told(server: IntegratorsServer) -> None:
    server.verdicts = [(400, {"message": "bad"})]
    report = scan(server.link, PhoneMishap.SIGNATURE_SPOILED)
    assert report.findings == ("refusal-not-403",)
    assert not report.is_as_expected


def test_refusal_without_a_message_is_remarked(server: IntegratorsServer) -> None:
    server.verdicts = [(403, b"")]
    failed = scan(server.link).failed_step
    assert failed is not None
    assert failed.remarks == ("refusal-without-message",)


def test_one_time_link_ends_the_second_scan_and_not_the_first(server: IntegratorsServer) -> None:
    server.is_one_time = True
    report = scan(server.link, PhoneMishap.SCANNED_TWICE)
    assert report.is_signed
    assert report.is_as_expected
    assert report.repeated is not None
    assert report.repeated.failed_step is not None
    assert report.repeated.failed_step.step.value == "5-1"


@pytest.mark.parametrize(("second", "findings"), [(200, ()), (403, ()), (500, ("second-put-failed",))])
def test_repeated_put_has_the_same_bytes_and_must_not_break_the_server(
    server: IntegratorsServer, second: int, findings: tuple[str, ...]
) -> None:
    server.verdicts = [(200, "success"), (second, {})]
    report = scan(server.link, PhoneMishap.PUT_REPEATED)
    first_put, second_put = server.puts
    assert first_put.body == second_put.body
    assert report.second_put is not None
    assert report.second_put.status == second
    assert report.findings == findings


def test_slow_person_and_slow_line_take_their_time(server: IntegratorsServer) -> None:
    begin = time.monotonic()
    report = scan(server.link, PhoneMishap.SLOW, delay=0.4)
    assert report.is_as_expected
    assert time.monotonic() - begin >= 0.4
    assert server.puts[0].json["signMethod"] == "CMS_WITH_DATA"
