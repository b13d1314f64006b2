"""The criteria of WCAG 2.2, A and AA, and what holds a page to them: axe, our checks, a walk by the keyboard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from selenium.webdriver.common.keys import Keys

from tests.pages.kit.browser import NARROW, WIDE, PageBrowser
from tests.pages.kit.page_checks import load_axe, own_faults

HERE = Path(__file__).parent
CHECKS = (HERE / "criteria_checks.js").read_text(encoding="utf-8")
FOCUS = (HERE / "focus_state.js").read_text(encoding="utf-8")
EXPERIMENTAL = ("css-orientation-lock", "label-content-name-mismatch", "target-size")
RUN_AXE = """
const [experimental, done] = arguments;
const rules = Object.fromEntries(experimental.map((id) => [id, { enabled: true }]));
const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
const options = { runOnly: { type: "tag", values }, rules, resultTypes: ["violations"] };
axe.run(document, options).then(({ violations }) =>
  done(violations.map(({ id, tags, nodes }) => [id, tags, nodes[0].html.slice(0, 120)]))
);
"""
SPACING = """
const style = new CSSStyleSheet();
style.replaceSync(`
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }`);
document.adoptedStyleSheets = [style];
"""
BEGIN_WALK = f"""
window.scrollTo(0, 0);
document.activeElement?.blur();
getSelection().removeAllRanges();
window.tabStops = [];
const look = () => {{ {FOCUS} }};
addEventListener("keyup", (event) => event.key === "Tab" && tabStops.push(look()), true);
"""
"""Has the page itself note where each Tab leads: to ask after each costs the browser more than the walk."""
LARGE = "document.adoptedStyleSheets = []; document.documentElement.style.setProperty('font-size', '200%');"
MOST_TABS = 70
TABS_AT_ONCE = 14

Faults = Mapping[str, Sequence[str]]
"""The faults by the number of the criterion."""


def find_faults(browser: PageBrowser, until: str = "", *, is_known_to_axe: bool = False) -> Faults:
    """The faults of the page that the browser shows, wide; the walk by the keyboard leaves the focus anywhere.
    Ends with the first fault of the criterion ``until``. ``is_known_to_axe``: axe has judged the page already.
    """
    faults: dict[str, list[str]] = defaultdict(list)
    of_axe = () if is_known_to_axe else (_axe_faults,)
    for find in (_script_faults, *of_axe, _walk_faults, _spacing_faults, _narrow_faults):
        for criterion, texts in find(browser).items():
            faults[criterion] += texts
        if faults[until]:
            break
    return {criterion: texts for criterion, texts in faults.items() if texts}


def _axe_faults(browser: PageBrowser) -> Faults:
    load_axe(browser)
    found: list[Any] = browser.driver.execute_async_script(RUN_AXE, list(EXPERIMENTAL))
    faults: dict[str, list[str]] = defaultdict(list)
    for rule, tags, html in found:
        for tag in tags:
            digits = tag.removeprefix("wcag")
            if tag != digits and digits.isdigit() and len(digits) > 2:
                faults[f"{digits[0]}.{digits[1]}.{digits[2:]}"].append(f"axe {rule}: {html}")
    return faults


def _script_faults(browser: PageBrowser) -> Faults:
    faults: Faults = browser.run(CHECKS)
    return faults


def _walk_faults(browser: PageBrowser) -> Faults:
    """Press Tab through the page: every stop is visible, nothing hides it, the order is that of the page, the walk
    comes to its end, and nothing happens by arriving.
    """
    faults: dict[str, list[str]] = defaultdict(list)
    address, windows = browser.driver.current_url, len(browser.driver.window_handles)
    browser.run(BEGIN_WALK)
    places: list[int] = []
    for _ in range(0, MOST_TABS, TABS_AT_ONCE):
        browser.press(*[Keys.TAB] * TABS_AT_ONCE)
        reached, stops = browser.run("return [location.href, (window.tabStops || []).splice(0)]")
        if reached.partition("#")[0] != address.partition("#")[0]:
            faults["3.2.1"].append("the focus leads to another page")
            break
        if not stops or any(_judge_stop(stop, places, faults) for stop in stops):
            break
    if len(browser.driver.window_handles) > windows:
        faults["3.2.1"].append("the focus opens a window")
    return faults


def _judge_stop(stop: Mapping[str, Any] | None, places: list[int], faults: dict[str, list[str]]) -> bool:
    """Note the faults of a stop and add its place to ``places``; whether the walk ends with it."""
    if stop is None or stop["place"] in places[:1]:
        return True
    if places and stop["place"] == places[-1]:
        if not stop["hasInnerStops"]:  # day, month, year: the browser stops at each
            faults["2.1.2"].append(stop["name"])
        return not stop["hasInnerStops"]
    if places and stop["place"] < places[-1]:
        faults["2.4.3"].append(stop["name"])
    if not stop["isVisible"]:
        faults["2.4.7"].append(stop["name"])
    if stop["isObscured"] or not stop["isInside"]:
        faults["2.4.11"].append(stop["name"])
    places.append(stop["place"])
    return False


def _spacing_faults(browser: PageBrowser) -> Faults:
    tag = browser.run("return document.documentElement.lang")
    browser.run(SPACING)
    spaced = [fault for fault in own_faults(browser, tag) if _is_of_space(fault)]
    browser.run(LARGE)
    large = [fault for fault in own_faults(browser, tag) if _is_of_space(fault)]
    browser.run("document.documentElement.removeAttribute('style')")
    return {"1.4.12": spaced, "1.4.4": large}


def _narrow_faults(browser: PageBrowser) -> Faults:
    browser.resize(NARROW)
    tag = browser.run("return document.documentElement.lang")
    faults = [fault for fault in own_faults(browser, tag) if _is_of_space(fault)]
    browser.resize(WIDE)
    return {"1.4.10": faults}


def _is_of_space(fault: str) -> bool:
    return "wider than" in fault or "cut off" in fault or "leaves its picture" in fault


def compare_pages(snapshots: Sequence[Mapping[str, Any]]) -> Faults:
    """What must be alike on all pages of a site: the order of the navigation, the names of equal links."""
    faults: dict[str, list[str]] = defaultdict(list)
    first = snapshots[0]
    for other in snapshots[1:]:
        common = [link for link in first["navigation"] if link in other["navigation"]]
        if common != [link for link in other["navigation"] if link in common]:
            faults["3.2.3"].append(str(other["navigation"]))
        names = {**first["names"]}
        faults["3.2.4"] += [
            f"{address}: {names[address]}, {name}"
            for address, name in other["names"].items()
            if names.get(address, name) != name
        ]
    return {criterion: texts for criterion, texts in faults.items() if texts}


SNAPSHOT = """
const links = [...document.querySelectorAll("header nav:not(.languages) a, footer a")];
return {
  navigation: [...document.querySelectorAll("header .strip nav a")].map((link) => link.pathname),
  names: Object.fromEntries(links.map((link) => [link.pathname, link.textContent.trim()])),
};
"""


def take_snapshot(browser: PageBrowser) -> Mapping[str, Any]:
    """What ``compare_pages`` wants to know of the page."""
    snapshot: Mapping[str, Any] = browser.run(SNAPSHOT)
    return snapshot
