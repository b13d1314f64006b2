"""A citizen's browser without a window: it follows links and sends the forms of pages, as HTML says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from lxml import etree

from shared.bus.http.tls import server_check

Node = Any


@dataclass
class PortalVisitor:
    """One browser at the portal, and the page that it shows."""

    http: httpx.AsyncClient
    clicks: int = 0
    answer: httpx.Response | None = None

    @property
    def page(self) -> Node:
        assert self.answer is not None
        return etree.HTML(self.answer.text)

    @property
    def path(self) -> str:
        assert self.answer is not None
        return self.answer.url.path

    @property
    def status(self) -> int:
        assert self.answer is not None
        return self.answer.status_code

    @property
    def heading(self) -> str:
        return text_of(self.page.find(".//h1"))

    @property
    def text(self) -> str:
        return text_of(self.page.find(".//main"))

    @property
    def code(self) -> str:
        """The stable code of an error that the page tells."""
        return (self.page.findtext(".//code") or self.page.findtext(".//section/small") or "").strip()

    async def open(self, path: str) -> PortalVisitor:
        self.answer = await self.http.get(path, follow_redirects=True)
        return self

    async def click(self, words: str) -> PortalVisitor:
        """Click the first link with these words."""
        link = next(one for one in self.page.iter("a") if words in text_of(one))
        return await self._follow(link.get("href"))

    async def press(self, words: str, **typed: str) -> PortalVisitor:
        """Type into the fields of a form, and press its button with these words."""
        button = next(one for one in self.page.iter("button") if words in text_of(one))
        form = next(one for one in button.iterancestors() if one.tag == "form")
        return await self.send(form, {**read_form(form, button), **typed})

    async def send(self, form: Node, values: Mapping[str, str], files: Any = None) -> PortalVisitor:
        self.clicks += 1
        address = self._address(form.get("action") or "")
        self.answer = await self.http.post(address, data=dict(values), files=files, follow_redirects=True)
        return self

    def find_form(self, name: str) -> Node:
        """The form with a field of this name."""
        return next(form for form in self.page.iter("form") if form.find(f".//*[@name='{name}']") is not None)

    async def _follow(self, address: str) -> PortalVisitor:
        self.clicks += 1
        self.answer = await self.http.get(self._address(address), follow_redirects=True)
        return self

    def _address(self, address: str) -> httpx.URL:
        assert self.answer is not None
        return self.answer.url.join(address)

    async def enter(self, iin: str) -> PortalVisitor:
        """Come in as an invented citizen."""
        await self.open(f"/sandbox/citizens?iin={iin}")
        form = next(form for form in self.page.iter("form") if form.find(".//input[@id='field-iin']") is not None)
        return await self.send(form, read_form(form))

    async def read_code(self, iin: str) -> str:
        """The newest code on the citizen's telephone, read in a window of its own."""
        answer = await self.http.get("/sandbox/telephone", params={"iin": iin})
        newest = text_of(etree.HTML(answer.text).find(".//ul[@class='messages']/li/p"))
        (code,) = re.findall("[0-9]{6}", newest)
        return str(code)

    async def sign(self, iin: str) -> PortalVisitor:
        """Sign by the cloud signature, on the page that asks how to sign."""
        form = next(form for form in self.page.iter("form") if form.find(".//button[@value='cloud']") is not None)
        await self.send(form, {**read_form(form), "by": "cloud"})
        return await self.send(self.find_form("code"), {**self.token, "code": await self.read_code(iin)})

    async def fill_in(self, service: str) -> PortalVisitor:
        """Answer the topics of a form that are still asked, with what is known, up to the check of all answers."""
        await self.open(f"/apply/{service}")
        while not self.path.endswith("/check"):
            assert self.status == 200, self.text
            form = self.page.findall(".//main//form")[-1]
            await self.send(form, complete(form))
        return self

    @property
    def token(self) -> dict[str, str]:
        """The hidden token of the page's forms."""
        return {"form-token": self.page.find(".//main//input[@name='form-token']").get("value")}


def complete(form: Node) -> dict[str, str]:
    """A form as it stands, with the first choice where nothing is chosen."""
    values = read_form(form)
    for choice in form.iter("select"):
        first = next(one.get("value") for one in choice.iter("option") if one.get("value"))
        values[choice.get("name")] = values[choice.get("name")] or first
    for radio in form.findall(".//input[@type='radio']"):
        values.setdefault(radio.get("name"), radio.get("value"))
    return values


def text_of(node: Node) -> str:
    """The text of an element, its spaces made single."""
    return " ".join("".join(node.itertext()).split()) if node is not None else ""


def read_form(form: Node, button: Node | None = None) -> dict[str, str]:
    """What a browser sends for a form as it stands, with the name of the pressed button."""
    values = {one.get("name"): one.get("value") or "" for one in form.iter("input") if _is_sent(one)}
    values |= {one.get("name"): one.text or "" for one in form.iter("textarea")}
    for choice in form.iter("select"):
        options = list(choice.iter("option"))
        chosen = next((one for one in options if one.get("selected") is not None), options[0])
        values[choice.get("name")] = chosen.get("value") or ""
    if button is not None and button.get("name"):
        values[button.get("name")] = button.get("value") or ""
    return values


def _is_sent(field: Node) -> bool:
    if not field.get("name") or field.get("type") == "file":
        return False
    return field.get("type") not in ("radio", "checkbox") or field.get("checked") is not None


def open_visitor(url: str, tag: str = "ru") -> PortalVisitor:
    """A new browser at the portal, whose owner reads this language."""
    headers = {"Accept": "text/html", "Accept-Language": tag}
    no_idle = httpx.Limits(max_keepalive_connections=0)  # so that no connection outlives its test
    client = httpx.AsyncClient(base_url=url, headers=headers, timeout=30, limits=no_idle, verify=server_check(url))
    return PortalVisitor(client)
