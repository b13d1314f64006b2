"""A client over the SDK ``integration-sdk-orkendeu-mis``, as its users write one.

Standard input is JSON: ``gateway``, ``signing_server``, ``sender``, ``token``, ``key`` (PKCS #12 in base64),
``password``, ``iins``. The client asks the register of persons by SOAP and by REST and prints what the handlers of
the SDK return. The SDK knows no signature: the client signs at the signing server.
"""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from typing import Any, ClassVar

import httpx
from pydantic import BaseModel

SDK = "integration_sdk_orkendeu_mis"
fetchers_rest: Any = import_module(f"{SDK}.fetchers.sync_rest")
fetchers_soap: Any = import_module(f"{SDK}.fetchers.sync_soap")
handlers: Any = import_module(f"{SDK}.handlers.abstract")
parsers: Any = import_module(f"{SDK}.parsers.abstract")
parser_errors: Any = import_module(f"{SDK}.parsers.mixins.error_check")
providers: Any = import_module(f"{SDK}.providers.abstract")
subjects: Any = import_module(f"{SDK}.data_subjects.abstract")
xml_utils: Any = import_module(f"{SDK}.parsers.mixins.xml_utils")

ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:typ="http://bip.bee.kz/SyncChannel/v10/Types"><soapenv:Body><typ:SendMessage><request><requestInfo>'
    "<messageId>1</messageId><serviceId>GBDFL_UniversalServiceSync</serviceId>"
    "<messageDate>2026-11-29T10:00:00+05:00</messageDate><sender><senderId>{sender}</senderId></sender></requestInfo>"
    "<requestData><data><messageId>1</messageId><iin>{iin}</iin></data></requestData></request></typ:SendMessage>"
    "</soapenv:Body></soapenv:Envelope>"
)
SECONDS = 60
"""The patience of the client: a busy machine fails no test."""
OWN = json.load(sys.stdin)
"""gateway, signing_server, sender, token, key and password of the PKCS #12, iins."""


class PersonFetcher(fetchers_soap.SyncSOAPFetcher):  # type: ignore[misc]  # the SDK has no types
    def __init__(self) -> None:
        super().__init__(f"{OWN['gateway']}/bip-sync-wss-gost/")

    def build_payload(self, validated_data: dict[str, Any]) -> bytes:
        xml = ENVELOPE.format(sender=OWN["sender"], iin=validated_data["iin"])
        body = {"xml": xml, "key": OWN["key"], "password": OWN["password"]}
        signed = httpx.post(f"{OWN['signing_server']}/wsse/sign", json=body, timeout=SECONDS)
        return str(signed.raise_for_status().json()["xml"]).encode()


class PersonParser(parsers.AbstractParser, xml_utils.XMLUtilsMixin):  # type: ignore[misc]
    def parse(self, data_to_parse: bytes) -> dict[str, Any]:
        root = self.parse_xml(data_to_parse)
        persons = self.extract_items(root, ".//person")
        if not persons:
            raise parser_errors.SubjectNotFoundError(root.findtext(".//status/message"))
        return dict(persons[0])


class AnswerFetcher(fetchers_rest.SyncRESTFetcher):  # type: ignore[misc]
    method = "POST"

    def __init__(self) -> None:
        super().__init__(f"{OWN['gateway']}/api/v1/messages?wait=30", {"Authorization": f"Bearer {OWN['token']}"})

    def build_payload(self, validated_data: dict[str, Any]) -> dict[str, Any]:
        data = {"iin": validated_data["iin"]}
        return {"service_id": "nr-iin-person", "content": {"contract": "person-query/1", "data": data}}


class AnswerParser(parsers.AbstractParser):  # type: ignore[misc]
    def parse(self, data_to_parse: bytes) -> dict[str, Any]:
        person = json.loads(data_to_parse)["answer"]["content"]["data"]["person"]
        if person is None:
            raise parser_errors.SubjectNotFoundError("no such person")
        return dict(person)


class Question(BaseModel):
    iin: str


class Person(BaseModel):
    iin: str
    surname: str
    name: str


class PersonSubject(subjects.AbstractDataSubject):  # type: ignore[misc]
    code = "GBD_FL"
    label = "the register of persons"
    payload_schema = Question
    response_schema = Person


class Provider(providers.AbstractProvider):  # type: ignore[misc]
    code = "SHEP"
    label = "the gateway"
    params: ClassVar[list[Any]] = []


class SoapHandler(handlers.AbstractServiceHandler):  # type: ignore[misc]
    fetcher_class = PersonFetcher
    parser_class = PersonParser
    provider_class = Provider
    data_subject_class = PersonSubject


class RestHandler(SoapHandler):
    fetcher_class = AnswerFetcher
    parser_class = AnswerParser


async def main() -> None:
    for handler in (SoapHandler(), RestHandler()):
        for iin in OWN["iins"]:
            result = await handler.handle({"iin": iin, "timeout": SECONDS})
            print(json.dumps([result.success, (result.data or {}).get("surname"), result.error]))


if __name__ == "__main__":
    asyncio.run(main())
