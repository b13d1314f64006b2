"""/pkcs12/*, /x509/*: the description of a certificate, field by field, and bare signatures against openssl."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc.ncanode.information import describe_certificate, distinguished_name
from shared.contracts.identifiers import make_bin
from shared.pki.certificates import profile
from shared.pki.certificates.profile import CertificateKind
from tests.pki.pki_centre import BIN, IIN, centre, new_key
from tests.services.is_nuc.ncanode.ncanode_kit import PASSWORD, Signing, b64, signing, store

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

INFO = {
    "valid",
    "revocations",
    "notBefore",
    "notAfter",
    "keyUsage",
    "serialNumber",
    "signAlg",
    "keyUser",
    "publicKey",
    "signature",
    "subject",
    "issuer",
}
TEXT = "мәтін\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signing]:
    async with signing(tmp_path_factory.mktemp("certificates")) as made:
        yield made


async def contained(server: Signing, usage: str = "sign", **employer: str) -> dict[str, str]:
    """A signer whose key store НУЦ made."""
    person = server.country.stranger()
    body = {"iin": person.iin, "password": PASSWORD, "usage": usage, "key": "ec", **employer}
    kind = "employees" if employer else "people"
    operator = server.country.operator("is_nuc")
    made = await operator.call("POST", f"/api/v1/containers/{kind}", json=body)
    return {"key": b64(made.content), "password": PASSWORD}


async def test_ncanode_tells_a_key_with_exactly_the_fields_of_the_contract(server: Signing) -> None:
    told = await server.ask("/pkcs12/info", keys=server.signers(), revocationCheck=["OCSP", "CRL"])
    (info,) = told["signers"]
    one = server.people[0]
    assert set(told) == {"status", "message", "valid", "signers"}
    assert set(info) == INFO
    assert all(set(each) == {"revoked", "by", "revocationTime", "reason"} for each in info["revocations"])
    assert set(info["subject"]) == {"commonName", "lastName", "surName", "gender", "iin", "country", "dn"}
    assert (info["subject"]["iin"], info["subject"]["country"]) == (one.iin, "KZ")
    assert (info["keyUsage"], info["keyUser"]) == ("SIGN", ["INDIVIDUAL", "IDENTIFICATION_CON"])
    assert info["signAlg"] == "SHA256WithRSAEncryption"
    assert int(info["serialNumber"], 16) == one.certificate.serial_number
    assert base64.b64decode(info["signature"]) == one.certificate.signature
    assert info["notAfter"] == one.certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%S.000+00:00")


async def test_ncanode_tells_roles_and_usages_in_its_words(server: Signing) -> None:
    employer = {"organisation": 'ТОО "Рога, копыта"', "bin": make_bin(1999, 1, serial=1) or ""}
    cases: list[tuple[dict[str, str], str, list[str]]] = [
        (await contained(server, "auth"), "AUTH", ["INDIVIDUAL", "IDENTIFICATION_CON"]),
        (await contained(server, role="first-head", **employer), "SIGN", ["ORGANIZATION", "CEO"]),
        (await contained(server, role="employee", **employer), "SIGN", ["ORGANIZATION", "EMPLOYEE"]),
    ]
    told = await server.ask("/pkcs12/info", keys=[signer for signer, _, _ in cases])
    for info, (_, usage, users) in zip(told["signers"], cases, strict=True):
        assert (info["valid"], info["keyUsage"], info["keyUser"]) == (True, usage, users)
    subject = told["signers"][1]["subject"]
    assert (subject["organization"], subject["bin"]) == (employer["organisation"], employer["bin"])
    assert ', O="ТОО \\"Рога, копыта\\"", ' in subject["dn"]


async def test_ncanode_writes_the_distinguished_name_as_java_does() -> None:
    name = profile.employee_subject(IIN, "Ахметова", "Айгүл", "Қызы", organisation='ТОО "А, Б"', bin_=BIN)
    assert distinguished_name(name).split(", ") == [
        "GIVENNAME=ҚЫЗЫ",
        f"OU=BIN{BIN}",
        'O="ТОО \\"А',
        'Б\\""',
        "C=KZ",
        f"SERIALNUMBER=IIN{IIN}",
        "SURNAME=АХМЕТОВА",
        "CN=АХМЕТОВА АЙГҮЛ",
    ]


async def test_ncanode_tells_a_system_with_the_number_of_its_organisation_and_no_iin() -> None:
    _, certificate = centre().issue(CertificateKind.SYSTEM)
    subject = describe_certificate(certificate, [], is_valid=True).model_dump(by_alias=True)["subject"]
    assert subject["bin"] == BIN
    assert {"iin", "gender", "lastName"}.isdisjoint(subject)


async def test_ncanode_lists_aliases_for_each_key_store(server: Signing) -> None:
    first = {"key": b64(store(server.people[0], "біріншісі")), "password": PASSWORD}
    second = await contained(server)
    told = await server.ask("/pkcs12/aliases", keys=[first, second])
    assert told["aliases"][0] == ["біріншісі"]
    assert len(bytes.fromhex(told["aliases"][1][0])) == 20, (
        "the counter names a key by its identifier, as НУЦ does"
    )
    said = await server.refused("/pkcs12/aliases", keys=[first, {**second, "password": "wrong"}])
    assert said == "signers[1]: Key reading error: Password incorrect."


async def test_ncanode_reads_certificates_in_every_form_and_the_unreadable_is_null(server: Signing) -> None:
    certificate = server.people[0].certificate
    pem, der = certificate.public_bytes(Encoding.PEM), certificate.public_bytes(Encoding.DER)
    told = await server.ask("/x509/info", certs=[b64(pem), b64(der), pem.decode()], revocationCheck=["OCSP"])
    assert told["valid"] is True
    assert len({str(one) for one in told["signers"]}) == 1
    status, told = await server.answer("/x509/info", {"certs": [b64(der), "AAAA"]})
    assert (status, told["valid"], told["signers"][1]) == (200, False, None)
    assert told["message"] == "[1]: Invalid certificate given."
    assert (await server.ask("/x509/info", certs=[]))["valid"] is False


async def test_ncanode_tells_a_certificate_of_another_centre_as_not_valid(server: Signing) -> None:
    _, foreign = centre().issue(CertificateKind.INDIVIDUAL)
    told = await server.ask(
        "/x509/info", certs=[b64(foreign.public_bytes(Encoding.DER))], revocationCheck=["OCSP"]
    )
    (info,) = told["signers"]
    assert (told["valid"], info["valid"], info["subject"]["iin"]) == (False, False, IIN)
    assert [(one["revoked"], one["reason"]) for one in info["revocations"]] == [(False, "Unknown status")]


async def test_ncanode_takes_authorities_for_nobodys_signers(server: Signing) -> None:
    pems = (await server.country.answer("is_nuc", "GET", "/api/v1/authorities")).json()
    told = await server.ask("/x509/info", certs=[b64(pem.encode()) for pem in pems.values()])
    assert [one["valid"] for one in told["signers"]] == [False, False]


async def test_ncanode_bare_signature_agrees_with_openssl_in_both_directions(server: Signing) -> None:
    server.write("text.txt", TEXT.encode())
    for number in (0, 1):
        made = await server.ask("/x509/sign", data=TEXT, signer=server.signers(number)[0])
        server.write("text.sig", base64.b64decode(made["signature"]))
        assert server.openssl(f"x509 -in {number}.crt -pubkey -noout -out {number}.pub").returncode == 0
        verified = server.openssl(f"dgst -sha256 -verify {number}.pub -signature text.sig text.txt")
        assert verified.stdout == "Verified OK\n"
        server.openssl(f"dgst -sha256 -sign {number}.key -out own.sig text.txt")
        certificate, signature = made["certificate"], b64(server.read("own.sig"))
        told = await server.ask("/x509/verify", certificate=certificate, signature=signature, data=TEXT)
        assert (told["valid"], told["signers"][0]["valid"]) == (True, True)
        told = await server.ask("/x509/verify", certificate=certificate, signature=signature, data=TEXT + "!")
        assert (told["valid"], told["signers"][0]["valid"]) == (False, True)


def odd_certificates() -> dict[str, x509.Certificate]:
    """Unusual certificates: without extensions, without names."""
    subject, made = x509.Name([]), {}
    for name in ("ec", "rsa"):
        key = new_key(name)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
        builder = builder.public_key(key.public_key())
        builder = builder.not_valid_before(centre().root.not_valid_before_utc)
        made[name] = builder.not_valid_after(centre().root.not_valid_after_utc).sign(key, hashes.SHA256())
    return made


async def test_ncanode_tells_a_certificate_that_says_nothing_without_a_fault(server: Signing) -> None:
    for certificate in odd_certificates().values():
        told = await server.ask("/x509/info", certs=[b64(certificate.public_bytes(Encoding.DER))])
        (info,) = told["signers"]
        assert (info["valid"], info["keyUsage"], info["keyUser"]) == (False, "UNKNOWN", [])
        assert info["subject"] == {"dn": ""}
        assert base64.b64decode(info["publicKey"])
