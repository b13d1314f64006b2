"""What the catalogue's pages show of a passport: titles, terms, papers, results, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.portal_pep.domain import PORTAL
from services.portal_pep.pages.site import WORDS
from shared.contracts.addresses import region_name
from shared.regulations.coverage.addresses import clause_in
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.coverage.validity import validity_sentence
from shared.regulations.model import Passport, TimeLimit
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessNode
from shared.regulations.translations import text_in, title_in
from shared.web.formats import format_count

SITUATIONS = {
    "work-lost": ("unemployed-registration", "unemployment-certificate", "employment-referral"),
    "child": ("kindergarten-queue", "home-taught-children-support"),
    "money-short": ("targeted-social-assistance", "needy-citizens-assistance", "housing-assistance"),
    "past-proved": ("archive-certificate", "unemployment-certificate"),
    "foreigners-hired": ("foreign-labour-permit",),
}
"""Situations of life, by the services that help in them; ours."""
_UNIT_HOURS = {
    "minute": 1 / 60,
    "hour": 1.0,
    "same_day": 8.0,
    "working_day": 24.0,
    "calendar_day": 24.0,
    "month": 720.0,
}


@dataclass(frozen=True)
class ServiceCard:
    """A service in the list."""

    id: str
    title: str
    region: str
    provider: str
    longest: str
    """The longest term that the act gives one step; empty where it gives none."""


@dataclass(frozen=True)
class StepTerm:
    """A step of people with the term that the act gives it."""

    actor: str
    action: str
    term: str


@dataclass(frozen=True)
class ServicePage:
    """All that the page of a service shows."""

    card: ServiceCard
    entitled: Sequence[str]
    papers: Sequence[str]
    copies: Sequence[str]
    terms: Sequence[StepTerm]
    results: Sequence[str]
    refusals: Sequence[tuple[str, str]]
    """Words and clause of each refusal."""
    restrictions: Sequence[str]
    offices: Sequence[tuple[str, str, str]]
    """Name, address, telephones."""
    act: str
    clause_of_act: str
    contradictions: int


def title_of(tag: str, passport: Passport) -> str:
    """The title of a service on a page; the acts have no English one: ours for the services of the portal."""
    own = WORDS.get(f"service-{passport.service_type}")
    return own["en"] if tag == "en" and own is not None else title_in(tag, passport)


def list_cards(
    book: PassportBook, tag: str, *, region: str = "", situation: str = "", words: str = ""
) -> list[ServiceCard]:
    """The portal's services of a region, of a situation and with these words in their title, in any language."""
    types = SITUATIONS.get(situation)
    return [
        describe_card(passport, book, tag)
        for passport in list_passports(book)
        if region in ("", passport.region)
        and (not situation or (types is not None and passport.service_type in types))
        and all(word in _searched_text(passport) for word in words.casefold().split())
    ]


def list_passports(book: PassportBook) -> list[Passport]:
    """The passports of the services for which the portal takes applications."""
    return [passport for passport in book.passports if PORTAL in passport.channels.accept]


def list_regions(book: PassportBook, tag: str) -> list[tuple[str, str]]:
    """Code and name of each region with services of the portal."""
    codes = dict.fromkeys(passport.region for passport in list_passports(book))
    return [(code, region_title(code, tag)) for code in codes]


def region_title(code: str, tag: str) -> str:
    """The name of a region in a language of the pages."""
    names = region_name(code)
    return names.get(tag) or names["ru"]


def describe_card(passport: Passport, book: PassportBook, tag: str) -> ServiceCard:
    """A service in the list, in a language."""
    return ServiceCard(
        passport.id,
        title_of(tag, passport),
        region_title(passport.region, tag),
        _say(passport.provider, tag),
        find_longest_term(passport, book, tag),
    )


def describe_service(passport: Passport, book: PassportBook, tag: str) -> ServicePage:
    """The page of a service in a language; what only the act says stays in the act's words on an English page."""
    document = CoverageBook.load().documents_by_regulation[passport.id]
    return ServicePage(
        card=describe_card(passport, book, tag),
        entitled=[_say(rule.text, tag) for rule in passport.entitled],
        papers=[_say(ground.text, tag) for ground in passport.grounds if PORTAL in ground.channels],
        copies=[_say(name, tag) for form in passport.forms if form.lists_copies for name in form.fields],
        terms=list_terms(passport, book, tag),
        results=[_say(result.text, tag) for result in passport.results],
        refusals=[
            (_say(refusal.text, tag), clause_in(tag, refusal.clause) if refusal.clause else "")
            for refusal in passport.refusals
            if PORTAL in refusal.channels
        ],
        restrictions=[_say(one.text, tag) for one in passport.channels.restrictions],
        offices=[
            (_say(office.name, tag), office.address or "", ", ".join(office.phones))
            for office in passport.directories.offices_for(PORTAL)
        ],
        act=validity_sentence(document, tag),
        clause_of_act=f"{passport.id}",
        contradictions=len(passport.contradictions),
    )


def list_terms(passport: Passport, book: PassportBook, tag: str) -> list[StepTerm]:
    """The steps by the portal that have a term, in the act's order, each once."""
    terms = (
        StepTerm(_say(node.actor, tag), _say(node.action, tag), format_term(node.limit, tag))
        for node in _limited_steps(passport, book)
    )
    return [term for term in dict.fromkeys(terms) if term.term]


def _limited_steps(passport: Passport, book: PassportBook) -> list[ProcessNode]:
    if PORTAL not in passport.channels.accept:
        return []
    graphs = (book.get_graph(passport.id, PORTAL, variant) for variant in passport.variants)
    return [node for graph in graphs for node in graph.nodes if node.limit is not None]


def find_longest_term(passport: Passport, book: PassportBook, tag: str) -> str:
    """The longest term of one step; the acts give no term of a whole service."""
    limits = [node.limit for node in _limited_steps(passport, book) if node.limit is not None]
    longest = max(limits, key=_hours_of, default=None)
    return "" if longest is None or not _hours_of(longest) else format_term(longest, tag)


def format_term(limit: TimeLimit | None, tag: str) -> str:
    """A term as people read it: "9 рабочих дней"; empty for a term without a measure."""
    if limit is None or limit.unit == "unspecified":
        return ""
    if limit.amount is None:
        return WORDS["same-day"][tag]
    text = format_count(limit.upper or limit.amount, limit.unit, tag)
    return f"{limit.amount}–{text}" if limit.upper else text


def _hours_of(limit: TimeLimit) -> float:
    amount = limit.upper or limit.amount or 1
    hours = timedelta(hours=_UNIT_HOURS.get(limit.unit, 0.0) * amount)
    return hours.total_seconds() / 3600


def _searched_text(passport: Passport) -> str:
    texts: Iterable[Any] = (*(title_of(tag, passport) for tag in ("ru", "kk", "en")), passport.id)
    return " ".join(texts).casefold()


def _say(text: str, tag: str) -> str:
    return text_in(tag, text)
