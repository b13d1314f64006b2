"""Tries variants of what was hashed, within a budget of work that the input cannot enlarge."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.bus.errors import BusError
from shared.pki.encoding.der import UNREADABLE
from shared.pki.explanation.findings import Finding
from shared.pki.gost import GOST_256, GOST_512

WORK = 40_000
"""Microseconds of work for the trials of one explanation, by estimate: the same input always gives the same
trials.
"""
_PER_TRIAL, _BYTES_A_MICROSECOND, _PER_MARK, _GOST_PER_BYTE = 60, 20, 8, 7
_GOST_NAMES = {GOST_256.bits: "gost-256", GOST_512.bits: "gost-512"}

Digest = Callable[[bytes], bytes]
COMMON_DIGESTS: Mapping[str, Digest] = MappingProxyType(
    {
        "sha256": lambda data: hashlib.sha256(data).digest(),
        "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
        "sha384": lambda data: hashlib.sha384(data).digest(),
        "sha512": lambda data: hashlib.sha512(data).digest(),
        "md5": lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
    }
)
GOST_DIGESTS: Mapping[str, Digest] = MappingProxyType(
    {_GOST_NAMES[suite.bits]: suite.hash_data for suite in (GOST_256, GOST_512)}
)


def digest_named(name: str) -> Digest:
    """The function of a digest by its short name; KeyError for another name."""
    return COMMON_DIGESTS[name] if name in COMMON_DIGESTS else GOST_DIGESTS[name]


@dataclass(frozen=True)
class Variant:
    """Something that the signer may have hashed or signed; a variant whose `build` fails is passed over."""

    code: str
    build: Callable[[], bytes]
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class TrialBudget:
    """The work that is left for the trials of one explanation."""

    def __init__(self, microseconds: int = WORK) -> None:
        self._left = microseconds

    def spend(self, microseconds: int) -> bool:
        """Whether this much work was left; takes the work from the budget."""
        if self._left < microseconds:
            return False
        self._left -= microseconds
        return True


def trial_cost(source: bytes, *, is_gost: bool) -> int:
    """The estimated microseconds of making one variant of `source` and hashing it."""
    hashing = len(source) * _GOST_PER_BYTE if is_gost else 0
    return _PER_TRIAL + len(source) // _BYTES_A_MICROSECOND + source.count(b"<") * _PER_MARK + hashing


def built(variant: Variant) -> bytes | None:
    """The bytes of a variant; None where the source does not allow it."""
    try:
        return variant.build()
    except (BusError, UnicodeError, RecursionError, *UNREADABLE):
        return None


def find_hashed(
    given: bytes, source: bytes, name: str, variants: Iterable[Variant], budget: TrialBudget
) -> Finding | None:
    """The first variant of `source` whose digest, by the algorithm `name`, is `given`."""
    digest = digest_named(name)
    cost = trial_cost(source, is_gost=name in GOST_DIGESTS)
    for variant in variants:
        if not budget.spend(cost):
            return None
        data = built(variant)
        if data is not None and digest(data) == given:
            return Finding(variant.code, True, variant.details)
    return None


def find_digest_spelling(given: bytes, content: bytes, name: str, budget: TrialBudget) -> Finding | None:
    """The other digest algorithm, or the other spelling, by which `given` is a digest of `content`."""
    if not budget.spend(6 * trial_cost(content, is_gost=False)):
        return None
    names = [name, *(digest_name for digest_name in COMMON_DIGESTS if digest_name != name)]
    if name in GOST_DIGESTS or len(given) in (32, 64):
        names += [digest_name for digest_name in GOST_DIGESTS if digest_name != name]
    for digest_name in names:
        if digest_name in GOST_DIGESTS and not budget.spend(len(content) * _GOST_PER_BYTE):
            continue
        own = digest_named(digest_name)(content)
        if own == given and digest_name != name:
            return Finding(
                "digest-other-than-declared", True, MappingProxyType({"declared": name, "used": digest_name})
            )
        spelling = spelling_of(given, own)
        if spelling:
            return Finding(f"digest-{spelling}", True, MappingProxyType({"digest": digest_name}))
    return None


def spelling_of(given: bytes, value: bytes) -> str | None:
    """How `given` spells `value` wrongly: in hexadecimal, in base64 again, or backwards."""
    import base64

    if given.lower() == value.hex().encode():
        return "in-hex"
    if given.strip() == base64.b64encode(value):
        return "in-base64-twice"
    if given == value[::-1]:
        return "reversed"
    return None
