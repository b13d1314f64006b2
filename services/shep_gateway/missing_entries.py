"""Why the register refuses a message: the entries that would have let it pass, and the nearest ones it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from heapq import nlargest
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from services.shep_gateway.domain import GatewayMember, RegisterSnapshot, RouteTarget
from shared.bus.errors import NotFound
from shared.bus.messages.message import MessageInfo
from shared.contracts.cases import CHANNEL, qualified_step_of
from shared.pki.explanation.findings import Finding
from shared.texts.catalog import Translations, texts_beside

TEXTS = texts_beside(__file__, file="missing_entry_texts.yaml")
"""The meaning of each finding, by its code, in ru, kk and en."""
AT_ADMISSION = frozenset(
    ("member-stopped", "no-right", "sender-not-registered", "service-not-in-region", "service-unknown")
)
AFTER_ADMISSION = frozenset(("no-route", "recipient-stopped"))
EXPLAINED = AT_ADMISSION | AFTER_ADMISSION
"""The codes of refusals that an entry of the register would undo; after the admission no right is missing."""
MOST_NAMED = 5
"""The number of nearest entries that a finding names; `more` counts the others."""
MOST_COMPARED = 10
"""The number of services whose whole names are compared with the name in a message: that is slow."""
PUT_MEMBER, POST_RIGHT, POST_ROUTE = "PUT /api/v1/members/", "POST /api/v1/rights", "POST /api/v1/routes"


class RegisterFinding(Finding):
    """One thing about the register, by a stable code.

    `is_proved`: the register lacks this entry, and `details` are the operator's call and the members of its body;
    otherwise an entry that the register has, near the missing one.
    """

    @property
    def texts(self) -> Translations:
        """The meaning in ru, kk and en."""
        return TEXTS[self.code]


def explain_refusal(code: str, info: MessageInfo, snapshot: RegisterSnapshot) -> dict[str, Any]:
    """The explanation of a message that was refused with `code`, as a problem has it in `explanation`.

    With all the missing entries the register lets the message pass; whether its case does, they do not say. First
    stand the missing entries, then the nearest ones. Systems at a door are strangers to each other: none is named.
    """
    facts = {
        "sender": info.sender.sender_id,
        "service-id": info.service_id,
        "region": info.route_id,
        "message-type": info.message_type.value,
        "step": qualified_step_of(info),
    }
    return {
        "kind": "register",
        "facts": {name: fact for name, fact in facts.items() if fact},
        "findings": [finding.as_json() for finding in find_entries(code, info, snapshot)],
    }


def find_entries(code: str, info: MessageInfo, snapshot: RegisterSnapshot) -> tuple[RegisterFinding, ...]:
    """The missing entries, then the nearest ones."""
    members, routes = tuple(_missing_members(info, snapshot)), tuple(_missing_routes(info, snapshot))
    rights = tuple(_missing_rights(info, snapshot)) if code in AT_ADMISSION else ()
    nearest = (
        *(_nearest_routes(info, snapshot) if routes else ()),
        *(_nearest_rights(info, snapshot) if rights else ()),
    )
    return (*members, *routes, *rights, *(finding for finding in nearest if finding.details))


def _missing_members(info: MessageInfo, snapshot: RegisterSnapshot) -> Iterator[RegisterFinding]:
    address = info.sender.sender_id
    sender = snapshot.members.get(address)
    if sender is None:
        yield _missing("sender-not-member", PUT_MEMBER + address)
    elif not sender.is_active:
        yield _switched_off("sender-switched-off", sender)
    for target in _find_targets(info, snapshot):
        recipient = snapshot.members.get(target.recipient)
        if recipient is not None and not recipient.is_active and not recipient.is_at_door:
            yield _switched_off("recipient-switched-off", recipient)


def _missing_routes(info: MessageInfo, snapshot: RegisterSnapshot) -> Iterator[RegisterFinding]:
    if not _find_targets(info, snapshot):
        region = {"region": info.route_id} if info.route_id else {}
        route = {"service_id": info.service_id, **region, "message_type": info.message_type.value}
        yield _missing("route-missing", POST_ROUTE, **route)


def _missing_rights(info: MessageInfo, snapshot: RegisterSnapshot) -> Iterator[RegisterFinding]:
    sender, service, kind = info.sender.sender_id, info.service_id, info.message_type.value
    if (sender, service, kind) not in snapshot.rights:
        yield _missing("right-missing", POST_RIGHT, sender=sender, service_id=service, message_type=kind)


def _nearest_routes(info: MessageInfo, snapshot: RegisterSnapshot) -> Iterator[RegisterFinding]:
    """Services with a like name; the regions of the service; the types, channels and steps it is routed for."""
    service, region, kind = info.service_id, info.route_id, info.message_type.value
    if service not in snapshot.services:
        yield _nearest("services-alike", _select_alike(service, snapshot.services))
        return
    regions = snapshot.regions[service]
    if not regions & {region, None}:
        yield _nearest("regions-served", sorted(code for code in regions if code))
        return
    keys = [key for key in snapshot.routes if key[0] == service and key[1] in (region, None)]
    yield _nearest("types-routed", sorted({key[2] for key in keys} - {kind}))
    yield _nearest("steps-routed", sorted({f"{key[3] or '-'}:{key[4] or '-'}" for key in keys if key[2] == kind}))


def _nearest_rights(info: MessageInfo, snapshot: RegisterSnapshot) -> Iterator[RegisterFinding]:
    """Rights that differ from the missing one by the type, the sender or the service."""
    sender, service, kind = info.sender.sender_id, info.service_id, info.message_type.value
    rights = snapshot.rights
    yield _nearest("types-granted", sorted({right[2] for right in rights if right[:2] == (sender, service)}))
    others = {right[0] for right in rights if right[1:] == (service, kind)}
    yield _nearest("senders-granted", sorted(one for one in others if not snapshot.is_at_door(one)))
    services = sorted({right[1] for right in rights if (right[0], right[2]) == (sender, kind)})
    yield _nearest("services-granted", _select_alike(service, services) or services)


def _find_targets(info: MessageInfo, snapshot: RegisterSnapshot) -> tuple[RouteTarget, ...]:
    where = info.find_property(CHANNEL), qualified_step_of(info)
    try:
        return snapshot.find_targets(info.service_id, info.route_id, info.message_type.value, *where)
    except NotFound:
        return ()


def _select_alike(service: str, known: Iterable[str]) -> list[str]:
    """The names that are like this one, the likest first, whatever their case."""
    pairs = _pairs_of(service)
    likely = nlargest(MOST_COMPARED, sorted(known), key=lambda name: len(pairs & _pairs_of(name)))
    by_small_letters = {name.lower(): name for name in likely}
    alike = get_close_matches(service.lower(), by_small_letters, n=MOST_NAMED)
    return [by_small_letters[name] for name in alike]


def _pairs_of(name: str) -> set[str]:
    """The pairs of neighbouring letters in a name: names that are alike share most of them."""
    letters = name.lower()
    return {first + second for first, second in pairwise(letters)}


def _missing(code: str, call: str, **members: str) -> RegisterFinding:
    return RegisterFinding(code, is_proved=True, details=MappingProxyType({"call": call, **members}))


def _switched_off(code: str, member: GatewayMember) -> RegisterFinding:
    is_regional = str(member.is_regional).lower()
    body = {"title": member.title, "is_regional": is_regional, "is_active": "true"}
    return _missing(code, PUT_MEMBER + member.address, **body)


def _nearest(code: str, names: Sequence[str]) -> RegisterFinding:
    """The finding that names the first of these; a finding without details for none."""
    more = {"more": str(len(names) - MOST_NAMED)} if len(names) > MOST_NAMED else {}
    details = {"entries": " ".join(names[:MOST_NAMED]), **more} if names else {}
    return RegisterFinding(code, details=MappingProxyType(details))
