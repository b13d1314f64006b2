"""Serves the descriptions of the universal channels: WSDL and XSD, with the address at which the caller asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request, Response

from shared.bus.errors import NotFound
from shared.bus.http.requests.call_limits import ManyCalls

router = APIRouter(tags=["soap"])

_FOLDER = Path(__file__).parent / "descriptions"
_MARK = "@address@"
"""Stands in the files in the place of the address of the channel."""
XML = "text/xml; charset=utf-8"


@dataclass(frozen=True)
class ChannelDescription:
    """The files of one channel: by the value of ``?wsdl=``, and by ``?xsd=1``, ``?xsd=2``…"""

    wsdl: dict[str, str]
    xsd: tuple[str, ...]

    def find_file(self, query: dict[str, str]) -> str:
        """The file that a query asks for; NotFound ``description-unknown``."""
        numbered = {str(number): name for number, name in enumerate(self.xsd, start=1)}
        name = self.wsdl.get(query.get("wsdl", "-")) or numbered.get(query.get("xsd", "-"))
        if name is None:
            raise NotFound("description-unknown", "ask with ?wsdl or ?xsd=1")
        return name


SYNC = ChannelDescription(
    {"": "sync.wsdl", "interface": "sync-interface.wsdl"},
    ("sync-types.xsd", "sync-request.xsd", "sync-response.xsd", "common.xsd"),
)
ASYNC = ChannelDescription({"": "async.wsdl"}, ("async-types.xsd", "common.xsd"))
CLIENT = ChannelDescription({"": "client.wsdl"}, ("client-types.xsd", "common.xsd", "async-types.xsd"))
"""The side of the participant, to whose endpoint ШЭП pushes."""


@router.get("/bip-sync-wss-gost/", response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
@router.get("/SmartBridgeService/", response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
async def describe_sync_channel(http: Request) -> Response:
    """The description of SyncChannel v10; NotFound ``description-unknown``."""
    return _serve(http, SYNC)


@router.get("/bip-async-wss-gost/", response_class=Response, include_in_schema=False, dependencies=[ManyCalls])
async def describe_async_channel(http: Request) -> Response:
    """The description of ШЭП's side of AsyncChannel v10; NotFound ``description-unknown``."""
    return _serve(http, ASYNC)


@router.get(
    "/bip-async-wss-gost/client/", response_class=Response, include_in_schema=False, dependencies=[ManyCalls]
)
async def describe_async_client(http: Request) -> Response:
    """The description of a participant's side of AsyncChannel v10; NotFound ``description-unknown``."""
    return _serve(http, CLIENT)


def _serve(http: Request, description: ChannelDescription) -> Response:
    query = {name.lower(): value for name, value in http.query_params.items()}
    name = description.find_file(query)
    address = escape(str(http.url.replace(query=None, fragment=None)), {'"': "&quot;"})
    return Response(_read_file(name).replace(_MARK, address), media_type=XML)


@cache
def _read_file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
