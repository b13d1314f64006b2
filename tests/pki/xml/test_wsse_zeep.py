"""zeep, Python's SOAP client, over HTTP: we open its signed requests, and it accepts our signed answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from shared.pki.certificates import keys
from shared.pki.xml import wsse
from shared.pki.xml.wsse import KeyInfoForm
from tests.pki.outsiders import METHODS, xmlsec
from tests.pki.pki_centre import ALGORITHMS, pem
from tests.pki.xml_samples import citizen, known, one, refusal, stranger

zeep: Any = import_module("zeep")
plugins: Any = import_module("zeep.wsse.signature")
requests: Any = import_module("requests")

TYPES = "http://bip.bee.kz/SyncChannel/v10/Types"
WSDL = """<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="{types}" xmlns:i="urn:i" targetNamespace="urn:i">
  <wsdl:types><xs:schema targetNamespace="{types}">
    <xs:element name="SendMessage"><xs:complexType><xs:sequence>
      <xs:element name="request" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
    <xs:element name="SendMessageResponse"><xs:complexType><xs:sequence>
      <xs:element name="response" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  </xs:schema></wsdl:types>
  <wsdl:message name="in"><wsdl:part name="p" element="t:SendMessage"/></wsdl:message>
  <wsdl:message name="out"><wsdl:part name="p" element="t:SendMessageResponse"/></wsdl:message>
  <wsdl:portType name="P"><wsdl:operation name="SendMessage">
    <wsdl:input message="i:in"/><wsdl:output message="i:out"/></wsdl:operation></wsdl:portType>
  <wsdl:binding name="B" type="i:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="SendMessage"><soap:operation soapAction=""/>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation></wsdl:binding>
  <wsdl:service name="S">
    <wsdl:port name="P" binding="i:B"><soap:address location="{url}"/></wsdl:port></wsdl:service>
</wsdl:definitions>"""
ANSWER = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    f'<ns2:SendMessageResponse xmlns:ns2="{TYPES}"><response>{{0}}</response></ns2:SendMessageResponse>'
    "</soap:Body></soap:Envelope>"
)
Answer = Callable[[bytes], bytes]


@contextmanager
def endpoint(answer: Answer) -> Iterator[str]:
    """A SOAP endpoint; yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Suppress the log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/bip-sync-wss-gost/"
        finally:
            server.shutdown()
            thread.join()


class Signs:
    """zeep's signature plug-in: signs with the client's key and verifies with the server's certificate."""

    def __init__(self, folder: Path, algorithm: str, *, binary: bool) -> None:
        for name, (key, certificate) in {"client": citizen(algorithm), "server": stranger()}.items():
            (folder / f"{name}.key").write_bytes(keys.to_pem(key))
            (folder / f"{name}.pem").write_bytes(pem(certificate))
        kind = plugins.BinarySignature if binary else plugins.Signature
        methods = {"signature_method": METHODS[algorithm], "digest_method": xmlsec.Transform.SHA256}
        self._own = kind(str(folder / "client.key"), str(folder / "client.pem"), **methods)
        self._others = plugins.Signature(str(folder / "server.key"), str(folder / "server.pem"))

    def apply(self, envelope: Any, headers: Any) -> Any:
        return self._own.apply(envelope, headers)

    def verify(self, envelope: Any) -> Any:
        return self._others.verify(envelope)


def call(
    folder: Path, answer: Answer, *, algorithm: str = "rsa", binary: bool = False, text: str = "Сәлем"
) -> Any:
    """zeep's result of a signed request."""
    with endpoint(answer) as url, requests.Session() as session:
        session.trust_env = False
        (folder / "service.wsdl").write_text(WSDL.format(types=TYPES, url=url), encoding="utf-8")
        transport = zeep.Transport(session=session, timeout=20, operation_timeout=20)
        signs = Signs(folder, algorithm, binary=binary)
        client = zeep.Client(str(folder / "service.wsdl"), wsse=signs, transport=transport)
        return client.service.SendMessage(request=text)


@pytest.mark.parametrize("form", KeyInfoForm)
@pytest.mark.parametrize("binary", [False, True], ids=["issuer and certificate", "binary token"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_wsse_signed_exchange_with_zeep_holds_for_both_sides(
    tmp_path: Path, algorithm: str, binary: bool, form: KeyInfoForm
) -> None:
    opened: list[wsse.SignedBody] = []

    def answer(request: bytes) -> bytes:
        opened.append(wsse.open_body(request, lookup=known()))
        text = one(opened[0].body, ".//request").text
        return wsse.sign_body(ANSWER.format(text).encode(), *stranger(), key_info=form)

    assert call(tmp_path, answer, algorithm=algorithm, binary=binary) == "Сәлем"
    assert [each.certificate for each in opened] == [citizen(algorithm)[1]]


def test_wsse_request_of_zeep_that_was_changed_is_refused(tmp_path: Path) -> None:
    codes: list[str] = []

    def answer(request: bytes) -> bytes:
        codes.append(refusal(lambda: wsse.open_body(request.replace(b">42<", b">43<"))).code)
        return wsse.sign_body(ANSWER.format("done").encode(), *stranger())

    assert call(tmp_path, answer, text="42") == "done"
    assert codes == ["eds-signature-invalid"]


def test_wsse_answer_of_ours_that_was_changed_is_refused_by_zeep(tmp_path: Path) -> None:
    def answer(request: bytes) -> bytes:
        assert wsse.open_body(request)
        return wsse.sign_body(ANSWER.format("right").encode(), *stranger()).replace(b"right", b"wrong")

    with pytest.raises(zeep.exceptions.SignatureVerificationFailed):
        call(tmp_path, answer)
