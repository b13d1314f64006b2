"""/xml/* and /wsse/*: several signers, SmartBridge's envelopes, and xmlsec on the other side."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import xmlsec
from lxml import etree

from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.signedinfo import SIGNATURE
from tests.services.is_nuc.ncanode.ncanode_kit import Signing, signing

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

XML = '<?xml version="1.0" encoding="utf-8"?>\n<a>\n  <b Id="part">мәтін</b>\n  <c/>\n</a>\n'
ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<ns:SendMessage xmlns:ns="http://bip.bee.kz/SyncChannel/v10/Types"><request/></ns:SendMessage>'
    "</soapenv:Body></soapenv:Envelope>"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signing]:
    async with signing(tmp_path_factory.mktemp("xml")) as made:
        yield made


def believes_xmlsec(xml: str, server: Signing) -> bool:
    """Whether the xmlsec library accepts the only signature of a document, with our anchors."""
    manager = xmlsec.KeysManager()
    manager.load_cert(str(server.folder / "ca.pem"), xmlsec.constants.KeyDataFormatPem, 256)  # trusted
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(server.folder / "0.crt"), xmlsec.constants.KeyDataFormatCertPem)
    root = etree.fromstring(xml.encode())
    if (body := next(root.iter("{*}Body"), None)) is not None:
        xmlsec.tree.add_ids(root, ["Id"])
        context.register_id(
            body, "Id", "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
        )
    try:
        context.verify(next(root.iter(SIGNATURE)))
    except xmlsec.Error:
        return False
    return True


async def test_ncanode_xml_is_signed_as_xmlsec_and_the_checker_expect(server: Signing) -> None:
    made = await server.ask("/xml/sign", xml=XML, signers=server.signers(), clearSignatures=False, trimXml=False)
    assert believes_xmlsec(made["xml"], server)
    assert not believes_xmlsec(made["xml"].replace("мәтін", "матін"), server)
    told = await server.ask("/xml/verify", xml=made["xml"], revocationCheck=["OCSP"])
    assert (told["valid"], [one["subject"]["iin"] for one in told["signers"]]) == (True, [server.people[0].iin])


async def test_ncanode_xml_signers_sign_one_after_another_and_the_last_is_told_first(server: Signing) -> None:
    made = await server.ask("/xml/sign", xml=XML, signers=server.signers(0, 1))
    told = await server.ask("/xml/verify", xml=made["xml"])
    assert told["valid"] is True
    assert [one["subject"]["iin"] for one in told["signers"]] == [server.people[1].iin, server.people[0].iin]
    first, second = (await server.ask("/xml/sign", xml=XML, signers=server.signers(0)))["xml"], server.signers(1)
    longer = await server.ask("/xml/sign", xml=first, signers=second)
    assert len((await server.ask("/xml/verify", xml=longer["xml"]))["signers"]) == 2
    alone = await server.ask("/xml/sign", xml=longer["xml"], signers=second, clearSignatures=True)
    (signer,) = (await server.ask("/xml/verify", xml=alone["xml"]))["signers"]
    assert signer["subject"]["iin"] == server.people[1].iin


async def test_ncanode_xml_that_was_changed_is_not_valid_and_its_signers_are_still_told(server: Signing) -> None:
    made = await server.ask("/xml/sign", xml=XML, signers=server.signers(0, 1))
    told = await server.ask("/xml/verify", xml=made["xml"].replace("мәтін", "матін"))
    assert (told["valid"], len(told["signers"])) == (False, 2)
    assert await server.ask("/xml/verify", xml=XML) == {
        "status": 200,
        "message": "OK",
        "valid": False,
        "signers": [],
        "signed": [],
    }


async def test_ncanode_xml_part_is_signed_by_its_reference(server: Signing) -> None:
    made = await server.ask("/xml/sign", xml=XML, signers=server.signers(0, referenceUri="#part"))
    assert (await server.ask("/xml/verify", xml=made["xml"]))["valid"] is True
    opened = xmldsig.open_enveloped(made["xml"].encode(), part=True)
    assert opened.root.text == "мәтін"
    for reference in ("#nobody", "http://elsewhere", "#part' or '1'='1", "part"):
        signers = server.signers(0, referenceUri=reference)
        assert await server.refused("/xml/sign", xml=XML, signers=signers)


async def test_ncanode_xml_blank_text_is_trimmed_before_signing_when_that_is_asked(server: Signing) -> None:
    made = await server.ask("/xml/sign", xml=XML, signers=server.signers(), trimXml=True)
    assert '<a><b Id="part">мәтін</b><c/>' in made["xml"]
    assert (await server.ask("/xml/verify", xml=made["xml"]))["valid"] is True


async def test_ncanode_wsse_envelope_is_signed_as_smartbridge_wants(server: Signing) -> None:
    made = await server.ask("/wsse/sign", xml=ENVELOPE, **server.signers()[0], trimXml=False)
    assert believes_xmlsec(made["xml"], server)
    opened = wsse.open_body(made["xml"].encode())
    assert opened.certificate == server.people[0].certificate
    assert made["xml"].count("KeyIdentifier") == 2
    told = await server.ask("/wsse/verify", xml=made["xml"], revocationCheck=["CRL"])
    assert (told["valid"], len(told["signers"])) == (True, 1)
    forged = made["xml"].replace("<request/>", "<request>1</request>")
    told = await server.ask("/wsse/verify", xml=forged)
    assert (told["valid"], [one["subject"]["iin"] for one in told["signers"]]) == (False, [server.people[0].iin])
    assert (await server.ask("/wsse/verify", xml=ENVELOPE))["signers"] == []


async def test_ncanode_wsse_envelope_that_was_signed_by_somebody_is_signed_anew(server: Signing) -> None:
    first = await server.ask("/wsse/sign", xml=ENVELOPE, **server.signers(0)[0])
    again = await server.ask("/wsse/sign", xml=first["xml"], **server.signers(1)[0])
    told = await server.ask("/wsse/verify", xml=again["xml"])
    assert told["valid"] is True
    assert [one["subject"]["iin"] for one in told["signers"]] == [server.people[1].iin]
    assert again["xml"].count("</ds:Signature>") == 1


async def test_ncanode_wsse_envelope_that_only_names_its_certificate_is_looked_up(server: Signing) -> None:
    one = server.people[0]
    form = wsse.KeyInfoForm.ISSUER_SERIAL
    signed = wsse.sign_body(ENVELOPE.encode(), one.key, one.certificate, key_info=form).decode()
    told = await server.ask("/wsse/verify", xml=signed)
    assert (told["valid"], told["signers"][0]["subject"]["iin"]) == (True, one.iin)


BOMB = (
    '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx">'
    + "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10)).replace("&x0;", "&x;")
    + "]><a>&x9;</a>"
)


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "text",
        "<a>",
        BOMB,
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a>\ud800</a>",
        "<a/>" + "<!---->" * 110_000,
    ],
    ids=["empty", "text", "open", "bomb", "external", "surrogate", "marks"],
)
async def test_ncanode_xml_that_is_no_document_is_refused_on_every_route(server: Signing, xml: str) -> None:
    signer = server.signers()[0]
    for path, more in (
        ("/xml/sign", {"signers": [signer]}),
        ("/xml/verify", {}),
        ("/wsse/sign", signer),
        ("/wsse/verify", {}),
    ):
        assert await server.refused(path, xml=xml, **more)
    assert await server.refused("/wsse/sign", xml="<a/>", **signer)
