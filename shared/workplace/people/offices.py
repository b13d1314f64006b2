"""The office at which a case is: its place moves where the act hands the case over to another office."""

from __future__ import annotations

from collections.abc import Iterable

from shared.contracts.organisations import known_organisations
from shared.regulations.model import DirectoryOffice, OfficeKind, Passport
from shared.regulations.process.graph import ProcessGraph, ProcessNode

COUNTRY_CENTRE = "kz.con.01"
"""The single service centre where an act opens the ЦОН and lists no centre (ours)."""


def service_centres(passport: Passport) -> tuple[DirectoryOffice, ...]:
    """The service centres of the act; for an act without a list, the single centre ``COUNTRY_CENTRE``."""
    listed = passport.directories.con_offices
    return listed or (
        DirectoryOffice(
            n=1,
            code=COUNTRY_CENTRE,
            name=known_organisations().get_by_office(COUNTRY_CENTRE).name,
            address=None,
            phones=(),
            listed=False,
            kind=OfficeKind.CENTRE,
        ),
    )


def offices_of_kind(passport: Passport, kind: OfficeKind) -> tuple[DirectoryOffice, ...]:
    """The offices of the act of this kind."""
    return service_centres(passport) if kind is OfficeKind.CENTRE else passport.directories.offices_of(kind)


def find_kind(passport: Passport, place: str) -> OfficeKind:
    """The kind of the office with this code; an office that the act does not list is a centre."""
    departments = {office.code: office.kind for office in passport.directories.departments}
    return departments.get(place, OfficeKind.CENTRE)


def next_office(passport: Passport, kinds: Iterable[OfficeKind | None], place: str, origin: str) -> str:
    """The office at which steps of these kinds of offices wait, for a case that is at ``place`` and was opened at
    ``origin``. A case comes back to the office where it was opened, and goes to the act's first department
    otherwise.
    """
    wanted = {kind for kind in kinds if kind is not None}
    if not wanted or find_kind(passport, place) in wanted:
        return place
    kind = min(wanted)
    return origin if find_kind(passport, origin) is kind else offices_of_kind(passport, kind)[0].code


def receiving_offices(passport: Passport, graph: ProcessGraph, node: ProcessNode, origin: str) -> list[str]:
    """The offices to which ``node`` may hand a case over; a case goes back only to its ``origin``, where it was
    opened. Empty for a step that hands nothing over.
    """
    kinds = {graph.get_node(transition.target).office for transition in graph.transitions_from(node.id)}
    return [
        office.code
        for kind in kinds - {None, node.office}
        for office in offices_of_kind(passport, kind or OfficeKind.DEPARTMENT)
        if find_kind(passport, origin) is not kind or office.code == origin
    ]
