"""``egov-bus regulation-pages``: a page in Markdown for each regulation, made of its passport and our readings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:  # imported late: other commands do not need the regulations
    from shared.regulations.model import Passport
    from shared.regulations.passport_book import PassportBook
    from shared.regulations.readings import ContradictionReading


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("regulation-pages")(write_regulation_pages)


def write_regulation_pages(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder for the pages.")],
) -> None:
    """Write a page in Markdown for every regulation: the service, its processes, its contradictions."""
    from shared.regulations.passport_book import PassportBook

    pages = render_pages(PassportBook.load())
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    Console().print(f"{folder}: {len(pages)} pages")


def render_pages(book: PassportBook) -> dict[str, str]:
    """The text of each page by its file name, ``KZ-YUZ.3.md``."""
    from shared.regulations.readings import load_readings

    readings = load_readings()
    return {f"{passport.id}.md": _render_page(book, passport, readings) for passport in book.passports}


def _render_page(book: PassportBook, passport: Passport, readings: Sequence[ContradictionReading]) -> str:
    blocks = [
        f"# {passport.id}. {passport.title.ru}",
        f"Made by `make docs` of `{_passport_place(passport)}`\nand of `shared/regulations/readings.yaml`: "
        "change them, not this page. [How we read the\nacts](../divergences.md#how-we-read-the-acts) says what "
        "settles many contradictions at once.",
        _render_table(("", ""), _describe(passport)),
        "## How a case may end",
        _render_table(("result", "in the act", "variants"), _list_results(passport)),
        _render_table(("refusal", "channels", "clause", "in our words"), _list_refusals(passport)),
        "## Processes",
        _render_table(("channel", "variant", "steps", "systems that hold them"), _list_processes(book, passport)),
        "## Messages",
        "A step sends its messages when its holder has done it; [join](../../how-to/join.md) tells how a system "
        "of yours\ndoes that in a holder's place.",
        _render_table(
            ("channel", "variant", "step", "from", "message", "contract", "to", "status"),
            _list_messages(book, passport),
        ),
        "## Contradictions of the act, and what happens here",
        _render_table(("id", "recorded", "in short", "here"), _list_contradictions(passport, readings)),
        *_render_notes(passport),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _passport_place(passport: Passport) -> str:
    return f"shared/regulations/{passport.region.lower()}/{passport.annex:02d}-{passport.service_type}.yaml"


def _describe(passport: Passport) -> Iterator[tuple[str, str]]:
    act = passport.act
    yield "act", f"{act.body}, {act.date.isoformat()}, № {act.number}; annex {passport.annex}"
    if act.repealed is not None:
        yield "repealed", f"{act.repealed.date.isoformat()}, № {act.repealed.number}"
    yield "service type", f"`{passport.service_type}`"
    yield "provider", passport.provider
    yield "taken in at", _code_list(passport.channels.accept)
    yield "handed out at", _code_list(passport.channels.issue)
    for restriction in passport.channels.restrictions:
        yield f"only, at `{restriction.channel}`", restriction.text
    yield "form", passport.form.text
    yield "systems", ", ".join(f"{system.name} (`{system.code}`)" for system in passport.systems)
    for extension in passport.extensions:
        yield "extension", f"{extension.when} ({extension.clause})"
    if passport.safekeeping is not None:
        yield "safekeeping", f"{passport.safekeeping.text} ({passport.safekeeping.clause})"


def _list_results(passport: Passport) -> Iterator[tuple[str, ...]]:
    for result in passport.results:
        yield f"`{result.code}`", result.text, _code_list(result.variants)


def _list_refusals(passport: Passport) -> Iterator[tuple[str, ...]]:
    for refusal in passport.refusals:
        yield f"`{refusal.kind}`", _code_list(refusal.channels), refusal.clause or "", refusal.text


def _list_processes(book: PassportBook, passport: Passport) -> Iterator[tuple[str, ...]]:
    for channel in passport.channels.accept:
        for variant in passport.variants:
            steps = [node for node in book.get_graph(passport.id, channel, variant).nodes if node.end is None]
            holders = dict.fromkeys(node.holder for node in steps)
            yield f"`{channel}`", f"`{variant}`", str(len(steps)), _code_list(holders)


def _list_messages(book: PassportBook, passport: Passport) -> Iterator[tuple[str, ...]]:
    """The messages of the steps; those to several systems, and equal ones of several variants, in one row."""
    from services.tools.publishing.pacts.message_flows import QUESTIONS, find_contract
    from shared.contracts.addresses import system_address

    variants_of: dict[tuple[str, ...], dict[str, None]] = {}
    for channel in passport.channels.accept:
        for variant in passport.variants:
            recipients_of: dict[tuple[str, ...], dict[str, None]] = {}
            graph = book.get_graph(passport.id, channel, variant)
            for route in graph.message_routes():
                recipient, status = system_address(route.recipient), graph.get_node(route.step).status or ""
                kind: str = "REQUEST" if recipient in QUESTIONS else route.kind
                message = kind, find_contract(route.kind, recipient).contract
                key: tuple[str, ...] = (channel, route.step, system_address(route.sender), status, *message)
                recipients_of.setdefault(key, {})[recipient] = None
            for key, recipients in recipients_of.items():
                variants_of.setdefault((*key, _code_list(recipients)), {})[variant] = None
    for (place, step, sender, status, carried, contract, to), variants in variants_of.items():
        yield f"`{place}`", _code_list(variants), f"`{step}`", f"`{sender}`", carried, f"`{contract}`", to, status


def _list_contradictions(
    passport: Passport, readings: Sequence[ContradictionReading]
) -> Iterator[tuple[str, ...]]:
    recorded = {item.id: item.text for item in passport.contradictions}
    from shared.regulations.readings import readings_of

    for reading in readings_of(passport, readings):
        ids = [one for one in reading.ids if one in recorded]
        yield _code_list(ids), "; ".join(recorded[one] for one in ids), reading.act, reading.here


def _render_notes(passport: Passport) -> Iterator[str]:
    if passport.notes:
        yield "## Our reading of its tables"
        notes = ((f"`{note.table}`", ", ".join(map(str, note.steps)), note.text) for note in passport.notes)
        yield _render_table(("table", "rows", "note of the passport"), notes)


def _code_list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _render_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; empty without rows."""
    lines = [" | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {line} |" for line in lines)])
