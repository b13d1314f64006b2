"""/cms/*: several signers, time-stamps, and openssl on the other side."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from asn1crypto import cms as asn1

from shared.client import CertifiedPerson
from shared.pki.cms import signed_data
from shared.pki.faults import MAGIC_SUBJECTS, PkiFault
from tests.services.is_nuc.ncanode.ncanode_kit import DATA, Signing, b64, signing, store

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signing]:
    async with signing(tmp_path_factory.mktemp("cms")) as made:
        yield made


async def test_ncanode_cms_lists_every_signer_and_openssl_believes_all_of_them(server: Signing) -> None:
    made = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers(0, 1))
    told = await server.ask("/cms/verify", cms=made["cms"], revocationCheck=["OCSP", "CRL"])
    listed = {one["certificates"][0]["subject"]["iin"]: one for one in told["signers"]}
    assert told["valid"] is True
    assert set(listed) == {one.iin for one in server.people}
    assert all(len(one["certificates"]) == 1 and one["tsp"] is None for one in listed.values())
    server.write("two.der", base64.b64decode(made["cms"]))
    done = server.openssl("cms -verify -binary -inform DER -in two.der -CAfile ca.pem -purpose any -out back.bin")
    assert (done.returncode, server.read("back.bin")) == (0, DATA), done.stderr
    assert (await server.ask("/cms/extract", cms=made["cms"]))["data"] == b64(DATA)


async def test_ncanode_cms_detached_needs_its_data(server: Signing) -> None:
    made = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers(), detached=True, withTsp=False)
    server.write("apart.der", base64.b64decode(made["cms"]))
    server.write("data.bin", DATA)
    command = "cms -verify -binary -inform DER -in apart.der -content data.bin -CAfile ca.pem -purpose any"
    assert server.openssl(f"{command} -out back.bin").returncode == 0
    for data, is_valid in ((b64(DATA), True), (b64(DATA + b"!"), False), (None, False)):
        told = await server.ask("/cms/verify", cms=made["cms"], data=data)
        assert told["valid"] is is_valid
        assert told["signers"][0]["certificates"][0]["valid"] is True, "the certificate itself is good"
    assert "signed content" in await server.refused("/cms/extract", cms=made["cms"])


@pytest.mark.parametrize(
    "options", ["", "-nodetach", "-nodetach -keyid", "-nodetach -md sha512", "-stream -nodetach"]
)
async def test_ncanode_cms_signed_by_openssl_is_verified(server: Signing, options: str) -> None:
    server.write("data.bin", DATA)
    command = f"cms -sign -binary -in data.bin -signer 0.crt -inkey 0.key -outform DER -out own.der {options}"
    assert server.openssl(command).returncode == 0
    data = None if "-nodetach" in options else b64(DATA)
    told = await server.ask("/cms/verify", cms=b64(server.read("own.der")), data=data, revocationCheck=["OCSP"])
    assert told["valid"] is True
    assert told["signers"][0]["certificates"][0]["subject"]["iin"] == server.people[0].iin


async def test_ncanode_cms_with_two_signers_of_openssl_is_verified_one_by_one(server: Signing) -> None:
    server.write("data.bin", DATA)
    first = "cms -sign -binary -nodetach -in data.bin -signer 0.crt -inkey 0.key -outform DER -out one.der"
    second = "cms -resign -binary -inform DER -in one.der -signer 1.crt -inkey 1.key -outform DER -out both.der"
    assert server.openssl(first).returncode == server.openssl(second).returncode == 0
    both = server.read("both.der")
    told = await server.ask("/cms/verify", cms=b64(both))
    assert (told["valid"], len(told["signers"])) == (True, 2)
    whole = asn1.ContentInfo.load(both)
    forged = whole["content"]["signer_infos"][0]
    forged["signature"] = bytes(len(forged["signature"].native))
    told = await server.ask("/cms/verify", cms=b64(whole.dump()))
    assert (told["valid"], len(told["signers"])) == (False, 2)


async def test_ncanode_cms_without_its_certificate_is_not_valid(server: Signing) -> None:
    server.write("data.bin", DATA)
    command = (
        "cms -sign -binary -nodetach -nocerts -in data.bin -signer 0.crt -inkey 0.key -outform DER -out no.der"
    )
    assert server.openssl(command).returncode == 0
    told = await server.ask("/cms/verify", cms=b64(server.read("no.der")))
    assert told == {"status": 200, "message": "OK", "valid": False, "signers": [{"certificates": [], "tsp": None}]}


async def test_ncanode_cms_reads_base64_with_lines_and_armour_as_desktop_signers_write(server: Signing) -> None:
    made = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers())
    lines = base64.encodebytes(base64.b64decode(made["cms"])).decode().replace("\n", "\r\n")
    armoured = f"-----BEGIN CMS-----\r\n{lines}-----END CMS-----\r\n"
    assert (await server.ask("/cms/verify", cms=armoured))["valid"] is True


async def test_ncanode_cms_adds_a_signer_and_who_signed_before_keeps_every_byte(server: Signing) -> None:
    first = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers(0), detached=True, withTsp=True)
    more = {"data": b64(DATA), "signers": server.signers(1), "detached": True}
    both = await server.ask("/cms/sign/add", cms=first["cms"], **more)
    earlier = asn1.ContentInfo.load(base64.b64decode(first["cms"]))["content"]["signer_infos"][0].dump()
    infos = asn1.ContentInfo.load(base64.b64decode(both["cms"]))["content"]["signer_infos"]
    assert [one.dump() for one in infos].count(earlier) == 1
    assert len(infos) == 2
    told = await server.ask("/cms/verify", cms=both["cms"], data=b64(DATA))
    assert told["valid"] is True
    assert sorted(one["tsp"] is None for one in told["signers"]) == [False, True]
    assert "must be specified" in await server.refused(
        "/cms/sign/add", cms=first["cms"], signers=server.signers(1)
    )
    within = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers(0))
    longer = await server.ask("/cms/sign/add", cms=within["cms"], signers=server.signers(1))
    assert (await server.ask("/cms/extract", cms=longer["cms"]))["data"] == b64(DATA)


async def test_ncanode_cms_time_stamp_is_over_the_signature_and_believed_by_openssl(server: Signing) -> None:
    given = {"data": b64(DATA), "signers": server.signers(), "withTsp": True, "tsaPolicy": "TSA_GOST_POLICY"}
    made = base64.b64decode((await server.ask("/cms/sign", **given))["cms"])
    info = asn1.ContentInfo.load(made)["content"]["signer_infos"][0]
    server.write("signature.bin", info["signature"].native)
    server.write("token.der", info["unsigned_attrs"][0]["values"][0].dump())
    done = server.openssl("ts -verify -data signature.bin -in token.der -token_in -CAfile ca.pem")
    assert done.returncode == 0, done.stderr
    told = await server.ask("/cms/verify", cms=b64(made))
    stamp = told["signers"][0]["tsp"]
    assert set(stamp) == {"serialNumber", "genTime", "policy", "tsa", "tspHashAlgorithm", "hash"}
    assert (stamp["policy"], stamp["tspHashAlgorithm"]) == ("1.2.398.3.3.2.6.1", "SHA256")
    assert stamp["genTime"].endswith("+00:00")


async def test_ncanode_cms_time_stamp_of_another_signature_makes_the_whole_not_valid(server: Signing) -> None:
    given = {"data": b64(DATA), "signers": server.signers(), "withTsp": True}
    one, other = [
        asn1.ContentInfo.load(
            base64.b64decode((await server.ask("/cms/sign", **given | {"data": b64(data)}))["cms"])
        )
        for data in (DATA, DATA * 2)
    ]
    stolen = other["content"]["signer_infos"][0]["unsigned_attrs"]
    one["content"]["signer_infos"][0]["unsigned_attrs"] = stolen.copy()
    told = await server.ask("/cms/verify", cms=b64(one.dump()))
    assert (told["valid"], told["signers"][0]["tsp"]) == (False, None)


async def test_ncanode_cms_tells_a_time_stamping_authority_that_refuses_as_such(server: Signing) -> None:
    request = {"data": b64(DATA), "signers": server.signers(), "withTsp": True}
    for fault in ("tsa-refusing", "tsa-silent"):
        await server.trouble(fault)
        status, told = await server.answer("/cms/sign", request)
        assert (status, told["status"]) == (503, 503)
        assert set(told) == {"status", "message"}
    assert (await server.ask("/cms/sign", **request))["cms"]


async def test_ncanode_tsp_stamps_a_text_without_a_signature(server: Signing) -> None:
    token = base64.b64decode((await server.ask("/tsp/create", xml="<a/>"))["xml"])
    server.write("text.bin", b"<a/>")
    server.write("text.der", token)
    assert server.openssl("ts -verify -data text.bin -in text.der -token_in -CAfile ca.pem").returncode == 0


async def test_ncanode_cms_tells_a_revoked_signer_with_moment_and_reason(server: Signing) -> None:
    one = await server.newcomer()
    await server.country.revoke(one.certificate)
    signed = b64(one.sign(DATA, server.country.runtime("is_nuc").now))
    told = await server.ask("/cms/verify", cms=signed, revocationCheck=["OCSP", "CRL"])
    (certificate,) = told["signers"][0]["certificates"]
    assert (told["valid"], certificate["valid"]) == (False, False)
    assert [(each["by"], each["revoked"], each["reason"]) for each in certificate["revocations"]] == [
        ("CRL", True, "KEY_COMPROMISE"),
        ("OCSP", True, "KEY_COMPROMISE"),
    ]
    assert all(each["revocationTime"].endswith(".000+00:00") for each in certificate["revocations"])
    unasked = await server.ask("/cms/verify", cms=signed)
    assert (unasked["valid"], unasked["signers"][0]["certificates"][0]["revocations"]) == (True, [])


async def test_ncanode_cms_shows_faults_of_the_infrastructure(server: Signing) -> None:
    made = await server.ask("/cms/sign", data=b64(DATA), signers=server.signers())
    for fault, check in (("ocsp-try-later", "OCSP"), ("crl-missing", "CRL")):
        await server.trouble(fault)
        told = await server.ask("/cms/verify", cms=made["cms"], revocationCheck=[check])
        (status,) = told["signers"][0]["certificates"][0]["revocations"]
        assert (told["valid"], status["revoked"], status["reason"]) == (False, False, "Unknown status")
        assert (await server.ask("/cms/verify", cms=made["cms"], revocationCheck=[check]))["valid"] is True


async def magic(server: Signing, fault: PkiFault) -> dict[str, str]:
    """The key store of the magic subject with this fault."""
    (subject,) = (one for one in MAGIC_SUBJECTS if one.fault is fault)
    body = {"iin": subject.iin, "password": "Qwerty12", "key": "ec"}
    made = await server.country.answer("is_nuc", "POST", "/api/v1/containers/people", json=body)
    assert made.status_code == 201, made.text
    return {"key": b64(made.content), "password": "Qwerty12"}


@pytest.mark.parametrize(
    ("fault", "checks"),
    [
        (PkiFault.CERTIFICATE_EXPIRED, []),
        (PkiFault.CERTIFICATE_NOT_YET_VALID, []),
        (PkiFault.CERTIFICATE_WRONG_ISSUER, []),
        (PkiFault.CERTIFICATE_REVOKED, ["CRL"]),
        (PkiFault.OCSP_SILENT, ["OCSP"]),
    ],
)
async def test_ncanode_cms_of_a_magic_subject_has_the_fault_too(
    server: Signing, fault: PkiFault, checks: list[str]
) -> None:
    made = await server.ask("/cms/sign", data=b64(DATA), signers=[await magic(server, fault)])
    told = await server.ask("/cms/verify", cms=made["cms"], revocationCheck=checks)
    assert (told["valid"], told["signers"][0]["certificates"][0]["valid"]) == (False, False)


async def test_ncanode_cms_refuses_by_name_what_cannot_be_signed(server: Signing) -> None:
    good = server.signers()[0]
    other = CertifiedPerson(server.people[0].iin, server.people[0].key, server.people[0].certificate)
    for signer, said in (
        ({**good, "password": "wrong"}, "signers[1]: Key reading error: Password incorrect."),
        ({**good, "key": "AAAA"}, "signers[1]: Key reading error: Invalid format."),
        ({**good, "key": "§"}, "signers[1]: Key reading error: the key is not valid Base64"),
        ({**good, "keyAlias": "nobody"}, "signers[1]: Key reading error: Key does not have the alias"),
        ({**good, "key": b64(store(other)[:-30])}, "signers[1]: Key reading error: Invalid format."),
    ):
        told = await server.refused("/cms/sign", data=b64(DATA), signers=[good, signer])
        assert told.startswith(said)
    assert await server.refused("/cms/sign", signers=[good]) == "data is required"
    assert "signers" in await server.refused("/cms/sign", data=b64(DATA), signers=[])
    assert "signers" in await server.refused("/cms/sign", data=b64(DATA), signers=[good] * 17)
    chosen = await server.ask("/cms/sign", data=b64(DATA), signers=[{**good, "keyAlias": "key"}])
    assert signed_data.open_signed(base64.b64decode(chosen["cms"])).certificate == server.people[0].certificate
