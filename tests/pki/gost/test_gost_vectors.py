"""Known answers: the examples of the standards, and a signature by НУЦ's own software."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from gostcrypto import gostsignature
from gostcrypto.gostsignature import CURVES_R_1323565_1_024_2019 as CURVES
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bus.errors import Malformed
from shared.pki import gost
from shared.pki.gost import GOST_256, GOST_512, GostSuite, PrivateKey, PublicKey
from shared.pki.gost.points import Curve
from tests.pki.gost_centre import SUITES, size

FIRST = b"012345678901234567890123456789012345678901234567890123456789012"
SECOND = "Се ветри, Стрибожи внуци, веютъ с моря стрелами на храбрыя плъкы Игоревы".encode("cp1251")

# RFC 6986, 10: the RFC prints the last byte first.
STREEBOG = {
    (GOST_512, FIRST): "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
    "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
    (GOST_256, FIRST): "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
    (GOST_512, SECOND): "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376"
    "035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
    (GOST_256, SECOND): "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50",
}

# RFC 7091, 7.1: the curve is that of the example only.
EXAMPLE_256 = replace(
    GOST_256,
    curve=Curve(
        p=57896044618658097711785492504343953926634992332820282019728792003956564821041,
        a=7,
        b=43308876546767276905765904595650931995942111794451039583252968842033849580414,
        q=57896044618658097711785492504343953927082934583725450622380973592137631069619,
        x=2,
        y=4018974056539037503335449422937059775635739389905545080690979365213431566280,
    ),
)
# GOST R 34.10-2012, A.2: the 512-bit example.
EXAMPLE_512 = replace(
    GOST_512,
    curve=Curve(
        p=int(
            "36239861022290036359077887536838743060213209255346786050865461"
            "50450856166624002482588482022271496854025090823603058735163734263822371964987228582907372403"
        ),
        a=7,
        b=int(
            "15186550692108285345089500347140431549287475277402064361940188"
            "23352809982443793732829756914785974674866041605397883677596626326413990136959047435811826396"
        ),
        q=int(
            "36239861022290036359077887536838743060213209255346786050865461"
            "50450856166623969164898305032863068499961404079437936585455865192212970734808812618120619743"
        ),
        x=int(
            "19283569440670228493993094012431375989977866354595079743570754"
            "91307766592685835441065557681003184874819658004903212332884252335830250729527632383493573274"
        ),
        y=int(
            "22887286933719728599700121555294784163535623273295061803144974"
            "25931102860301572814141997072271708807066593850650334152381857347798885864807605098724013854"
        ),
    ),
)
# suite: number, x and y of the public key, e (the digest as a number), nonce, r, s
EXAMPLES = {
    EXAMPLE_256: (
        55441196065363246126355624130324183196576709222340016572108097750006097525544,
        57520216126176808443631405023338071176630104906313632182896741342206604859403,
        17614944419213781543809391949654080031942662045363639260709847859438286763994,
        20798893674476452017134061561508270130637142515379653289952617252661468872421,
        53854137677348463731403841147996619241504003434302020712960838528893196233395,
        29700980915817952874371204983938256990422752107994319651632687982059210933395,
        574973400270084654178925310019147038455227042649098563933718999175515839552,
    ),
    EXAMPLE_512: tuple(
        int(number)
        for number in (
            "610081804136373098219538153239847583006845519069531562982388135354890606301782"
            "255383608393423372379057665527595116827307025046458837440766121180466875860",
            "909546853002536596556690768669830310006929272546556281596372965370312498563182"
            "320436892870052842808608262832456858223580713780290717986855863433431150561",
            "292145720337442562063244973424841545564070082355948870516489583750953913429732"
            "7397380287741428246088626609329139441895016863758984106326600572476822372076",
            "289796388168286857556282727855386504917374519787182519956294741904138895097053"
            "6661109553499954248733088719748844538964641281654463513296973827706272045964",
            "175516356025850499540628279921125280333451031747737791650208144243182057075034"
            "446102986750962508909227235866126872473516807810541747529710309879958632945",
            "248920447703134926507286464303214775366745131928213144402749863735761109281022"
            "1795101871412928823716805959828708330284243653453085322004442442534151761462",
            "864523221707669519038849297382936917075023735848431579919598799313385180564748"
            "877195639672460179421760770893278030956807690115822709903853682831835159370",
        )
    ),
}

# A signature under an XML document with the key of НУЦ's test certificate IIN123456789011, an invented person.
NUC_KEY = (
    "dafcd29f10bf2bbe15d1bf50cc9febda633d1b185b3a8b18288d120429c0a362"
    "1b780e472b3ce196de4f84478611d4cde30afd6d6fb1478bf110156a0e788061"
    "147aba709fcce991cbb9cca39c80e093f0bbcef6e0e665c1ed82101b26072b40"
    "c91782b61e9164cc9e0334c3fd2e9aca806629f540942141f415f9704255576a"
)
NUC_DIGEST = (
    "98f46482d31e4061c4d5cf6764c060673c18a0b833ee997664ae9b020fa99046"
    "b3b94f5d384adf0c3f2ec44d9d81335e6b0017faad8e137266512cfc250030b4"
)
NUC_SIGNATURE = (
    "79af061aeb5d070ed90f19a09f2031b7ae95bb70e12e6741e103361ef3d7ff3f"
    "700473acff998371ab03d35739aa38793d92294b01bdec797ecb686d5745c732"
    "9305dccc2c9530a999ccaa1b68f05e9dfc05facb8d023252c90a4f170af8b52b"
    "d7799638802d96886aeb61eeedddb8ef6dc53b70d2795e09b2375538a115ca51"
)
NUC_DOCUMENT = (  # the DigestValue of its document
    "1455561c3d3d2ffa088c35a02618f9707620e4f89684eec280d56c1aeef338a9"
    "c9b98f8d50e021ef5d25fcbf6083f1a1e5b00f450cdf98413c0ab44e65f123b0"
)
SPKI_512 = "3081ac302306092a830e030a01010202301606 0a2a830e030a0101020201 06082a830e030a010303 03818400048180"


@pytest.mark.parametrize(("suite", "message"), STREEBOG, ids=["512-1", "256-1", "512-2", "256-2"])
def test_gost_hash_answers_as_rfc_6986_prints(suite: GostSuite, message: bytes) -> None:
    assert suite.hash_data(message).hex() == STREEBOG[suite, message]


def test_gost_content_over_the_limit_is_refused_unhashed() -> None:
    with pytest.raises(Malformed) as caught:
        GOST_512.hash_data(bytes(gost.MAX_BYTES + 1))
    assert (caught.value.code, caught.value.details) == ("eds-malformed", {"limit": gost.MAX_BYTES})


@pytest.mark.parametrize("example", EXAMPLES, ids=size)
def test_gost_example_of_the_standard_is_signed_as_printed(example: GostSuite) -> None:
    number, x, y, e, nonce, r, s = EXAMPLES[example]
    key = PrivateKey(example, number)
    assert key.public_key() == PublicKey(example, x, y)
    signature = key.sign_digest(little(e, example), nonce=nonce)
    assert signature == little(r, example) + little(s, example)


@pytest.mark.parametrize("example", EXAMPLES, ids=size)
def test_gost_example_of_the_standard_verifies_and_no_neighbour_does(example: GostSuite) -> None:
    _, x, y, e, _, r, s = EXAMPLES[example]
    key = PublicKey(example, x, y)
    key.require_valid_point().verify_digest(little(r, example) + little(s, example), little(e, example))
    for wrong in ((r, s + 1, e), (r + 1, s, e), (r, s, e + 1), (s, r, e), (r, example.curve.q - s, e)):
        halves = little(wrong[0], example) + little(wrong[1], example)
        with pytest.raises(InvalidSignature):
            key.verify_digest(halves, little(wrong[2], example))


def test_gost_signature_made_by_the_software_of_the_centre_verifies() -> None:
    """The signature fixes every convention at once: the order of halves, the direction of coordinates and
    digest.
    """
    key = PublicKey.load(bytes.fromhex(SPKI_512 + NUC_KEY))
    digest, signature = bytes.fromhex(NUC_DIGEST), bytes.fromhex(NUC_SIGNATURE)
    key.verify_digest(signature, digest)
    for other in (signature[::-1], signature[64:] + signature[:64]):
        with pytest.raises(InvalidSignature):
            key.verify_digest(other, digest)
    with pytest.raises(InvalidSignature):
        key.verify_digest(signature, digest[::-1])


def test_gost_digest_in_xml_is_in_the_normal_order() -> None:
    assert GOST_512.hash_data(b"<xml>test</xml>").hex() == NUC_DOCUMENT


@pytest.mark.parametrize(
    ("suite", "name"),
    [
        (GOST_512, "id-tc26-gost-3410-12-512-paramSetA"),
        (GOST_256, "id-tc26-gost-3410-2012-256-paramSetA"),
    ],
    ids=["512", "256"],
)
def test_gost_curves_are_those_of_rfc_7836(suite: GostSuite, name: str) -> None:
    theirs, ours = CURVES[name], suite.curve
    assert (ours.p, ours.q, ours.q * ours.cofactor) == (theirs["p"], theirs["q"], theirs["m"])
    assert ours.has_point(ours.x, ours.y)
    if "d" not in theirs:  # the standard prints the other curve in Edwards form
        assert (ours.a, ours.b, ours.x, ours.y) == tuple(theirs[each] for each in ("a", "b", "x", "y"))
    else:
        u, v, e, d = (theirs[each] for each in ("u", "v", "e", "d"))
        assert (e * u * u + v * v) % ours.p == (1 + d * u * u * v * v) % ours.p
        assert ours.x == montgomery(v, e, d, ours.p)


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_base_point_has_the_order_that_is_claimed(suite: GostSuite) -> None:
    last = PrivateKey(suite, suite.curve.q - 1).public_key()
    assert (last.x, last.y) == (suite.curve.x, suite.curve.p - suite.curve.y)


def montgomery(v: int, e: int, d: int, p: int) -> int:
    """The abscissa that RFC 7836, 5.2, gives to a point of the Edwards curve."""
    s, t = (e - d) * pow(4, -1, p), (e + d) * pow(6, -1, p)
    return (s * (1 + v) * pow(1 - v, -1, p) + t) % p


def little(number: int, suite: GostSuite) -> bytes:
    return number.to_bytes(suite.size, "little")


@pytest.mark.parametrize("suite", SUITES, ids=size)
@given(data=st.data())
@settings(max_examples=4, deadline=None)
def test_gost_arithmetic_agrees_with_that_of_another_library(suite: GostSuite, data: st.DataObject) -> None:
    curve, whole = suite.curve, st.integers(1, suite.curve.q - 1)
    number, nonce = data.draw(whole), data.draw(whole)
    digest = data.draw(st.binary(min_size=suite.size, max_size=suite.size))
    mode = gostsignature.MODE_512 if suite.bits == 512 else gostsignature.MODE_256
    outsider = gostsignature.new(mode, vars(curve) | {"m": curve.q * curve.cofactor})
    key = PrivateKey(suite, number)
    big = [bytearray(each.to_bytes(suite.size, "big")) for each in (number, nonce)]
    own = key.public_key()
    assert outsider.public_key_generate(big[0]) == b"".join(
        each.to_bytes(suite.size, "big") for each in (own.x, own.y)
    )
    theirs = outsider.sign(big[0], bytearray(digest[::-1]), big[1])
    assert key.sign_digest(digest, nonce=nonce) == theirs[: suite.size][::-1] + theirs[suite.size :][::-1]
