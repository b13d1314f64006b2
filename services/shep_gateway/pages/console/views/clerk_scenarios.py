"""The clerks' scenarios: their lines in words, and as a form has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.shep_gateway.pages.console.views.titles import region_word, short_title
from shared.bus.errors import Malformed
from shared.contracts import addresses
from shared.web.page_forms import PageForm
from shared.web.page_sites import Page

SCRIPTED = "scripted"
ANSWERS = ("granted", "refused")
MOMENTS = ("at-once", "after", "late", "never")
UNITS = ("minute", "hour", "working_day")
LONGEST_AMOUNT = 5
LONGEST_REASON = 2000
Rules = list[dict[str, Any]]


def list_choices(page: Page) -> dict[str, Any]:
    """What a line of a scenario can be made of, with titles."""
    return {
        "answers": [(name, page.say(f"line-{name}")) for name in ANSWERS],
        "moments": [(name, page.say(f"line-{name}")) for name in MOMENTS],
        "line_units": [(name, page.say(f"line-unit-{name.replace('_', '-')}")) for name in UNITS],
        "regions": [(region, region_word(page, region)) for region in addresses.REGIONS],
    }


@dataclass(frozen=True)
class ShownLine:
    """A line of a scenario in words, and what ends it."""

    system: str
    title: str
    region: str
    region_title: str
    number: int
    who: str
    what: str
    moment: str
    after: Mapping[str, Any] | None
    """The time since the beginning of the step, in the units of the acts."""


def describe_lines(page: Page, clerks: Mapping[str, Any]) -> Sequence[ShownLine]:
    """The lines at all workplaces that answered."""
    return [
        line
        for system, answer in clerks.items()
        if isinstance(answer, dict)
        for line in _lines_of(page, system, answer.get("rules", ()))
    ]


def _lines_of(page: Page, system: str, rules: Sequence[Mapping[str, Any]]) -> Iterator[ShownLine]:
    for rule in rules:
        if rule.get("policy") != SCRIPTED or rule.get("service") is not None:
            continue
        region = str(rule.get("region") or "")
        place = region_word(page, region) if region else page.say("whole-country")
        for number, line in enumerate(rule.get("scenario", ())):
            words, title = _words_of(page, line), short_title(page, system)
            yield ShownLine(system, title, region, place, number, *words, line.get("after"))


def _words_of(page: Page, line: Mapping[str, Any]) -> tuple[str, str, str]:
    """For whom, what and when, of one line."""
    when = dict(line.get("when", {}))
    who = page.say("line-ends", ends=when.pop("ends")) if when.get("ends") else page.say("line-everybody")
    rest = ", ".join(f"{name}: {value}" for name, value in when.items() if name != "op")
    answer = line.get("answer")
    what = page.say(f"line-{answer}") if answer in ANSWERS else str(answer or page.say("line-by-iin"))
    reason = line.get("reason")
    moment = next(
        (name for name in ("late", "never") if line.get(name)), "after" if "after" in line else "at-once"
    )
    return (
        f"{who} ({rest})" if rest else who,
        f"{what}: {reason}" if reason else what,
        page.say(f"line-{moment}"),
    )


def is_short_number(text: str) -> bool:
    """Whether a text is a number that a form may have."""
    return text.isdecimal() and len(text) < LONGEST_AMOUNT


def read_line(form: PageForm) -> dict[str, Any]:
    """The line of the form, in the words of the workplaces' API, which judges it."""
    answer, moment = form.text("answer"), form.text("moment")
    if answer not in ("", *ANSWERS) or moment not in MOMENTS:
        raise Malformed("request-malformed", "no such answer or moment")
    when = {"ends": form.text("ends")} if form.text("ends") else {}
    line: dict[str, Any] = {"when": when}
    if answer:
        when["op"], line["answer"] = "decide", answer
    if answer == "refused":
        line["reason"] = form.text("reason")[:LONGEST_REASON]
    if moment == "after":
        amount, unit = form.text("amount"), form.text("unit")
        if not is_short_number(amount) or unit not in UNITS:
            raise Malformed("request-malformed", "a number of minutes, hours or working days")
        line["after"] = {"amount": int(amount), "unit": unit}
    elif moment != "at-once":
        line[moment] = True
    return line


def with_line(rules: Rules, region: str | None, line: dict[str, Any]) -> Rules:
    """The rules with the line before those of the scripted rule of this region, or in a new rule."""
    scripted, others = _split(rules, region)
    scenario = [line, *(scripted or {}).get("scenario", ())]
    rule = {**(scripted or {"policy": SCRIPTED}), "scenario": scenario}
    return [*others, rule if region is None else {**rule, "region": region}]


def without_line(rules: Rules, region: str | None, number: int) -> Rules:
    """The rules without one line; with its last line the rule goes."""
    scripted, others = _split(rules, region)
    scenario = list((scripted or {}).get("scenario", ()))
    del scenario[number : number + 1]
    return [*others, {**scripted, "scenario": scenario}] if scripted and scenario else others


def _split(rules: Rules, region: str | None) -> tuple[dict[str, Any] | None, Rules]:
    """The scripted rule of a region for all services, and the other rules but those that it replaces."""
    is_its = [rule.get("region") == region and rule.get("service") is None for rule in rules]
    of_region = [rule for rule, is_one in zip(rules, is_its, strict=True) if is_one]
    others = [rule for rule, is_one in zip(rules, is_its, strict=True) if not is_one]
    return next((rule for rule in of_region if rule["policy"] == SCRIPTED), None), others
