"""The WSDL and XSD files of the universal channels, with links from file to file in the place of addresses."""

from __future__ import annotations

import re
from pathlib import Path

import services

FOLDER = Path(services.__file__).parent / "shep_gateway" / "doors" / "soap" / "descriptions"
HOST = "http://localhost:8002"
ADDRESSES = {
    "sync": "/bip-sync-wss-gost/",
    "async": "/bip-async-wss-gost/",
    "client": "/bip-async-wss-gost/client/",
}
"""By the first word of a file's name, the path at which ШЭП serves the file."""
_MARK = "@address@"
_NAMESPACE = re.compile(r'targetNamespace="([^"]+)"')
_LINK = re.compile(r'namespace="(?P<space>[^"]+)" (?P<word>schemaLocation|location)="@address@\?[^"]*"')


def make_channel_files() -> dict[str, str]:
    """The files by name."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.?s?*"))}
    return {name: _link_files(name, text, texts) for name, text in texts.items()}


def _link_files(name: str, text: str, texts: dict[str, str]) -> str:
    def link(found: re.Match[str]) -> str:
        target = _file_of(found["space"], found["word"], texts)
        return f'namespace="{found["space"]}" {found["word"]}="{target}"'

    return _LINK.sub(link, text).replace(_MARK, HOST + ADDRESSES.get(re.split("[-.]", name)[0], "/"))


def _file_of(namespace: str, word: str, texts: dict[str, str]) -> str:
    """The file that defines a namespace: a schema for ``schemaLocation``, a description for ``location``."""
    ending = ".xsd" if word == "schemaLocation" else ".wsdl"
    return next(
        name
        for name, text in texts.items()
        if name.endswith(ending) and (space := _NAMESPACE.search(text)) and space[1] == namespace
    )
