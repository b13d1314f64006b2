"""Chains: which lead to an anchor, which do not, and what the cache of proved chains may return."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Untrusted
from shared.pki.certificates import authority, keys, profile
from shared.pki.certificates.chain import ChainCache, TrustAnchors, verify_chain
from shared.pki.certificates.profile import CertificateKind
from tests.pki.pki_centre import ALGORITHMS, IIN, LATER, NOW, Centre, centre, make_centre, rsa_key, subject

ALMATY = timezone(timedelta(hours=5))


def refusal(
    certificate: x509.Certificate,
    at: datetime = LATER,
    anchors: TrustAnchors | None = None,
    cache: ChainCache | None = None,
) -> Untrusted:
    with pytest.raises(Untrusted) as caught:
        verify_chain(certificate, anchors or centre().anchors, at, cache=cache)
    return caught.value


@pytest.fixture(scope="module")
def stranger() -> Centre:
    """Another centre with equal names."""
    return make_centre()


@pytest.mark.parametrize("kind", CertificateKind)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_chain_of_every_kind_of_certificate_leads_to_the_root(kind: CertificateKind, algorithm: str) -> None:
    made = centre().issue(kind, algorithm)[1]
    chain = verify_chain(made, centre().anchors, LATER)
    assert chain == (made, centre().issuing, centre().root)


def test_certificate_of_another_centre_is_not_trusted(stranger: Centre) -> None:
    made = stranger.issue(CertificateKind.INDIVIDUAL)[1]
    assert made.issuer == centre().issuing.subject
    assert refusal(made).code == "eds-chain"
    assert verify_chain(made, stranger.anchors, LATER)


def test_chain_without_the_authority_between_is_none() -> None:
    made = centre().issue(CertificateKind.INDIVIDUAL)[1]
    assert refusal(made, anchors=TrustAnchors((centre().root,))).code == "eds-chain"
    assert refusal(made, anchors=TrustAnchors(())).code == "eds-chain"


def test_chain_through_an_intermediate_of_another_root_is_not_trusted(stranger: Centre) -> None:
    mixed = TrustAnchors((centre().root,), (stranger.issuing,))
    assert refusal(stranger.issue(CertificateKind.INDIVIDUAL)[1], anchors=mixed).code == "eds-chain"


def test_anchors_that_are_right_are_found_among_several(stranger: Centre) -> None:
    both = TrustAnchors((stranger.root, centre().root), (stranger.issuing, centre().issuing))
    made = centre().issue(CertificateKind.INDIVIDUAL)[1]
    assert verify_chain(made, both, LATER) == (made, centre().issuing, centre().root)


def test_certificate_that_signed_itself_is_not_trusted() -> None:
    key = rsa_key()
    own = authority.make_root(key, NOW)
    forged = authority.issue_certificate(
        key,
        own,
        keys.new_ec_key().public_key(),
        subject(CertificateKind.INDIVIDUAL),
        CertificateKind.INDIVIDUAL,
        NOW,
    )
    assert refusal(own).code == "eds-chain"
    assert refusal(forged).code == "eds-chain"


def test_chain_takes_no_citizen_for_an_authority() -> None:
    key, citizen = centre().issue(CertificateKind.INDIVIDUAL, "rsa")
    assert isinstance(key, rsa.RSAPrivateKey)
    forged = authority.issue_certificate(
        key,
        citizen,
        keys.new_ec_key().public_key(),
        subject(CertificateKind.INDIVIDUAL),
        CertificateKind.INDIVIDUAL,
        NOW,
    )
    with_citizen = TrustAnchors((centre().root,), (centre().issuing, citizen))
    assert refusal(forged, anchors=with_citizen).code == "eds-chain"


def test_chain_takes_no_authority_for_a_signer() -> None:
    assert refusal(centre().issuing).code == "eds-chain"
    assert refusal(centre().root).code == "eds-chain"


def test_certificate_that_was_changed_is_not_trusted() -> None:
    der = centre().issue(CertificateKind.INDIVIDUAL)[1].public_bytes(Encoding.DER)
    changed = x509.load_der_x509_certificate(der.replace(IIN.encode(), b"850101100304"))
    assert refusal(changed).code == "eds-chain"


def leaf(*extensions: tuple[x509.ExtensionType, bool]) -> x509.Certificate:
    """A certificate of the issuing authority with these extensions and no others."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject(CertificateKind.INDIVIDUAL))
        .issuer_name(centre().issuing.subject)
        .public_key(keys.new_ec_key().public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    return builder.sign(centre().issuing_key, hashes.SHA256())


def test_certificate_extension_that_is_unknown_is_refused_only_when_critical() -> None:
    usage = (profile.USAGE_SIGN, True)
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00")
    assert verify_chain(leaf(usage, (unknown, False)), centre().anchors, LATER)
    assert refusal(leaf(usage, (unknown, True))).code == "eds-chain"


def test_certificate_without_key_usage_is_refused() -> None:
    assert refusal(leaf()).code == "eds-chain"


def test_certificate_with_a_weak_key_is_refused_though_its_chain_holds() -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 (the weakness is the subject)
    assert refusal(centre().certify(short, CertificateKind.INDIVIDUAL)).code == "eds-algorithm"


def test_certificate_term_includes_its_first_and_last_second_and_nothing_beyond() -> None:
    made = centre().issue(CertificateKind.INDIVIDUAL)[1]
    begin, end = made.not_valid_before_utc, made.not_valid_after_utc
    second = timedelta(seconds=1)
    for at in (begin, end, begin.astimezone(ALMATY), end.astimezone(ALMATY), NOW):
        assert verify_chain(made, centre().anchors, at)
    for at in (begin - second, (begin - second).astimezone(ALMATY)):
        error = refusal(made, at)
        assert (error.code, error.details) == ("eds-not-yet-valid", {"valid_from": begin.isoformat()})
    for at in (end + second, end + timedelta(microseconds=1), (end + second).astimezone(ALMATY)):
        error = refusal(made, at)
        assert (error.code, error.details) == ("eds-expired", {"valid_until": end.isoformat()})


def test_certificate_that_is_untrusted_stays_so_whatever_its_term(stranger: Centre) -> None:
    made = stranger.issue(CertificateKind.INDIVIDUAL)[1]
    for at in (NOW - timedelta(days=1), LATER, NOW + timedelta(days=400)):
        assert refusal(made, at).code == "eds-chain"


def test_chain_is_broken_by_an_authority_out_of_its_term() -> None:
    end = centre().issuing.not_valid_after_utc
    made = centre().issue(CertificateKind.INDIVIDUAL, not_after=end + timedelta(days=9))[1]
    assert verify_chain(made, centre().anchors, end)
    assert refusal(made, end + timedelta(days=1)).code == "eds-chain"


def test_chain_refusal_does_not_tell_whose_certificate_was_refused(stranger: Centre) -> None:
    error = refusal(stranger.issue(CertificateKind.INDIVIDUAL)[1])
    assert IIN not in f"{error} {error.details!r} {error.__cause__!r}"
    assert error.__suppress_context__


def test_chain_memory_tells_a_proved_chain_again() -> None:
    memory, anchors = ChainCache(), centre().anchors
    made = centre().issue(CertificateKind.INDIVIDUAL)[1]
    first = verify_chain(made, anchors, LATER, cache=memory)
    assert len(memory) == 1
    assert verify_chain(made, anchors, LATER, cache=memory) is first


def test_chain_memory_never_changes_an_answer(stranger: Centre) -> None:
    memory, anchors = ChainCache(), centre().anchors
    end = centre().issuing.not_valid_after_utc
    long_lived = centre().issue(CertificateKind.INDIVIDUAL, not_after=end + timedelta(days=9))[1]
    made = centre().issue(CertificateKind.INDIVIDUAL)[1]
    for certificate in (made, long_lived):
        verify_chain(certificate, anchors, LATER, cache=memory)
    assert refusal(made, NOW - timedelta(days=1), anchors, memory).code == "eds-not-yet-valid"
    assert refusal(made, NOW + timedelta(days=400), anchors, memory).code == "eds-expired"
    assert refusal(long_lived, end + timedelta(days=1), anchors, memory).code == "eds-chain"
    assert refusal(made, LATER, stranger.anchors, memory).code == "eds-chain"
    assert verify_chain(made, anchors, LATER, cache=memory)


def test_chain_memory_does_not_keep_a_refused_certificate(stranger: Centre) -> None:
    memory = ChainCache()
    refusal(stranger.issue(CertificateKind.INDIVIDUAL)[1], cache=memory)
    assert len(memory) == 0


def test_chain_memory_is_bounded_and_forgets_what_was_not_asked_for_longest() -> None:
    memory, anchors = ChainCache(limit=2), centre().anchors
    one, two, three = (centre().issue(CertificateKind.INDIVIDUAL)[1] for _ in range(3))
    for certificate in (one, two, one, three):
        verify_chain(certificate, anchors, LATER, cache=memory)
    kept = [
        memory.find_chain(each.fingerprint(hashes.SHA256()), anchors, LATER) is not None
        for each in (one, two, three)
    ]
    assert kept == [True, False, True]


def test_chain_memory_serves_several_threads() -> None:
    memory, anchors = ChainCache(limit=3), centre().anchors
    certificates = [centre().issue(CertificateKind.INDIVIDUAL)[1] for _ in range(6)]

    def prove(index: int) -> bool:
        certificate = certificates[index % 6]
        return verify_chain(certificate, anchors, LATER, cache=memory)[0] == certificate

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(prove, range(300)))
    assert len(memory) == 3
