"""Why an application is refused, in the languages in which its reason is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self


class ReasonedRecord(Protocol):
    """What keeps a reason: a case, a message."""

    @property
    def reason(self) -> str | None: ...

    @property
    def reason_kk(self) -> str | None: ...

    @property
    def reason_en(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class RefusalReason:
    """A reason in Russian; in Kazakh where somebody wrote it or the system composed it, in English where the
    system composed it.
    """

    ru: str
    kk: str | None = None
    en: str | None = None

    @classmethod
    def of_record(cls, record: ReasonedRecord) -> Self | None:
        """The reason of a case or message; None for one without."""
        return None if record.reason is None else cls(record.reason, record.reason_kk, record.reason_en)

    def in_language(self, tag: str) -> str:
        """The reason in a language of the pages; in Russian where nobody knows it in that language."""
        return {"kk": self.kk, "en": self.en}.get(tag) or self.ru


def reason_fields(reason: RefusalReason | None) -> dict[str, str | None]:
    """The fields of a record that keep a reason; all None for no reason."""
    if reason is None:
        return {"reason": None, "reason_kk": None, "reason_en": None}
    return {"reason": reason.ru, "reason_kk": reason.kk, "reason_en": reason.en}


def say_reason(record: ReasonedRecord, tag: str) -> str:
    """The reason of a case in the language of a page; empty for a case without."""
    reason = RefusalReason.of_record(record)
    return "" if reason is None else reason.in_language(tag)
