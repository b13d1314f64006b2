"""The proof of a citizen's identity: the portal's challenge, signed with the citizen's ЭЦП."""

from __future__ import annotations

from services.portal_pep.storage import CHALLENGES
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.documents import ProofPurpose, read_identity_proof
from shared.people import challenges
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre


async def check_proof(runtime: Runtime, iin: str, purpose: ProofPurpose, signed_document: bytes) -> None:
    """Check that this citizen signed a challenge of the portal for this purpose, and use the challenge up.

    The codes of «условие 2» (``eds-…``); Malformed ``document-malformed``, Refused ``challenge-unknown``.
    """
    centre = runtime.resource(CertificationCentre)
    checked = await runtime.compute(
        lambda: centre.check_document(
            signed_document, at=runtime.now, expected_iin=iin, purpose=SignaturePurpose.APPLICANT
        )
    )
    proof = read_identity_proof(checked.content)
    await runtime.write(
        lambda uow: challenges.use_challenge(uow.session, CHALLENGES, proof.challenge, iin, purpose, uow.now)
    )
