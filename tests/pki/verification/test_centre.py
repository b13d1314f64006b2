"""The client of НУЦ against a real server: OCSP, then the lists, then the setting; and what is remembered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cache, partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from shared.bus.errors import Refused, Unavailable, Untrusted
from shared.pki.certificates import authority, keys
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import Kind, Purpose
from shared.pki.certificates.status import How, Mode
from shared.pki.client.nuc import Centre
from shared.pki.cms import signed_data
from shared.pki.verification.check import Asked, CheckedDocument
from shared.pki.verification.verdict import Condition, Mark
from tests.pki.nuc_server import Nuc, Reply, answer, failure, serving
from tests.pki.pki_centre import BIN, IIN, LATER, NOW, OTHER_IIN, centre, make_centre

CONTENT = "Өтініш".encode()
COMPROMISED = (NOW, x509.ReasonFlags.key_compromise)


@cache
def citizen() -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(Kind.INDIVIDUAL)


def serial() -> int:
    return citizen()[1].serial_number


@cache
def application() -> bytes:
    return signed_data.sign(CONTENT, *citizen(), at=NOW)


@pytest.fixture
def nuc() -> Iterator[Nuc]:
    with serving() as made:
        yield made


class Stopwatch:
    """The machine's seconds, which pass when a test says so; the bus's time stands still all the while."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def client(nuc: Nuc, watch: Stopwatch) -> Iterator[Centre]:
    made = Centre(nuc.url, centre().anchors, seconds=watch)
    yield made
    made.close()


def checked(client: Centre, der: bytes | None = None, **changes: Any) -> CheckedDocument:
    usual: dict[str, Any] = {"at": LATER, "expected_iin": IIN, "purpose": Purpose.PERSON}
    return client.check(der or application(), **(usual | changes))


def refused(client: Centre, der: bytes | None = None, **changes: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        checked(client, der, **changes)
    return caught.value.code, caught.value.details["condition"]


def test_revocation_is_asked_by_ocsp_once_as_long_as_the_answer_allows(nuc: Nuc, client: Centre) -> None:
    for minute in range(0, 60, 10):
        standing = checked(client, at=LATER + timedelta(minutes=minute)).standing
        assert (standing.how, standing.revocation, standing.tried) == (How.OCSP, None, ())
    assert nuc.asked == {"/ocsp": 1}
    nuc.now = LATER + timedelta(hours=1)
    checked(client, at=nuc.now)
    assert nuc.asked == {"/ocsp": 2}


def test_a_revoked_certificate_is_refused_and_the_answer_is_remembered(nuc: Nuc, client: Centre) -> None:
    nuc.revoked[serial()] = COMPROMISED
    for _ in range(3):
        with pytest.raises(Refused) as caught:
            checked(client)
        assert caught.value.code == "eds-revoked"
        assert caught.value.details["established"] == "ocsp"
    assert nuc.asked == {"/ocsp": 1}


OCSP_FAULTS = {
    "ocsp-try-later": (200, failure(ocsp.OCSPResponseStatus.TRY_LATER)),
    "ocsp-internal-error": (200, failure(ocsp.OCSPResponseStatus.INTERNAL_ERROR)),
    "ocsp-unauthorized": (200, failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)),
    "ocsp-malformed": (200, b"<html>no answer</html>"),
    "ocsp-silent": (503, b""),
}


@pytest.mark.parametrize("code", OCSP_FAULTS)
def test_where_ocsp_cannot_tell_the_list_does_and_the_result_says_why(
    nuc: Nuc, client: Centre, watch: Stopwatch, code: str
) -> None:
    status, content = OCSP_FAULTS[code]
    nuc.says("/ocsp", content, status)
    standing = checked(client).standing
    assert (standing.how, standing.tried) == (How.CRL, (code,))
    nuc.revoked[serial()] = COMPROMISED
    watch.seconds += 60
    assert refused(client) == ("eds-revoked", "revocation")


def changed_answer(changes: dict[str, Any], body: bytes) -> Reply:
    return 200, answer(body, **changes)


def test_a_stale_an_unknown_and_anothers_answer_lead_to_the_list(
    nuc: Nuc, client: Centre, watch: Stopwatch
) -> None:
    for code, changes in (
        ("ocsp-stale", {"at": NOW - timedelta(hours=2)}),
        ("ocsp-unknown", {"status": ocsp.OCSPCertStatus.UNKNOWN}),
        ("ocsp-other-certificate", {"serial": 7}),
        ("ocsp-responder", {"signer": make_centre().issue(Kind.OCSP)}),
    ):
        nuc.faults["/ocsp"] = partial(changed_answer, changes)
        standing = checked(client).standing
        assert (standing.how, standing.tried) == (How.CRL, (code,))
        watch.seconds += 6


def test_a_silent_responder_delays_one_check_and_not_each(nuc: Nuc, client: Centre, watch: Stopwatch) -> None:
    nuc.silent("/ocsp")
    began = time.perf_counter()
    for _ in range(20):
        assert checked(client).standing.tried == ("ocsp-silent",)
    assert time.perf_counter() - began < 4
    assert nuc.asked["/ocsp"] == 1
    del nuc.faults["/ocsp"]
    watch.seconds += 6
    assert checked(client).standing.how is How.OCSP


def test_a_revocation_is_noticed_while_the_clock_of_the_bus_stands(
    nuc: Nuc, client: Centre, watch: Stopwatch
) -> None:
    assert checked(client).standing.how is How.OCSP
    nuc.revoked[serial()] = COMPROMISED
    watch.seconds += 3599
    assert checked(client).standing.revocation is None
    watch.seconds += 2
    assert refused(client) == ("eds-revoked", "revocation")


def test_a_list_is_read_again_when_the_clock_of_the_bus_stands(nuc: Nuc, client: Centre, watch: Stopwatch) -> None:
    nuc.says("/ocsp", b"", 503)
    checked(client)
    nuc.revoked[serial()] = COMPROMISED
    assert checked(client).standing.revocation is None
    watch.seconds += 31
    assert refused(client) == ("eds-revoked", "revocation")


def test_lists_and_answers_are_asked_for_at_once_when_the_time_of_the_bus_jumps(nuc: Nuc, client: Centre) -> None:
    checked(client)
    client.crl(LATER)
    read = nuc.asked["/crl"]
    nuc.now = LATER + timedelta(days=30)
    nuc.number += 1
    assert checked(client, at=nuc.now).standing.how is How.OCSP
    assert client.crl(nuc.now).is_current(nuc.now)
    assert (nuc.asked["/ocsp"], nuc.asked["/crl"]) == (2, read + 1)


def test_changes_are_merged_into_the_list(nuc: Nuc, client: Centre, watch: Stopwatch) -> None:
    nuc.says("/ocsp", b"", 503)
    nuc.delta = 12
    assert checked(client).standing.how is How.CRL_AND_DELTA
    nuc.since_full[serial()] = COMPROMISED
    watch.seconds += 31
    with pytest.raises(Refused) as caught:
        checked(client)
    assert caught.value.details["established"] == "crl+delta"
    assert nuc.asked["/crl"] == 1, "the whole list is not read again while its changes come"


def test_changes_of_another_list_are_left_aside(nuc: Nuc, client: Centre, watch: Stopwatch) -> None:
    nuc.says("/ocsp", b"", 503)
    nuc.delta, nuc.delta_base = 12, 11
    assert checked(client).standing.how is How.CRL
    nuc.number = 11
    watch.seconds += 31
    assert checked(client).standing.how is How.CRL_AND_DELTA


LIST_FAULTS = {
    "crl-missing": (404, b""),
    "crl-silent": (503, b""),
    "crl-malformed": (200, b"garbage"),
    "crl-signature-invalid": (200, b""),
    "crl-stale": (200, b""),
}


def foreign_list() -> bytes:
    other = make_centre()
    made = authority.make_crl(other.issuing_key, other.issuing, [], 1, NOW, LATER + timedelta(days=1))
    return made.public_bytes(Encoding.DER)


def directory_entry(certificate: x509.Certificate) -> tuple[bytes, str]:
    """A certificate as НУЦ's directory gives it, and its name there."""
    return certificate.public_bytes(Encoding.PEM), keys.thumbprint(certificate)


def break_the_list(nuc: Nuc, code: str) -> None:
    if code == "crl-stale":
        nuc.list_term = -timedelta(minutes=1)
    elif code == "crl-signature-invalid":
        nuc.faults["/crl"] = lambda body: (200, foreign_list())
    else:
        status, content = LIST_FAULTS[code]
        nuc.says("/crl", content, status)


@pytest.mark.parametrize("code", LIST_FAULTS)
def test_when_nobody_can_tell_a_message_is_to_be_tried_again_and_says_what_was_tried(nuc: Nuc, code: str) -> None:
    nuc.says("/ocsp", b"", 503)
    break_the_list(nuc, code)
    strict = Centre(nuc.url, centre().anchors)
    with pytest.raises(Unavailable) as caught:
        checked(strict)
    assert (caught.value.code, caught.value.details) == (
        "eds-revocation-unknown",
        {"condition": "revocation", "tried": ["ocsp-silent", code]},
    )
    strict.close()


@pytest.mark.parametrize("code", LIST_FAULTS)
def test_the_soft_setting_accepts_what_nobody_can_tell_and_the_result_says_so(nuc: Nuc, code: str) -> None:
    nuc.says("/ocsp", b"", 503)
    break_the_list(nuc, code)
    soft = Centre(nuc.url, centre().anchors, revocation=Mode.SOFT)
    standing = checked(soft).standing
    assert (standing.how, standing.tried) == (How.NONE_SOFT, ("ocsp-silent", code))
    soft.close()


def test_the_soft_setting_does_not_excuse_a_revocation_that_is_known(nuc: Nuc) -> None:
    nuc.revoked[serial()] = COMPROMISED
    soft = Centre(nuc.url, centre().anchors, revocation=Mode.SOFT)
    assert refused(soft) == ("eds-revoked", "revocation")
    soft.close()


@pytest.mark.parametrize(
    ("kind", "options", "code", "condition"),
    [
        (Kind.INDIVIDUAL, {"not_after": NOW + timedelta(minutes=1)}, "eds-expired", "term"),
        (Kind.INDIVIDUAL, {"not_before": LATER + timedelta(days=1)}, "eds-not-yet-valid", "term"),
        (Kind.INDIVIDUAL_AUTH, {}, "eds-purpose", "purpose"),
    ],
)
def test_an_unfit_certificate_is_refused_before_anybody_is_asked(
    nuc: Nuc, client: Centre, kind: Kind, options: dict[str, Any], code: str, condition: str
) -> None:
    der = signed_data.sign(CONTENT, *centre().issue(kind, **options), at=NOW)
    assert refused(client, der) == (code, condition)
    assert nuc.asked == {}


def test_the_issuer_the_person_the_organisation_and_the_signature_are_told_apart(client: Centre) -> None:
    assert (
        refused(client, signed_data.sign(CONTENT, *make_centre().issue(Kind.INDIVIDUAL), at=NOW))[0] == "eds-chain"
    )
    assert refused(client, expected_iin=OTHER_IIN) == ("eds-iin-mismatch", "iin")
    clerk = signed_data.sign(CONTENT, *centre().issue(Kind.EMPLOYEE), at=NOW)
    assert checked(client, clerk, purpose=Purpose.EMPLOYEE, expected_bin=BIN).signer.bin == BIN
    wrong = refused(client, clerk, purpose=Purpose.EMPLOYEE, expected_bin="990140000010")
    assert wrong == ("eds-bin-mismatch", "bin")
    broken = application()[:-1] + bytes([application()[-1] ^ 1])
    assert refused(client, broken) == ("eds-signature-invalid", "signature")


def test_a_verdict_tells_what_became_of_every_condition_in_three_languages(nuc: Nuc, client: Centre) -> None:
    held = client.judge(application(), Asked(Purpose.PERSON, IIN), at=LATER)
    assert (held.code, held.failed) == ("eds-valid", None)
    assert held.marks[Condition.REVOCATION] is Mark.HELD
    assert held.marks[Condition.BIN] is Mark.NOT_ASKED
    assert held.marks[Condition.TIME_STAMP] is Mark.NOT_ASKED
    nuc.revoked[serial()] = COMPROMISED
    nuc.now = LATER + timedelta(hours=2)
    failed = client.judge(application(), Asked(Purpose.PERSON, OTHER_IIN), at=nuc.now)
    assert (failed.code, failed.failed) == ("eds-revoked", Condition.REVOCATION)
    assert failed.marks[Condition.PURPOSE] is Mark.HELD
    assert failed.marks[Condition.IIN] is Mark.NOT_REACHED
    assert set(failed.texts) == {"ru", "kk", "en"}


def test_a_signer_proved_elsewhere_is_checked_by_the_same_conditions(nuc: Nuc, client: Centre) -> None:
    certificate = citizen()[1]
    found = client.check_certificate(certificate, Asked(Purpose.PERSON, IIN), at=LATER)
    assert (found.signer.iin, found.standing.how) == (IIN, How.OCSP)
    with pytest.raises(Refused) as caught:
        client.check_certificate(certificate, Asked(Purpose.SYSTEM), at=LATER)
    assert caught.value.details["condition"] == "purpose"


def test_an_oversized_answer_is_not_read_to_its_end(nuc: Nuc, client: Centre) -> None:
    nuc.says("/ocsp", bytes(1_000_000))
    assert checked(client).standing.tried == ("ocsp-silent",)


def test_a_time_stamp_is_asked_for_and_proved(nuc: Nuc, client: Centre) -> None:
    stamp = client.stamp(b"data", LATER)
    assert stamp.moment == LATER.replace(microsecond=0)
    assert nuc.asked == {"/tsp": 1}


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (200, b"\x30\x09\x30\x07\x02\x01\x02\x03\x02\x07\x80", Unavailable, "tsa-refused"),
        (503, b"", Unavailable, "tsa-silent"),
        (404, b"", Unavailable, "tsa-silent"),
    ],
)
def test_a_service_that_refuses_to_stamp_is_told_apart_and_left_alone_for_a_while(
    nuc: Nuc, client: Centre, status: int, content: bytes, kind: type[Exception], code: str
) -> None:
    nuc.says("/tsp", content, status)
    with pytest.raises(kind) as caught:
        client.stamp(b"data", LATER)
    assert getattr(caught.value, "code", "") == code


def test_a_system_is_not_let_in_while_the_list_is_missing_unless_softly(nuc: Nuc) -> None:
    nuc.says("/crl", b"", 503)
    _, certificate = centre().issue(Kind.SYSTEM)
    pem, name = directory_entry(certificate)
    nuc.says(f"/api/v1/certificates/{name}", pem)
    strict, soft = Centre(nuc.url, centre().anchors), Centre(nuc.url, centre().anchors, revocation=Mode.SOFT)
    with pytest.raises(Unavailable) as caught:
        strict.peer(name, LATER)
    assert caught.value.code == "directory-unavailable"
    assert soft.peer(name, LATER).address == "is_mio"
    strict.close()
    soft.close()


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        (Kind.SYSTEM, {"not_after": NOW + timedelta(minutes=1)}, "sender-certificate-expired"),
        (Kind.INDIVIDUAL, {}, "sender-certificate-untrusted"),
    ],
)
def test_a_system_is_let_in_by_the_same_conditions(
    nuc: Nuc, client: Centre, kind: Kind, options: dict[str, Any], code: str
) -> None:
    pem, name = directory_entry(centre().issue(kind, **options)[1])
    nuc.says(f"/api/v1/certificates/{name}", pem)
    with pytest.raises(Untrusted) as caught:
        client.peer(name, LATER)
    assert caught.value.code == code
