"""The portal's storage of evidence, gathered or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.portal_pep.evidence import FIRST_PAUSE, LONGEST_PAUSE, collect_evidence
from services.portal_pep.storage import EvidenceRow
from shared.pki.certificates.profile import CertificateKind
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from tests.pki.nuc_server import Nuc, serving
from tests.pki.pki_centre import LATER, NOW, centre

MACHINE = datetime(2031, 5, 1, tzinfo=UTC)
"""The machine's time, by which attempts are repeated; the bus's is another."""


@pytest.fixture
def nuc() -> Iterator[Nuc]:
    with serving() as made:
        yield made


@pytest.fixture
def client(nuc: Nuc) -> Iterator[CertificationCentre]:
    made = CertificationCentre(nuc.url, centre().anchors)
    yield made
    made.close()


def due(count: int, attempts: int = 0) -> list[tuple[EvidenceRow, bytes]]:
    der = signed_data.sign(b"content", *centre().issue(CertificateKind.INDIVIDUAL), at=NOW)
    rows = [EvidenceRow(case_id=str(n), kind="result", due_at=NOW, attempts=attempts) for n in range(count)]
    return [(row, der) for row in rows]


def test_evidence_is_a_stamp_and_the_answer_of_the_check_for_one_question_each(
    nuc: Nuc, client: CertificationCentre
) -> None:
    rows = collect_evidence(client, due(3), LATER, MACHINE)
    assert [row["case_id"] for row in rows] == ["0", "1", "2"]
    assert all(row["token"] and row["answer"] and row["stamped_at"] for row in rows)
    assert all("due_at" not in row for row in rows), "it is not due any more"
    assert nuc.asked == {"/tsp": 3, "/ocsp": 1}, "the answer about the signer is remembered"


def test_evidence_of_the_others_is_put_off_unasked_once_the_service_is_away(
    nuc: Nuc, client: CertificationCentre
) -> None:
    nuc.says("/tsp", b"", 503)
    rows = collect_evidence(client, due(5), LATER, MACHINE)
    assert {row["code"] for row in rows} == {"tsa-silent"}
    assert {row["due_at"] for row in rows} == {MACHINE + FIRST_PAUSE}
    assert nuc.asked == {"/tsp": 1}


def test_evidence_pause_grows_to_an_hour(nuc: Nuc, client: CertificationCentre) -> None:
    nuc.says("/tsp", b"", 503)
    for attempts, pause in ((1, 2 * FIRST_PAUSE), (3, 8 * FIRST_PAUSE), (1000, LONGEST_PAUSE)):
        (row,) = collect_evidence(client, due(1, attempts), LATER, MACHINE + timedelta(minutes=attempts))
        assert row["due_at"] == MACHINE + timedelta(minutes=attempts) + pause
        assert row["attempts"] == attempts + 1


def test_evidence_is_not_delayed_by_another_document_that_cannot_be_read(
    nuc: Nuc, client: CertificationCentre
) -> None:
    (row, _), other = due(1)[0], due(2)[1]
    rows = collect_evidence(client, [(row, b"garbage"), other], LATER, MACHINE)
    assert rows[0]["code"] == "eds-malformed"
    assert rows[1]["token"]
    assert nuc.asked["/tsp"] == 1
