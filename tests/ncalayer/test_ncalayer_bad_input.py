"""Any input of a page is answered in its module's shape, and the next request is served."""

from __future__ import annotations

import json
import string
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.tools.ncalayer.common_utils import METHODS
from services.tools.ncalayer.dispatch import MODULES, handle_frame
from tests.ncalayer.desk_kit import BASICS, COMMON, DATA, SANDBOX, desk, page

pytestmark = pytest.mark.thorough

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=12), inner, max_size=6),
    max_leaves=20,
)
STORAGE, KEY = st.sampled_from(["PKCS12", "JKS", ""]), st.sampled_from(["SIGNATURE", "AUTHENTICATION", "x"])
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><b>&b;</b>'

HANDLED = desk()


def answered(frame: bytes) -> dict[str, Any]:
    """The answer, after encoding and decoding as JSON."""
    told: dict[str, Any] = json.loads(json.dumps(handle_frame(frame, HANDLED).answer))
    return told


def is_common(told: dict[str, Any]) -> bool:
    if told["code"] == "200":
        return set(told) <= {"code", "responseObject", "uuid"}
    return told["code"] == "500" and bool(told["message"]) and "responseObject" not in told


def is_basics(told: dict[str, Any]) -> bool:
    if told["status"]:
        return "body" in told
    return bool(told["code"] and told["message"]) and "body" not in told


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b"{" * 100_000,
        b'{"a":' * 30_000,
        b'{"module": NaN, "method": "x"}',
        b'{"module": 1, "method": "x"}',
        b'{"module": "kz.gov.pki.knca.basics"}',
        b'{"method": "signXml", "args": []}',
        b"9" * 5_000,
    ],
    ids=lambda frame: frame[:20].decode(errors="replace") or "empty",
)
async def test_ncalayer_refuses_what_is_no_request_and_the_connection_stays(frame: bytes) -> None:
    async with page() as one:
        for text in (True, False):
            if text and not frame.isascii():
                continue
            told = await one.say(frame.decode() if text else frame)
            assert told["code"] == "500", told
            assert told["message"].startswith("ncalayer-request: ")
        assert (await one.common("getActiveTokens"))["code"] == "200"


async def test_ncalayer_names_modules_and_methods_that_are_not_there() -> None:
    async with page() as one:
        told = await one.ask("kz.digiflow.mobile.extensions", "getVersion")
        assert (told["success"], told["errorCode"], told["code"]) == (False, "MODULE_NOT_FOUND", "500")
        assert "kz.digiflow.mobile.extensions" in told["message"]
        told = await one.common("format")
        assert told == {"code": "500", "message": "ncalayer-method: no method 'format'"}
        told = await one.ask(BASICS, "generateCsr", {})
        assert (told["status"], told["message"]) == (False, "ncalayer-method: no method 'generateCsr'")
        told = await one.ask(SANDBOX, "setCancel", ["perhaps"])
        assert told["message"].endswith("argument type mismatch. Method: setCancel")


@pytest.mark.parametrize("data", ["not base64", "MTE", "MTEK=", "МТЕК", "M\ud800"])
async def test_ncalayer_methods_that_take_base64_refuse_a_bad_one(data: str) -> None:
    async with page() as one:
        for method in ("createCAdESFromBase64", "createCAdESFromBase64Hash", "createCMSSignatureFromBase64"):
            told = await one.common(method, "PKCS12", "SIGNATURE", data)
            assert told["message"] == "ncalayer-base64: the data are not base64", method
        told = await one.sign([DATA, data], signingParams={"decode": True})
        assert (told["status"], told["details"]) == (False, "the data are not base64")


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ("<this>is not a valid XML", "xml-malformed"),
        ("", "xml-malformed"),
        (BOMB, "xml-dtd"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml-dtd"),
        ("<a/>\ud800", "ncalayer-text"),
        ("<a>" * 5_000, "xml-"),
    ],
)
async def test_ncalayer_modules_both_refuse_broken_and_dangerous_xml(xml: str, code: str) -> None:
    async with page() as one:
        told = await one.common("signXml", "PKCS12", "SIGNATURE", xml, "", "")
        assert told["message"].startswith(code), told
        told = await one.common("signXmls", "PKCS12", "SIGNATURE", ["<a/>", xml], "", "")
        assert told["message"].startswith(code), told
        told = await one.sign(xml, form="xml")
        assert (told["status"], told["code"]) == (False, "SIGNING_FAILURE")
        assert told["message"].startswith(code), told


async def test_ncalayer_refuses_an_xpath_that_names_no_element_and_takes_one_that_does() -> None:
    async with page() as one:
        told = await one.common("signXml", "PKCS12", "SIGNATURE", "<a><b/></a>", "//c", "")
        assert told["message"].startswith("xml-xpath: ")
        told = await one.common("signXml", "PKCS12", "SIGNATURE", "<a><b/></a>", "//b", "/a")
    assert told["code"] == "200"
    assert 'Id="' in told["responseObject"]


@SETTINGS
@given(frame=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_ncalayer_answers_any_bytes_at_all(frame: bytes) -> None:
    told = answered(frame)
    assert told["code"] in {"200", "500", "INVOCATION_ERROR", "SIGNING_FAILURE"}
    assert told["message"]


@SETTINGS
@given(method=st.sampled_from(sorted(METHODS)), args=JSON | st.lists(STORAGE | KEY | JSON, max_size=6))
def test_common_utils_answers_any_arguments_in_its_shape(method: str, args: Any) -> None:
    assert is_common(answered(json.dumps({"module": COMMON, "method": method, "args": args}).encode()))


@SETTINGS
@given(
    storage=STORAGE,
    key=KEY,
    data=st.binary(max_size=60).map(lambda data: b64encode(data).decode()) | st.text(max_size=30),
    attach=st.booleans() | st.sampled_from(["true", "false", "yes"]) | JSON,
)
def test_ncalayer_answers_arguments_that_are_nearly_right_in_shape(
    storage: str, key: str, data: str, attach: Any
) -> None:
    for method in ("createCAdESFromBase64", "createCAdESFromBase64Hash", "signXml", "signXmls"):
        args = [storage, key, [data] if method == "signXmls" else data, *([attach] if "Base64" in method else [])]
        assert is_common(answered(json.dumps({"module": COMMON, "method": method, "args": args}).encode()))


NAMES = ("allowedStorages", "format", "data", "signingParams", "signerParams", "locale", "logo")
PARAMS = ("decode", "encapsulate", "digested", "tsaProfile", "allowExpired", "outputCert")
SIGNER = ("extKeyUsageOids", "chain", "iin", "bin", "serialNumber")
LIKELY: st.SearchStrategy[Any] = JSON | st.sampled_from(
    ["cms", "xml", DATA, "<a/>", "PKCS12", "true", True, False, None, [], {}, ["PKCS12"], [DATA]]
)


@SETTINGS
@given(
    args=st.dictionaries(st.sampled_from(NAMES), LIKELY),
    params=st.dictionaries(st.sampled_from(PARAMS), LIKELY),
    signer=st.dictionaries(st.sampled_from(SIGNER), LIKELY),
    are_nested=st.booleans(),
)
def test_basics_answers_any_order_in_its_shape(
    args: dict[str, Any], params: dict[str, Any], signer: dict[str, Any], are_nested: bool
) -> None:
    if are_nested:
        args = {"format": "cms", "data": DATA, **args, "signingParams": params, "signerParams": signer}
    assert is_basics(answered(json.dumps({"module": BASICS, "method": "sign", "args": args}).encode()))


@SETTINGS
@given(
    module=st.sampled_from(sorted(MODULES)) | st.text(string.printable, max_size=10),
    method=st.text(max_size=10),
    uuid=JSON,
)
def test_ncalayer_answers_any_module_and_method(module: str, method: str, uuid: Any) -> None:
    request = {"module": module, "method": method, "args": None, "uuid": uuid}
    told = answered(json.dumps(request).encode())
    assert told["message"]
    assert told.get("uuid") in (None, uuid)
