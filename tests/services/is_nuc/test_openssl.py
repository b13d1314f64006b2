"""НУЦ's certificates, lists and answers, read by the real openssl over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509

from shared.contracts.identifiers import make_bin
from shared.pki.cms import signed_data
from tests.journeys.kit import LIVING, RunningCountry, running
from tests.services.is_nuc.outsiders import Outsider, der, operator_headers, person

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as made:
        yield made


@pytest.fixture
def outsider(nuc: RunningCountry, tmp_path: Path) -> Outsider:
    return Outsider(nuc, tmp_path)


async def test_crl_holds_a_revocation_and_a_delta_brings_that_to_an_older_list(
    nuc: RunningCountry, outsider: Outsider
) -> None:
    good, bad = await person(nuc), await person(nuc)
    await outsider.fetch("/crl", "old.crl")
    await nuc.revoke(bad.certificate)
    await outsider.fetch("/crl", "new.crl")
    await outsider.fetch("/crl/delta", "delta.crl")
    for name, certified in (("good", good), ("bad", bad)):
        outsider.keep(f"{name}.pem", certified.certificate)
    check = "verify -x509_strict -crl_check -extended_crl -CAfile anchors.pem"
    assert await outsider.says(f"{check} -CRLfile new.crl good.pem") == "good.pem: OK\n"
    assert "certificate revoked" in await outsider.refuses(f"{check} -CRLfile new.crl bad.pem")
    assert await outsider.says(f"{check} -CRLfile old.crl bad.pem") == "bad.pem: OK\n"
    both = f"{check} -use_deltas -CRLfile old.crl -CRLfile delta.crl"
    assert "certificate revoked" in await outsider.refuses(f"{both} bad.pem")
    assert await outsider.says(f"{both} good.pem") == "good.pem: OK\n"


async def test_crl_is_fetched_by_openssl_from_where_the_certificates_point(
    nuc: RunningCountry, outsider: Outsider
) -> None:
    good, bad = await person(nuc), await person(nuc)
    await nuc.revoke(bad.certificate)
    outsider.keep("good.pem", good.certificate)
    outsider.keep("bad.pem", bad.certificate)
    await outsider.fetch("/root.crl", "root.der")
    await outsider.says("crl -inform DER -in root.der -out root.crl")  # openssl asks about the root itself as well
    check = "verify -crl_check_all -crl_download -CRLfile root.crl -CAfile root.pem -untrusted issuing.pem"
    assert await outsider.says(f"{check} good.pem") == "good.pem: OK\n"
    assert "certificate revoked" in await outsider.refuses(f"{check} bad.pem")


async def test_delta_crl_names_its_base_and_has_a_number_of_the_same_row(
    nuc: RunningCountry, outsider: Outsider
) -> None:
    await nuc.revoke((await person(nuc)).certificate)
    for name in ("crl", "crl/delta"):
        await outsider.fetch(f"/{name}", f"{name.replace('/', '-')}.der")
    told = await outsider.says("crl -inform DER -in crl-delta.der -noout -text")
    assert "X509v3 Delta CRL Indicator: critical" in told
    full, delta = (
        x509.load_der_x509_crl((outsider.folder / f"{one}.der").read_bytes()) for one in ("crl", "crl-delta")
    )
    numbers = [one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for one in (full, delta)]
    base = delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number
    assert numbers[0] == numbers[1] > base


@pytest.mark.parametrize("nonce", ["-nonce", "-no_nonce"])
async def test_ocsp_says_good_revoked_and_unknown(nuc: RunningCountry, outsider: Outsider, nonce: str) -> None:
    good, bad = await person(nuc), await person(nuc)
    await nuc.revoke(bad.certificate)
    outsider.keep("good.pem", good.certificate)
    outsider.keep("bad.pem", bad.certificate)
    ask = f"ocsp -issuer issuing.pem -CAfile anchors.pem -url {outsider.url}/ocsp {nonce}"
    told = await outsider.says(f"{ask} -cert good.pem")
    assert "Response verify OK" in told
    assert "good.pem: good" in told
    assert "WARNING" not in told, "openssl warns when its nonce is not repeated"
    told = await outsider.says(f"{ask} -cert bad.pem -serial 0x1234")
    assert "Response verify OK" in told
    assert "bad.pem: revoked" in told
    assert "Reason: keyCompromise" in told
    assert "0x1234: unknown" in told


async def test_ocsp_knows_the_digests_of_the_sha_2_family(nuc: RunningCountry, outsider: Outsider) -> None:
    outsider.keep("good.pem", (await person(nuc)).certificate)
    for digest in ("sha1", "sha256", "sha384", "sha512"):
        ask = f"ocsp -issuer issuing.pem -CAfile anchors.pem -url {outsider.url}/ocsp -{digest} -cert good.pem"
        assert "good.pem: good" in await outsider.says(ask)


async def test_ocsp_is_asked_by_get_as_well(nuc: RunningCountry, outsider: Outsider) -> None:
    outsider.keep("good.pem", (await person(nuc)).certificate)
    await outsider.says("ocsp -issuer issuing.pem -cert good.pem -no_nonce -reqout request.der")
    await outsider.says("base64 -e -A -in request.der -out request.txt")
    text = (outsider.folder / "request.txt").read_text().strip()
    await outsider.fetch(f"/ocsp/{text.replace('/', '%2F').replace('+', '%2B').replace('=', '%3D')}", "answer.der")
    told = await outsider.says(
        "ocsp -issuer issuing.pem -cert good.pem -CAfile anchors.pem -respin answer.der -no_nonce"
    )
    assert "good.pem: good" in told


async def test_ocsp_does_not_answer_for_another_issuers_certificate(
    nuc: RunningCountry, outsider: Outsider
) -> None:
    outsider.keep("good.pem", (await person(nuc)).certificate)
    told = await outsider.refuses(
        f"ocsp -issuer root.pem -cert issuing.pem -url {outsider.url}/ocsp -CAfile root.pem"
    )
    assert "Responder Error: unauthorized (6)" in told


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
async def test_tsp_stamp_is_verified_with_the_chain_that_comes_along(
    nuc: RunningCountry, outsider: Outsider, digest: str
) -> None:
    outsider.keep("data", b"the document")
    await outsider.says(f"ts -query -data data -{digest} -cert -out query.tsq")
    await stamped(nuc, outsider)
    told = await outsider.says("ts -reply -in reply.tsr -text")
    assert "Status: Granted." in told
    assert "Policy OID: 2.999.398.6.1" in told
    assert "Accuracy: 0x01 seconds" in told
    verify = "ts -verify -in reply.tsr -CAfile root.pem -untrusted issuing.pem"
    assert "Verification: OK" in await outsider.says(f"{verify} -queryfile query.tsq")
    assert "Verification: OK" in await outsider.says(f"{verify} -data data")
    outsider.keep("data", b"another document")
    assert "Verification: FAILED" in await outsider.refuses(f"{verify} -data data")


async def test_tsp_token_holds_no_certificate_without_certreq(nuc: RunningCountry, outsider: Outsider) -> None:
    outsider.keep("data", b"the document")
    await outsider.says("ts -query -data data -sha256 -no_nonce -out query.tsq")
    await stamped(nuc, outsider)
    verify = "ts -verify -in reply.tsr -queryfile query.tsq -CAfile root.pem"
    assert "Verification: FAILED" in await outsider.refuses(f"{verify} -untrusted issuing.pem")
    tsa = (nuc.folder / "is_nuc" / "tsa.crt").read_bytes()
    outsider.keep("both.pem", (outsider.folder / "issuing.pem").read_bytes() + tsa)
    assert "Verification: OK" in await outsider.says(f"{verify} -untrusted both.pem")


@pytest.mark.parametrize(
    ("query", "failure"),
    [
        ("-sha1", "unrecognized or unsupported algorithm identifier"),
        ("-md5", "unrecognized or unsupported algorithm identifier"),
        ("-sha256 -tspolicy 1.2.3.4", "the requested TSA policy is not supported by the TSA"),
    ],
)
async def test_tsp_query_that_is_not_stamped_is_refused_with_the_reason(
    nuc: RunningCountry, outsider: Outsider, query: str, failure: str
) -> None:
    outsider.keep("data", b"the document")
    await outsider.says(f"ts -query -data data {query} -out query.tsq")
    await stamped(nuc, outsider)
    told = await outsider.says("ts -reply -in reply.tsr -text")
    assert "Status: Rejected." in told
    assert failure in told


async def stamped(nuc: RunningCountry, outsider: Outsider) -> None:
    query = (outsider.folder / "query.tsq").read_bytes()
    headers = {"Content-Type": "application/timestamp-query"}
    answer = await nuc.answer("is_nuc", "POST", "/tsp", content=query, headers=headers)
    assert answer.headers["content-type"] == "application/timestamp-reply"
    outsider.keep("reply.tsr", answer.content)


async def test_cms_document_is_verified_with_its_chain_and_the_crl(
    nuc: RunningCountry, outsider: Outsider
) -> None:
    signer, former = await person(nuc), await person(nuc)
    await nuc.revoke(former.certificate)
    now = datetime.now(UTC)  # noqa: TID251 - a citizen looks at his own clock
    for name, one in (("good", signer), ("bad", former)):
        outsider.keep(f"{name}.p7", signed_data.sign(b"the document", one.key, one.certificate, at=now))
    await outsider.fetch("/crl", "crl.der")
    await outsider.says("crl -inform DER -in crl.der -out crl.pem")
    outsider.keep("trust.pem", nuc.anchors() + (outsider.folder / "crl.pem").read_bytes())
    verify = "cms -verify -inform DER -crl_check -CAfile trust.pem"
    assert "the document" in await outsider.says(f"{verify} -in good.p7")
    assert "certificate revoked" in await outsider.refuses(f"{verify} -in bad.p7")


@pytest.mark.parametrize(("usage", "key"), [("sign", "rsa"), ("auth", "rsa"), ("sign", "ec")])
async def test_pkcs12_opens_with_its_password_and_holds_the_chain(
    nuc: RunningCountry, outsider: Outsider, usage: str, key: str
) -> None:
    body = {"iin": LIVING[-1].iin, "password": "pass-word", "usage": usage, "key": key}
    answer = await nuc.answer("is_nuc", "POST", "/api/v1/containers/people", json=body)
    assert answer.headers["content-type"] == "application/x-pkcs12"
    outsider.keep("key.p12", answer.content)
    told = await outsider.says("pkcs12 -info -in key.p12 -passin pass:pass-word -nodes")
    assert "MAC: sha256" in told
    assert "PBES2, PBKDF2, AES-256-CBC" in told
    assert told.count("BEGIN CERTIFICATE") == 3
    assert told.count("BEGIN PRIVATE KEY") == 1
    assert "invalid password" in await outsider.refuses("pkcs12 -in key.p12 -passin pass:wrong -nodes")
    await outsider.says("pkcs12 -in key.p12 -passin pass:pass-word -nodes -clcerts -out own.pem")
    assert await outsider.says("verify -CAfile anchors.pem own.pem") == "own.pem: OK\n"


async def test_pem_container_signs_what_openssl_verifies(nuc: RunningCountry, outsider: Outsider) -> None:
    body = {
        "iin": LIVING[-2].iin,
        "password": "pass-word",
        "form": "pem",
        "organisation": "ТОО «Пример»",
        "bin": make_bin(2005, 3, serial=1),
        "role": "first-head",
    }
    answer = await nuc.answer(
        "is_nuc", "POST", "/api/v1/containers/employees", json=body, headers=operator_headers(nuc)
    )
    assert answer.status_code == 201, answer.text
    outsider.keep("head.pem", answer.content)
    outsider.keep("text", b"an order")
    await outsider.says(
        "cms -sign -in text -signer head.pem -passin pass:pass-word -outform DER -out text.p7 -nodetach"
    )
    assert "an order" in await outsider.says("cms -verify -inform DER -in text.p7 -CAfile anchors.pem")
    assert "1.2.398.3.3.4.1.2.1" in await outsider.says("x509 -in head.pem -noout -ext extendedKeyUsage")


async def test_certificate_text_shows_the_profile_of_nuc(nuc: RunningCountry, outsider: Outsider) -> None:
    someone = LIVING[-3]
    body = {"iin": someone.iin, "password": "p", "form": "pem"}
    answer = await nuc.answer("is_nuc", "POST", "/api/v1/containers/people", json=body)
    outsider.keep("own.pem", answer.content)
    told = await outsider.says("x509 -in own.pem -noout -text -nameopt utf8,sep_comma_plus,dn_rev")
    named = f"\n{' ' * 16}Full Name:\n{' ' * 18}URI:"
    for expected in (
        "Version: 3 (0x2)",
        "Signature Algorithm: sha256WithRSAEncryption",
        "Public-Key: (2048 bit)",
        f"CN={someone.surname} {someone.name}".upper(),
        f"SN={someone.surname}".upper(),
        f"serialNumber=IIN{someone.iin}",
        "C=KZ",
        f"GN={someone.patronymic}".upper(),
        "O=egov-bus,CN=ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA)",
        "E-mail Protection, 1.2.398.3.3.4.1.1, 1.2.398.3.3.4.3.1",
        "Policy: 1.2.398.3.3.2.3",
        "Digital Signature, Non Repudiation",
        f"OCSP - URI:{outsider.url}/ocsp",
        f"CA Issuers - URI:{outsider.url}/issuing.crt",
        f"X509v3 CRL Distribution Points: {named}{outsider.url}/crl\n",
        f"X509v3 Freshest CRL: {named}{outsider.url}/crl/delta\n",
        "X509v3 Authority Key Identifier",
    ):
        assert expected in told, (expected, told)
    serial = int((await outsider.says("x509 -in own.pem -noout -serial")).removeprefix("serial=").strip(), 16)
    key_id = (await outsider.says("x509 -in own.pem -noout -ext subjectKeyIdentifier")).split()[-1]
    assert serial == int(key_id.replace(":", ""), 16) % 2**159


async def test_authorities_are_where_the_certificates_say(nuc: RunningCountry, outsider: Outsider) -> None:
    for path, name in (("/issuing.crt", "issuing"), ("/root.crt", "root")):
        await outsider.fetch(path, "fetched.der")
        await outsider.says("x509 -inform DER -in fetched.der -out fetched.pem")
        fetched = x509.load_pem_x509_certificate((outsider.folder / "fetched.pem").read_bytes())
        own = x509.load_pem_x509_certificate((nuc.folder / "is_nuc" / f"{name}.crt").read_bytes())
        assert der(fetched) == der(own)
    told = await outsider.says("x509 -in issuing.pem -noout -text")
    assert f"URI:{outsider.url}/root.crl" in told
    assert f"CA Issuers - URI:{outsider.url}/root.crt" in told
