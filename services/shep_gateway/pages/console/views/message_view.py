"""What the console shows of a journal entry: its words, its signatures and attestation, its bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from services.shep_gateway.pages.console.site import FOLDER
from services.shep_gateway.pages.console.views.titles import is_known_system, region_word, short_title, type_word
from services.shep_gateway.storage import JournalRow
from shared.bus.errors import BusError
from shared.bus.messages import jws
from shared.bus.messages.message import MessageInfo, MessageType, make_envelope
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, STEP, VARIANT
from shared.texts.catalog import COMMON
from shared.web.page_sites import Page

SHOWN_CLAIMS = ("to", "seq", "alg", "sid", "route", "at")
LONGEST_SHOWN = 64 * 1024
TONES = {"ACCEPTED": "good", "REFUSED": "bad", "UNDELIVERED": "bad", "REPLAYED": "doubtful"}


@dataclass(frozen=True)
class MessageContent:
    """The bytes of a message as text, cut off where they are long; ``data`` is what a new message may change."""

    envelope: str = ""
    data: str = ""
    raw: str = ""
    size: int = 0
    is_cut: bool = False


def describe_entry(page: Page, row: JournalRow) -> dict[str, Any]:
    """The entry as a row of the list."""
    return {
        "n": row.n,
        "at": row.at,
        "event": page.say(f"event-{row.event.lower().replace('_', '-')}"),
        "tone": TONES.get(row.event, "plain"),
        "sender": short_title(page, row.sender) if row.sender else "—",
        "recipients": ", ".join(short_title(page, address) for address in row.recipients.split())
        if row.message_id
        else row.recipients,
        "type": type_word(page, row.message_type),
        "service": row.service_id or "",
        "region": region_word(page, row.region),
        "case_id": row.case_id or "",
        "message_id": row.message_id or "",
        "step": row.step or "",
        "code": row.code or "",
        "meaning": code_text(page, row.code),
    }


def code_text(page: Page, code: str | None) -> str:
    """What a code means in the visitor's language; empty where no text is known."""
    if not code:
        return ""
    texts: Any = page.request.app.state.texts
    meanings = texts.get(code) or COMMON.get(code) or FOLDER.words.get(f"code-{code}") or {}
    return str(meanings.get(page.tag, ""))


def name_value(page: Page, value: str) -> str:
    """A value of a finding: a system by its title, a region by its name, a code by its meaning."""
    if value in addresses.REGIONS:
        return region_word(page, value)
    return short_title(page, value) if is_known_system(value) else value


def read_content(row: JournalRow) -> MessageContent:
    """The content of an accepted message."""
    if row.body is None:
        return MessageContent()
    raw = row.body[:LONGEST_SHOWN].decode("utf-8", "replace")
    is_cut = len(row.body) > LONGEST_SHOWN
    try:
        content = json.loads(row.body)
        envelope, data = content["messageInfo"], content["messageData"].get("data")
    except (ValueError, KeyError, TypeError, AttributeError):
        return MessageContent(raw=raw, size=len(row.body), is_cut=is_cut)
    return MessageContent(_indent(envelope), _indent(data), raw, len(row.body), is_cut)


def _indent(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)[: 4 * LONGEST_SHOWN]


def list_facts(page: Page, row: JournalRow) -> list[tuple[str, str, str]]:
    """The entry's identity, its place in the chain of the journal, and who signed what."""
    rows = [
        ("message-id", row.message_id),
        ("case-id", row.case_id),
        ("session-id", row.session_id),
        ("service", row.service_id),
        ("region", region_word(page, row.region)),
        ("step", row.step),
        ("digest", row.digest),
        ("entry-hash", row.hash),
    ]
    facts = [(page.say(f"of-{name}"), str(value), "") for name, value in rows if value]
    return facts + [
        _signature_fact(page, *pair) for pair in (("signature", row.signature), ("hop", row.hop)) if pair[1]
    ]


def _signature_fact(page: Page, name: str, token: str | None) -> tuple[str, str, str]:
    label = FOLDER.words[f"of-{name}"][page.tag]
    try:
        parsed = jws.parse(token or "")
    except BusError as error:
        return label, error.code, ""
    claims = {key: value for key, value in parsed.claims.items() if key in SHOWN_CLAIMS}
    text = ", ".join(f"{key}: {name_value(page, str(value))}" for key, value in claims.items())
    return label, parsed.thumbprint, text[:500]


def envelope_of(row: JournalRow) -> MessageInfo:
    """The envelope of an entry's message, as far as the journal keeps it of a refused one."""
    variant, _, step = (row.step or "").rpartition("/")
    values = {CHANNEL: row.channel, STEP: step, VARIANT: variant}
    return make_envelope(
        message_id=row.message_id or "?",
        correlation_id=row.case_id or "?",
        service_id=row.service_id or "?",
        message_type=MessageType(row.message_type or MessageType.REQUEST),
        route_id=row.region,
        message_date=row.at,
        sender=row.sender or "?",
        values={name: value for name, value in values.items() if value},
    )
