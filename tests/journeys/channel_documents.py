"""The descriptions of ШЭП's SOAP channels as a stranger loads them: over HTTP, with all that they import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from lxml import etree

from tests.journeys.kit import RunningCountry

XS = "{http://www.w3.org/2001/XMLSchema}"


@dataclass(frozen=True)
class ChannelDocuments:
    """The documents of one channel by their address, and the schema that they make."""

    texts: dict[str, bytes]
    schema: etree.XMLSchema

    def check_content(self, body: etree._Element) -> None:
        """Fail unless the only child of the SOAP Body is what the schema describes."""
        (content,) = (child for child in body if isinstance(child.tag, str))
        self.schema.assertValid(etree.ElementTree(content))


async def fetch_documents(country: RunningCountry, path: str) -> ChannelDocuments:
    """Load ``?wsdl`` of a channel, and every document that it names, by their addresses."""
    url, texts = f"{country.url('shep_gateway')}{path}?wsdl", {}
    waiting = [url]
    while waiting:
        address = waiting.pop()
        if address in texts:
            continue
        split = urlsplit(address)
        response = await country.answer("shep_gateway", "GET", f"{split.path}?{split.query}")
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/xml")
        texts[address] = response.content
        for element in etree.fromstring(response.content).iter():
            named = element.get("schemaLocation") or element.get("location") or ""
            if named.startswith("http") and "?" in named:
                waiting.append(named)
    return ChannelDocuments(texts, _compile_schema(texts))


def _compile_schema(texts: dict[str, bytes]) -> etree.XMLSchema:
    """The schema of all namespaces together; the documents name each other by files instead of addresses."""
    files = {address: f"{number}.xsd" for number, address in enumerate(texts)}
    with TemporaryDirectory() as folder:
        imports = ""
        for address, text in texts.items():
            root = etree.fromstring(text)
            if root.tag != f"{XS}schema":
                continue
            for element in root.iter(f"{XS}import"):
                element.set("schemaLocation", files[str(element.get("schemaLocation"))])
            (Path(folder) / files[address]).write_bytes(etree.tostring(root))
            space = root.get("targetNamespace")
            imports += f'<xs:import namespace="{space}" schemaLocation="{files[address]}"/>'
        whole = Path(folder) / "whole.xsd"
        whole.write_text(f'<xs:schema xmlns:xs="{XS[1:-1]}">{imports}</xs:schema>', encoding="utf-8")
        return etree.XMLSchema(etree.parse(str(whole)))
