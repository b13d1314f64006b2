"""A НУЦ whose answers the test changes, and a client of this НУЦ whose clock the test moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.pki.client.nuc import CertificationCentre
from tests.pki.nuc_server import Nuc, Stopwatch, serving
from tests.pki.pki_centre import centre


@pytest.fixture
def nuc() -> Iterator[Nuc]:
    with serving() as made:
        yield made


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def client(nuc: Nuc, watch: Stopwatch) -> Iterator[CertificationCentre]:
    made = CertificationCentre(nuc.url, centre().anchors, seconds=watch)
    yield made
    made.close()
