"""Programs of the field call SyncChannel in their own dialects: each is answered, each deviation is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from lxml import etree

from shared.contracts.registers import UNIVERSAL_PERSON_SERVICE
from shared.pki.xml.wsse import KeyInfoForm, open_body, sign_body
from tests.journeys.doors import JoinedSystem
from tests.journeys.kit import LIVING, RunningCountry

pytestmark = pytest.mark.asyncio(loop_scope="module")

_BOOK = yaml.safe_load((Path(__file__).parent / "dialects.yaml").read_text(encoding="utf-8"))
_PLACE = re.compile(r"(?<!\{)\{([a-z_]+)\}")
DIALECTS: dict[str, dict[str, Any]] = {name: _BOOK["usual"] | said for name, said in _BOOK["dialects"].items()}
PERSON = LIVING[6]
MOST_SECONDS = 15


@dataclass(frozen=True)
class WildCall:
    """A call in one dialect, signed by the participant."""

    name: str
    parts: Mapping[str, Any]
    client: JoinedSystem

    def write(self) -> bytes:
        """The signed envelope."""
        values = {"service": UNIVERSAL_PERSON_SERVICE, "sender": self.client.address, "iin": PERSON.iin}
        text = self._fill(str(self.parts["envelope"]), values).replace("{{", "{").replace("}}", "}")
        form = KeyInfoForm(self.parts["key_info"])
        return sign_body(text.encode(), self.client.key, self.client.certificate, key_info=form)

    def _fill(self, text: str, values: Mapping[str, str]) -> str:
        return _PLACE.sub(
            lambda found: values.get(found[1]) or self._fill(str(self.parts[found[1]]), values), text
        )

    async def post(self, country: RunningCountry, **headers: str) -> httpx.Response:
        """The response of ШЭП to the call under this dialect's headers."""
        for name, part in (("Content-Type", "content_type"), ("SOAPAction", "action")):
            if self.parts[part] is not None:
                headers[name] = self.parts[part]
        return await country.answer(
            "shep_gateway", "POST", self.parts["path"], content=self.write(), headers=headers, timeout=MOST_SECONDS
        )


@pytest.fixture(params=sorted(DIALECTS))
def call(request: pytest.FixtureRequest, client: JoinedSystem) -> WildCall:
    return WildCall(request.param, DIALECTS[request.param], client)


async def test_lenient_door_answers_the_dialect_and_names_its_deviations(
    country: RunningCountry, call: WildCall
) -> None:
    response = await call.post(country)
    assert response.status_code == 200, response.text
    answer = open_body(response.content).body
    assert answer.findtext(".//responseInfo/status/code") == "SCSS001"
    assert answer.findtext(".//responseData/data//person/iin") == PERSON.iin
    path = f"/api/v1/exchanges/{response.headers['x-exchange-id']}"
    shown = (await country.answer("shep_gateway", "GET", path, headers=call.client.headers)).json()
    told = [f"{one['code']}: {one['element']}" for one in shown["deviations"]]
    assert told == call.parts["deviations"]
    assert shown["request"]["body"].encode() == response.request.content


async def test_strict_door_refuses_the_first_deviation_of_the_dialect(
    country: RunningCountry, call: WildCall
) -> None:
    response = await call.post(country, **{"X-Strict": "true"})
    if not call.parts["deviations"]:
        assert response.status_code == 200, response.text
        return
    fault = etree.fromstring(response.content)
    assert response.status_code == 500
    assert fault.findtext(".//errorData") == "soap-deviation"
    assert fault.findtext(".//errorMessage") == call.parts["deviations"][0]


async def test_dialects_are_thirty_at_least_and_differ() -> None:
    spoken = {repr({name: part for name, part in said.items() if name != "seen"}) for said in DIALECTS.values()}
    assert len(spoken) == len(DIALECTS) >= 30
