"""The cost of «условие 2»: ``python -m tests.benchmarks.check`` prints microseconds for a check and its parts.

A document of 2 kB is signed with an RSA-2048 certificate; chain and OCSP answer are cached, as for a citizen's
second document within an hour.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.pki.verification.check import SignerExpectation
from shared.pki.verification.evidence import check_evidence, embed_evidence
from tests.pki.nuc_server import serving
from tests.pki.pki_centre import ALGORITHMS, IIN, LATER, NOW, centre

GOAL = 1_000
SIZE = 2048


def microseconds(act: Callable[[], object], count: int = 400) -> float:
    """The best of five rounds, in microseconds per call: other load on the machine only adds time."""
    act()
    return min(timeit.repeat(act, number=count, repeat=5)) / count * 1e6


@dataclass(frozen=True)
class SignedSample:
    """A document signed with one kind of key, and a client of НУЦ that remembers НУЦ's answers."""

    der: bytes
    client: CertificationCentre

    def check(self) -> object:
        return self.check_other(self.der)

    def check_other(self, der: bytes) -> object:
        """The whole check of another form of the document."""
        return self.client.check_document(der, at=LATER, expected_iin=IIN, purpose=SignaturePurpose.PERSON)


@contextmanager
def signed_sample(algorithm: str) -> Iterator[SignedSample]:
    """A sample for the block; the sample asks НУЦ at most about the signer and the time-stamping service."""
    signer = centre().issue(CertificateKind.INDIVIDUAL, algorithm)
    with serving() as nuc:
        sample = SignedSample(
            signed_data.sign(b"x" * SIZE, *signer, at=NOW), CertificationCentre(nuc.url, centre().anchors)
        )
        yield sample
        asked = nuc.asked["/ocsp"]
        sample.client.close()
    assert asked <= 2, "one question about the signer, one about the time-stamping service"


def check_figures(sample: SignedSample, count: int = 400) -> dict[str, float]:
    """The times of opening the CMS and of the whole check."""
    return {
        "open": microseconds(lambda: signed_data.open_signed(sample.der), count),
        "check": microseconds(sample.check, count),
    }


def evidence_figures(sample: SignedSample) -> dict[str, float]:
    """The times of the check of a long-term document, and of the gathering of its evidence."""
    der, client = sample.der, sample.client
    kept = client.collect_evidence(der, LATER)
    provable = embed_evidence(der, kept)
    expected = SignerExpectation(SignaturePurpose.PERSON, IIN)
    return {
        "check with a time-stamp": microseconds(lambda: sample.check_other(provable)),
        "check offline": microseconds(
            lambda: check_evidence(provable, expected, anchors=centre().anchors, at=LATER)
        ),
        "evidence with a server": microseconds(lambda: client.collect_evidence(der, LATER), 50),
    }


def main() -> None:
    """Print a line for each kind of key and each figure."""
    for algorithm in ALGORITHMS:
        with signed_sample(algorithm) as sample:
            for name, value in {**check_figures(sample), **evidence_figures(sample)}.items():
                print(f"{algorithm:4} {name:26} {value:8.0f} µs")


if __name__ == "__main__":
    main()
