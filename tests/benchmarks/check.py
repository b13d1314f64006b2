"""The cost of «условие 2»: ``python -m tests.benchmarks.check`` prints microseconds for a check and its parts.

A document of 2 kB is signed with an RSA-2048 certificate; chain and OCSP answer are cached, as for a citizen's
second document within an hour.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable

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


def figures(algorithm: str) -> dict[str, float]:
    """The times of opening the CMS, of the whole check, and of the check of a long-term document, for one kind of
    key.
    """
    signer = centre().issue(CertificateKind.INDIVIDUAL, algorithm)
    der = signed_data.sign(b"x" * SIZE, *signer, at=NOW)
    with serving() as nuc:
        client = CertificationCentre(nuc.url, centre().anchors)

        def check() -> object:
            return client.check_document(der, at=LATER, expected_iin=IIN, purpose=SignaturePurpose.PERSON)

        kept = client.collect_evidence(der, LATER)
        provable = embed_evidence(der, kept)
        told = {
            "open": microseconds(lambda: signed_data.open_signed(der)),
            "check": microseconds(check),
            "check with a time-stamp": microseconds(
                lambda: client.check_document(
                    provable, at=LATER, expected_iin=IIN, purpose=SignaturePurpose.PERSON
                )
            ),
            "check offline": microseconds(
                lambda: check_evidence(
                    provable, SignerExpectation(SignaturePurpose.PERSON, IIN), anchors=centre().anchors, at=LATER
                )
            ),
            "evidence with a server": microseconds(lambda: client.collect_evidence(der, LATER), 50),
        }
        asked = nuc.asked["/ocsp"]
        client.close()
    assert asked == 2, "one question about the signer, one about the time-stamping service"
    return told


def main() -> None:
    """Print a line for each kind of key and each figure."""
    for algorithm in ALGORITHMS:
        for name, value in figures(algorithm).items():
            print(f"{algorithm:4} {name:26} {value:8.0f} µs")


if __name__ == "__main__":
    main()
