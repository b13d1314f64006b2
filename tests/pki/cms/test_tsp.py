"""Time-stamps: the request, and which tokens are accepted."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp as asn1_tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.bus.errors import BusError, Malformed, Unavailable, Untrusted
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateKind
from shared.pki.certificates.status import CertificateRevocation, CertificateStatus, StatusOrigin
from shared.pki.cms import signed_data, tsp
from shared.pki.cms.tsp import TimeStamp
from tests.pki.nuc_server import stamp, token, tsa
from tests.pki.pki_centre import LATER, NOW, centre, make_centre, pem

DATA = b"the value of a signature"
NONCE = 0x1234567890ABCDEF


def opened(der: bytes, data: bytes = DATA, **changes: Any) -> TimeStamp:
    usual: dict[str, Any] = {"anchors": centre().anchors, "at": LATER}
    return tsp.open_token(der, data, **(usual | changes))


def why(der: bytes, data: bytes = DATA, **changes: Any) -> str:
    with pytest.raises(Untrusted) as caught:
        opened(der, data, **changes)
    assert caught.value.code == "eds-timestamp"
    return str(caught.value.details["why"])


def test_tsp_question_asks_for_sha256_a_nonce_and_the_certificate() -> None:
    asked = asn1_tsp.TimeStampReq.load(tsp.make_request(DATA, NONCE), strict=True).native
    assert asked["version"] == "v1"
    assert asked["message_imprint"]["hash_algorithm"]["algorithm"] == "sha256"
    assert (asked["nonce"], asked["cert_req"]) == (NONCE, True)


def test_tsp_stamp_that_was_granted_is_proved_with_its_moment_and_chain() -> None:
    answer = stamp(tsp.make_request(DATA, NONCE))
    proved = tsp.read_response(answer, DATA, NONCE, anchors=centre().anchors, at=LATER)
    assert proved.moment == LATER.replace(microsecond=0)
    assert proved.chain == (tsa()[1], centre().issuing, centre().root)


def test_tsp_stamp_over_other_data_or_for_another_question_is_refused() -> None:
    assert why(token(DATA), b"other data") == "imprint"
    assert why(token(DATA, nonce=5), nonce=NONCE) == "nonce"
    assert why(token(DATA), nonce=NONCE) == "nonce"


def test_tsp_stamp_by_a_signer_without_the_right_is_refused() -> None:
    assert why(token(DATA, signer=centre().issue(CertificateKind.INDIVIDUAL))) == "eds-purpose"
    assert why(token(DATA, signer=make_centre().issue(CertificateKind.TSA))) == "eds-chain"
    assert why(token(DATA, signer=uncritical())) == "eds-purpose"


def uncritical() -> Any:
    """A certificate whose usage timeStamping is not critical."""
    key = keys.new_ec_key()
    made = centre().certify(key, CertificateKind.TSA)
    builder = x509.CertificateBuilder().subject_name(made.subject).issuer_name(made.issuer)
    builder = builder.serial_number(made.serial_number).public_key(key.public_key())
    builder = builder.not_valid_before(made.not_valid_before_utc).not_valid_after(made.not_valid_after_utc)
    for extension in made.extensions:
        builder = builder.add_extension(extension.value, critical=isinstance(extension.value, x509.KeyUsage))
    return key, builder.sign(centre().issuing_key, hashes.SHA256())


def test_tsp_services_certificate_must_hold_at_the_stamp_and_at_the_check() -> None:
    early = token(DATA, NOW - timedelta(days=1))
    assert why(early) in {"eds-not-yet-valid", "eds-chain"}
    short = centre().issue(CertificateKind.TSA, not_after=LATER + timedelta(days=1))
    assert opened(token(DATA, signer=short))
    assert why(token(DATA, signer=short), at=LATER + timedelta(days=2)) == "eds-expired"


def test_tsp_stamp_of_the_future_is_refused() -> None:
    assert opened(token(DATA, LATER + timedelta(minutes=4)))
    assert why(token(DATA, LATER + timedelta(minutes=6))) == "future"


def test_tsp_bytes_that_are_no_token_are_refused() -> None:
    assert why(token(DATA, version=2)) == "malformed"
    assert why(token(DATA, info=b"\x30\x00")) == "malformed"
    assert why(token(DATA, info=b"garbage")) == "malformed"
    assert why(token(DATA, digest="sha1")) == "eds-algorithm"
    assert why(token(DATA, content_type=signed_data.DATA)) == "eds-malformed"
    assert why(b"garbage") == "eds-malformed"
    assert why(bytes(tsp.MAX_BYTES + 1)) == "eds-malformed"
    assert why(token(DATA)[:-1]) == "eds-malformed"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (bytes.fromhex("3009300702010203020780"), Unavailable, "tsa-refused"),
        (bytes.fromhex("30053003020100"), Malformed, "tsa-malformed"),
        (b"garbage", Malformed, "tsa-malformed"),
        (b"", Malformed, "tsa-malformed"),
        (bytes(tsp.MAX_BYTES + 1), Malformed, "tsa-malformed"),
    ],
    ids=["refused", "without token", "garbage", "empty", "oversized"],
)
def test_tsp_answer_without_a_stamp_is_told_by_its_code(answer: bytes, kind: type[BusError], code: str) -> None:
    with pytest.raises(kind) as caught:
        tsp.read_response(answer, DATA, NONCE, anchors=centre().anchors, at=LATER)
    assert caught.value.code == code
    if code == "tsa-refused":
        assert caught.value.details == {"status": 2, "failure": "80"}


class Told:
    """A revocation source with the answer that a test sets."""

    def __init__(self, found: CertificateRevocation | None) -> None:
        self._found = found

    def certificate_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: Any
    ) -> CertificateStatus:
        return CertificateStatus(StatusOrigin.OCSP, self._found)


def test_tsp_service_given_up_in_good_order_leaves_its_earlier_stamps_alone() -> None:
    """RFC 3161, 4.1: any other reason, or none, invalidates all stamps."""
    made, after = opened(token(DATA)), LATER + timedelta(days=1)
    at = LATER + timedelta(days=2)
    reasons = x509.ReasonFlags
    for reason in (reasons.superseded, reasons.cessation_of_operation, reasons.affiliation_changed):
        tsp.check_stamp_status(made, Told(CertificateRevocation(after, reason)), at)
    for found in (
        CertificateRevocation(after, reasons.key_compromise),
        CertificateRevocation(after, reasons.unspecified),
        CertificateRevocation(LATER - timedelta(days=1), reasons.superseded),
    ):
        with pytest.raises(Untrusted) as caught:
            tsp.check_stamp_status(made, Told(found), at)
        assert caught.value.details["why"] == "eds-revoked"


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("openssl", *command.split()), cwd=folder, capture_output=True, text=True, check=False)


CONFIG = """
[tsa]
default_tsa = own
[own]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 2.999.1
digests = sha256, sha512
ess_cert_id_alg = sha256
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
"""


def test_tsp_token_made_by_openssl_is_believed_and_one_of_ours_by_openssl(tmp_path: Path) -> None:
    key, certificate = tsa()
    files = {
        "question": tsp.make_request(DATA, NONCE),
        "data": DATA,
        "tsa.pem": pem(certificate),
        "tsa.key": keys.to_pem(key),
        "roots.pem": pem(centre().root, centre().issuing),
        "openssl.cnf": CONFIG.encode(),
        "ours": stamp(tsp.make_request(DATA, NONCE)),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    done = run(tmp_path, "ts -reply -config openssl.cnf -queryfile question -out answer")
    assert done.returncode == 0, done.stderr
    at = tsp_moment((tmp_path / "answer").read_bytes())
    answer = (tmp_path / "answer").read_bytes()
    proved = tsp.read_response(answer, DATA, NONCE, anchors=centre().anchors, at=at)
    assert proved.chain[0] == certificate
    moment = int(LATER.timestamp())
    verified = run(tmp_path, f"ts -verify -data data -in ours -CAfile roots.pem -attime {moment}")
    assert verified.returncode == 0, verified.stderr


def tsp_moment(answer: bytes) -> Any:
    """The moment of openssl's token, by openssl's own clock."""
    info = asn1_tsp.TimeStampResp.load(answer)["time_stamp_token"]["content"]["encap_content_info"]["content"]
    return info.parsed["gen_time"].native
