"""Threat: a signed part is wrapped in another document, and a client reads «valid: true» as valid for the whole.

The signing server answers for the signature, and shows what is signed: the reference, the element and its place,
and whether the element is the whole document.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy

import pytest
import pytest_asyncio
from lxml import etree

from shared.pki.xml import wsse, xmldsig
from tests.services.is_nuc.ncanode.ncanode_kit import Signing, signing

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = '<order xmlns="urn:pay"><sum Id="p">1</sum><to>KZ01</to></order>'
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><other/></s:Header>'
    "<s:Body><pay>1</pay></s:Body></s:Envelope>"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signing]:
    async with signing(tmp_path_factory.mktemp("wrapped")) as made:
        yield made


def part_signed(server: Signing) -> str:
    person = server.people[0]
    path = "//*[@Id='p']"
    return xmldsig.sign_enveloped(ORDER.encode(), person.key, person.certificate, tbs_xpath=path).decode()


def wrapped(signed: str) -> str:
    """A document that pays a thousand, with the signed part set aside where no program reads it."""
    root = etree.fromstring(signed.encode())
    genuine = root[0]
    forged = deepcopy(genuine)
    forged.text = "1000"
    del forged.attrib["Id"]
    root.insert(0, forged)
    aside = etree.SubElement(root, "{urn:pay}aside")
    aside.append(genuine)
    return etree.tostring(root).decode()


async def test_whole_document_is_told_as_whole(server: Signing) -> None:
    made = await server.ask("/xml/sign", xml=ORDER, signers=server.signers(0, 1))
    told = await server.ask("/xml/verify", xml=made["xml"])
    assert told["valid"] is True
    assert told["signed"] == [{"reference": "", "element": "/order", "wholeDocument": True}] * 2


async def test_signed_part_is_told_as_a_part_with_its_place(server: Signing) -> None:
    told = await server.ask("/xml/verify", xml=part_signed(server))
    assert told["valid"] is True
    assert told["signed"] == [{"reference": "#p", "element": "/order/sum", "wholeDocument": False}]


async def test_wrapped_part_is_never_told_as_the_document_or_in_the_place_of_the_forged_one(
    server: Signing,
) -> None:
    told = await server.ask("/xml/verify", xml=wrapped(part_signed(server)))
    assert told["signed"] == [{"reference": "#p", "element": "/order/aside/sum", "wholeDocument": False}]


async def test_place_of_a_part_among_its_likes_is_told(server: Signing) -> None:
    root = etree.fromstring(part_signed(server).encode())
    forged = deepcopy(root[0])
    forged.text, forged.attrib["Id"] = "1000", "q"
    root.insert(0, forged)
    told = await server.ask("/xml/verify", xml=etree.tostring(root).decode())
    assert [signed["element"] for signed in told["signed"]] == ["/order/sum[2]"]


async def test_signature_of_the_root_by_its_id_is_whole_and_in_another_root_a_part(server: Signing) -> None:
    person = server.people[0]
    xml = xmldsig.sign_enveloped(
        b'<b><a Id="x"><c/></a></b>', person.key, person.certificate, tbs_xpath="/b/a", parent_xpath="/b/a"
    )
    told = await server.ask("/xml/verify", xml=xml.decode())
    assert told["signed"] == [{"reference": "#x", "element": "/b/a", "wholeDocument": False}]
    alone = etree.tostring(etree.fromstring(xml)[0]).decode()
    told = await server.ask("/xml/verify", xml=alone)
    assert told["valid"] is True
    assert told["signed"] == [{"reference": "#x", "element": "/a", "wholeDocument": True}]


async def test_what_is_not_genuine_tells_nothing_as_signed(server: Signing) -> None:
    changed = part_signed(server).replace(">1<", ">1000<")
    told = await server.ask("/xml/verify", xml=changed)
    assert (told["valid"], told["signed"], len(told["signers"])) == (False, [], 1)
    assert (await server.ask("/xml/verify", xml=ORDER))["signed"] == []


async def test_signed_body_is_told_as_the_body_and_not_as_the_envelope(server: Signing) -> None:
    person = server.people[0]
    envelope = wsse.sign_body(ENVELOPE.encode(), person.key, person.certificate)
    told = await server.ask("/wsse/verify", xml=envelope.decode())
    (signed,) = told["signed"]
    assert signed["reference"].startswith("#id-")
    assert (signed["element"], signed["wholeDocument"]) == ("/Envelope/Body", False)
    moved = etree.fromstring(envelope)
    body = moved[1]
    moved[0][0].append(body)
    moved.append(etree.Element(body.tag))
    assert await server.refused("/wsse/verify", xml=etree.tostring(moved).decode())
