"""A walk of an attacker through all pages of a room: framing, forged forms, hostile texts, foreign addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
from fastapi.routing import APIRoute
from lxml import html

from shared.bus.http.tls import server_check
from shared.web.page_routes import PageRoute
from tests.pages.kit.rooms import RoomPage, RoomStage

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
FOREIGN = "//evil.example/x"
TYPED = ("text", "search", "tel", "email", "number", "date", "password", "hidden")
"""The kinds of fields into which an attacker writes what he likes."""
KEPT = ("form-token",)


def find_weak_pages(stage: RoomStage) -> list[str]:
    """What an attacker gains at the pages of a room; the forms are sent last: they change what is there."""
    finders = (find_readable_faults, find_faults_of_logins, find_open_doors, find_faults_of_forms)
    return [fault for find in finders for fault in find(stage)]


def find_readable_faults(stage: RoomStage) -> list[str]:
    """Pages that another site may frame, whose policy lets a text run, or that read an address as HTML."""
    faults = []
    for page in stage.room.pages:
        with _visit(stage, page) as visitor:
            answer = visitor.get(stage.address(page))
            policy = answer.headers.get("content-security-policy", "")
            if "frame-ancestors 'none'" not in policy or answer.headers.get("x-frame-options") != "DENY":
                faults.append(f"{page.name}: can be framed")
            if "unsafe" in policy:
                faults.append(f"{page.name}: {policy}")
            path = urlsplit(stage.address(page)).path
            asked = visitor.get(f"{path}?{'&'.join(f'{name}={quote(HOSTILE)}' for name in _queries(answer))}")
            faults += [f"{page.name} ?: {fault}" for fault in _read_as_html(asked)]
    return faults


def find_faults_of_forms(stage: RoomStage) -> list[str]:
    """Fields of every form of every page whose text comes back as HTML; each form is sent, as its visitor."""
    faults, sent = [], set()
    for page in stage.room.pages:
        with _visit(stage, page) as visitor:
            answer = visitor.get(stage.address(page))
            for form in _forms(answer):
                key = (page.instance, page.visitor, form.get("action"), tuple(_values(form)))
                if key not in sent and "logout" not in form.get("action", ""):
                    sent.add(key)
                    faults += [
                        f"{page.name} {form.get('action')}: {fault}" for fault in _send(visitor, answer, form)
                    ]
    return faults


def find_faults_of_logins(stage: RoomStage) -> list[str]:
    """Pages that lead, or have a form or a link that leads, to a foreign address that their own names."""
    faults = []
    for page in stage.room.pages:
        with _visit(stage, page) as visitor:
            path = urlsplit(stage.address(page)).path
            answer = visitor.get(f"{path}?next={quote(FOREIGN, safe='')}", follow_redirects=False)
            targets = [answer.headers.get("location", "")]
            if answer.headers.get("content-type", "").startswith("text/html") and answer.text:
                tree = html.fromstring(answer.text)
                targets += [one.get("action") or one.get("href") or "" for one in tree.iter("form", "a")]
            faults += [
                page.name for target in targets if urljoin(str(answer.url), target).startswith("http://evil")
            ]
    return faults


def find_open_doors(stage: RoomStage) -> list[str]:
    """Forms of the room's systems that an endpoint sees without the token of the visitor, or from another site."""
    faults = []
    instances = {stage.room.instance, *(page.instance for page in stage.room.pages if page.instance)}
    for instance in sorted(instances):
        with httpx.Client(base_url=stage.served.url(instance, ""), verify=server_check("http://")) as stranger:
            for path in _posted_paths(stage.served.country.deployment.nodes[instance].app):
                forged = stranger.post(path, data={"form-token": "0" * 32})
                foreign = stranger.post(path, data={}, headers={"Origin": "https://evil.example"})
                if (forged.status_code, foreign.status_code) != (403, 403):
                    faults.append(f"{instance} {path}: {forged.status_code} {foreign.status_code}")
    return faults


def _posted_paths(app: Any) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, APIRoute) and isinstance(route, PageRoute) and "POST" in (route.methods or ()):
            yield "/".join("x" if part.startswith("{") else part for part in route.path.split("/"))


def _visit(stage: RoomStage, page: RoomPage) -> httpx.Client:
    instance = page.instance or stage.room.instance
    cookies = {f"egov-{instance}": page.visitor(stage.content)} if page.visitor is not None else {}
    url = stage.served.url(instance, "")
    accepts = {"accept": "text/html"}
    return httpx.Client(
        base_url=url, cookies=cookies, headers=accepts, follow_redirects=True, verify=server_check(url), timeout=60
    )


def _queries(answer: httpx.Response) -> set[str]:
    """The names of the fields of the page's forms of search, and names that pages read."""
    names = {field.get("name") for form in _forms(answer, "get") for field in form.iter("input", "select")}
    return {"q", "iin", "search", "ticket", "answer", *(name for name in names if name and name != "lang")}


def _forms(answer: httpx.Response, method: str = "post") -> list[Any]:
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return []
    return [form for form in html.fromstring(answer.text).iter("form") if form.get("method", "get") == method]


def _values(form: Any) -> Iterator[tuple[str, str]]:
    """What an attacker sends: his text in every field to type in, the first choice of the others."""
    for field in form.iter("input", "textarea", "select", "button"):
        name, kind = field.get("name"), field.get("type", "text")
        if not name or kind == "file":
            continue
        if name in KEPT:
            yield name, field.get("value", "")
        elif field.tag == "textarea" or (field.tag == "input" and kind in TYPED):
            yield name, HOSTILE
        elif field.tag == "select":
            yield (
                name,
                next((option.get("value", "") for option in field.iter("option") if option.get("value")), ""),
            )
        else:
            yield name, field.get("value", "on")


def _send(visitor: httpx.Client, answer: httpx.Response, form: Any) -> list[str]:
    address, values = urljoin(str(answer.url), form.get("action", "")), dict(_values(form))
    if form.get("enctype"):
        parts = {name: (None, value) for name, value in values.items()}
        parts["file"] = (f"{HOSTILE}.pdf", "%PDF-1.7", "application/pdf")  # type: ignore[assignment]
        return _read_as_html(visitor.post(address, files=parts))
    return _read_as_html(visitor.post(address, data=values))


def _read_as_html(answer: httpx.Response) -> list[str]:
    if answer.status_code >= 500:
        return [f"{answer.status_code}"]
    if not answer.headers.get("content-type", "").startswith("text/html") or not answer.text:
        return []
    tree = html.fromstring(answer.text)
    scripts = [one for one in tree.iter("script") if not one.get("src")]
    handlers = [name for one in tree.iter() if isinstance(one.tag, str) for name in one.attrib if name[:2] == "on"]
    images = [one for one in tree.iter("img") if one.get("src") == "x"]
    return [f"read as HTML at {answer.url.path}"] if scripts or handlers or images else []
