"""The process of a regulation as a page and as BPMN, from the gateway and from the command line."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from services.cli import app
from services.shep_gateway.pages.page_folder import BPMN_JS, PAGES
from shared.regulations.bpmn import DiagramLanguage, to_bpmn
from shared.regulations.bpmn.chart import chart_of
from shared.regulations.translations import text_in
from tests.commands.command_server import command_words
from tests.journeys.kit import RunningCountry
from tests.journeys.portal.test_printed_seen import BROWSER
from tests.regulations.graphs import graph, passport
from tests.servers.programs import CHROMIUM, obtain

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILE = "/api/v1/regulations/{}/bpmn"
PAGE = "/regulations/{}/diagram"
BROWSE = f"chromium {BROWSER} --virtual-time-budget=20000"


async def test_gateway_gives_the_diagram_of_a_channel_and_variant(country: RunningCountry) -> None:
    how = {"channel": "portal", "variant": "worker-reissue"}
    answer = await country.answer("shep_gateway", "GET", FILE.format("KZ-AKM.1"), params=how)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.content == to_bpmn(graph("KZ-AKM.1", "portal", "worker-reissue"), passport("KZ-AKM.1"))
    assert 'filename="KZ-AKM.1.portal.worker-reissue.bpmn"' in answer.headers["content-disposition"]
    first = await country.answer("shep_gateway", "GET", FILE.format("KZ-AKM.1"))
    assert first.content == to_bpmn(graph("KZ-AKM.1", "provider", "employer-issue"), passport("KZ-AKM.1"))


@pytest.mark.parametrize(
    ("regulation", "how", "code"),
    [
        ("KZ-YUZ.99", {}, "regulation-unknown"),
        ("KZ-YUZ.1", {"channel": "akim"}, "channel-not-found"),
        ("KZ-YUZ.1", {"channel": "by-pigeon"}, "channel-not-found"),
        ("KZ-YUZ.1", {"variant": "worker-reissue"}, "variant-not-found"),
    ],
)
async def test_diagram_that_the_act_does_not_give_is_refused_by_code_and_told_on_the_page(
    country: RunningCountry, regulation: str, how: dict[str, str], code: str
) -> None:
    refusal = await country.answer("shep_gateway", "GET", FILE.format(regulation), params=how)
    assert (refusal.status_code, refusal.json()["code"]) == (404, code)
    assert set(refusal.json()["texts"]) == {"ru", "kk", "en"}
    page = await country.answer("shep_gateway", "GET", PAGE.format(regulation), params={**how, "lang": "en"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert refusal.json()["texts"]["en"] in page.text
    assert "bpmn" not in "".join(re.findall("<script.*?>", page.text))


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("ru", ("Куда обращаются", "Файл BPMN 2.0", "продление разрешения работодателю")),
        ("kk", ("Қайда жүгінеді", "BPMN 2.0 файлы", passport("KZ-AKM.1").title.kk or "")),
        ("en", ("Where one applies", "The BPMN 2.0 file", "the portal")),
    ],
)
async def test_diagram_page_has_its_words_in_three_languages_and_both_lists(
    country: RunningCountry, tag: str, words: tuple[str, ...]
) -> None:
    how = {"channel": "portal", "variant": "worker-reissue", "lang": tag}
    page = await country.answer("shep_gateway", "GET", PAGE.format("KZ-AKM.1"), params=how)
    assert page.status_code == 200
    assert all(word in page.text for word in words)
    root = etree.HTML(page.text)
    lists = {one.get("name"): [option.get("value") for option in one] for one in root.iter("select")}
    assert lists == {"channel": ["provider", "portal"], "variant": list(passport("KZ-AKM.1").variants)}
    assert [one.get("value") for one in root.iter("option") if one.get("selected") is not None] == [
        "portal",
        "worker-reissue",
    ]


@pytest.mark.parametrize(("regulation", "tag"), [("KZ-AKM.5", "kk"), ("KZ-ATY.6", "en"), ("KZ-YUZ.1", "ru")])
async def test_diagram_page_draws_and_tells_every_step_in_its_language(
    country: RunningCountry, regulation: str, tag: DiagramLanguage
) -> None:
    page = await country.answer(
        "shep_gateway", "GET", PAGE.format(regulation), params={"channel": "con", "lang": tag}
    )
    steps = {str(item.xpath("normalize-space()")) for item in etree.HTML(page.text).iterfind(".//details/ol/li")}
    acts = {node for node in graph(regulation, "con").nodes if node.end is None and len(node.action) > 1}
    assert steps == {f"{text_in(tag, node.action)} ({text_in(tag, node.actor)})" for node in acts}
    assert await drawn_file(country, page.text) == to_bpmn(graph(regulation, "con"), passport(regulation), tag)


async def drawn_file(country: RunningCountry, page: str) -> bytes:
    """The BPMN file that a diagram page draws."""
    (canvas,) = etree.HTML(page).iterfind(".//*[@id='canvas']")
    address = canvas.get("data-file", "")
    answer = await country.answer("shep_gateway", "GET", "/" + address.lstrip("./"))
    assert answer.status_code == 200
    return answer.content


async def test_diagram_page_asks_for_nothing_that_the_gateway_does_not_serve_itself(
    country: RunningCountry,
) -> None:
    page = await country.answer("shep_gateway", "GET", PAGE.format("KZ-YUZ.1"))
    root = etree.HTML(page.text)
    wanted = [one.get("src") or one.get("href") or "" for one in root.iter("script", "link")]
    assert len(wanted) == 14
    for address in wanted:
        assert address.startswith("../../static/")
        answer = await country.answer("shep_gateway", "GET", address.removeprefix("../.."))
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
    outside = await country.answer("shep_gateway", "GET", "/static/bpmn-js/x/..%2fdiagram.py")
    assert (outside.status_code, outside.json()["code"]) == (404, "not-found")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


async def test_bpmn_js_comes_with_its_licence_and_its_watermark() -> None:
    files = BPMN_JS.folder
    script = (files / "bpmn-navigated-viewer.production.min.js").read_text(encoding="utf-8")
    version = json.loads((files / "vendored.json").read_text(encoding="utf-8"))["version"]
    assert f"bpmn-navigated-viewer v{version}" in script[:200]
    assert "MUST NOT be" in (files / "LICENSE").read_text(encoding="utf-8")
    assert "bjs-powered-by" in script
    ours = [(PAGES.static.folder / name).read_text(encoding="utf-8") for name in ("diagram.js", "diagram.css")]
    assert not any("powered" in text for text in ours)


@pytest.mark.servers
@pytest.mark.parametrize(
    ("regulation", "how"),
    [
        ("KZ-YUZ.1", "channel=portal"),
        ("KZ-AKM.1", "channel=portal&variant=employer-issue"),
        ("KZ-ATY.6", "channel=con"),
    ],
)
async def test_browser_draws_every_flow_node_and_every_flow(
    country: RunningCountry, regulation: str, how: str, tmp_path: Path
) -> None:
    url = f"{country.url('shep_gateway')}{PAGE.format(regulation)}?{how}&lang=kk"
    seen = await asyncio.to_thread(run, f"{BROWSE} --user-data-dir={tmp_path} --dump-dom {url}")
    root = etree.HTML(seen)
    body = root.find("body")
    assert body is not None
    assert (body.get("data-state"), body.get("data-warnings")) == ("drawn", "0"), seen[-2000:]
    drawn = {
        one.get("data-element-id", ""): one.get("class", "")
        for one in root.iter("g")
        if one.get("data-element-id")
    }
    parts = dict(one.split("=") for one in how.split("&"))
    chart = chart_of(graph(regulation, parts["channel"], parts.get("variant", "main")))  # type: ignore[arg-type]
    shapes = {one.id for one in chart.elements} | {f"lane.{one}" for one in chart.lanes} | {"pool"}
    shapes |= {f"{one.id}.note" for one in chart.elements if one.note}
    assert {name for name, kind in drawn.items() if "djs-shape" in kind and not name.endswith("_label")} == shapes
    flows = {one.id for one in chart.flows} | {f"{one.id}.pin" for one in chart.elements if one.note}
    assert {name for name, kind in drawn.items() if "djs-connection" in kind} == flows
    assert 'class="bjs-powered-by"' in seen


@pytest.mark.servers
async def test_diagram_address_with_a_step_leads_to_the_step_and_tells_its_clause(
    country: RunningCountry, tmp_path: Path
) -> None:
    url = f"{country.url('shep_gateway')}{PAGE.format('KZ-ATY.6')}?channel=con&lang=ru#p5"
    seen = await asyncio.to_thread(run, f"{BROWSE} --user-data-dir={tmp_path} --dump-dom {url}")
    told = etree.HTML(seen).findtext(".//p[@id='told']") or ""
    node = graph("KZ-ATY.6", "con").get_node("p5")
    assert told.split("\n")[:2] == [node.clause, f"{node.actor}: {node.action}"]
    (marked,) = (one for one in etree.HTML(seen).iter("g") if "named" in one.get("class", "").split())
    assert marked.get("data-element-id") == "p5"


def run(command: str) -> str:
    program, *arguments = command.split()
    done = subprocess.run(
        (obtain(CHROMIUM) / program, *arguments), capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def bpmn(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run((*command_words(), "bpmn", *arguments), capture_output=True, check=False)


@pytest.mark.thorough
async def test_diagram_command_writes_a_file_or_all_of_them(tmp_path: Path) -> None:
    made = to_bpmn(graph("KZ-YUZ.1", "portal"), passport("KZ-YUZ.1"))
    printed = await asyncio.to_thread(bpmn, "KZ-YUZ.1", "--channel", "portal")
    assert printed.stdout == made
    path = tmp_path / "one.bpmn"
    await asyncio.to_thread(bpmn, "KZ-YUZ.1", "--channel", "portal", "--variant", "main", "--out", str(path))
    assert path.read_bytes() == made
    told = await asyncio.to_thread(bpmn, "--all", str(tmp_path / "all"))
    assert b"112 files" in told.stdout.replace(b"\n", b" ")
    assert len(list((tmp_path / "all").iterdir())) == 112
    assert (tmp_path / "all" / "KZ-YUZ.1.portal.main.bpmn").read_bytes() == made


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "regulation-missing"),
        (("KZ-YUZ.99",), "regulation-unknown"),
        (("KZ-YUZ.1", "--channel", "akim"), "channel-not-found"),
        (("KZ-YUZ.1", "--variant", "x"), "variant-not-found"),
        (("KZ-YUZ.1", "--out", "/dev/null/x"), "file-unwritable"),
    ],
)
async def test_diagram_command_refuses_by_code(arguments: tuple[str, ...], code: str) -> None:
    done = await asyncio.to_thread(CliRunner().invoke, app, ("bpmn", *arguments))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(code)
