"""Which columns of the systems' tables hold secrets or data of people."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import MetaData

SECRETS = frozenset(
    {
        *("password_hash", "token_hash", "token_digest", "code_hash", "code_digest", "secret", "old_secret"),
        *("open_key", "kept_key.key", "sms.code", "console_session.digest"),
    }
)
"""Columns, or ``table.column``, that nobody is shown."""
HARMLESS = frozenset(
    {
        *(
            "recipients",
            "hop",
            "signature",
            "title",
            "title_kk",
            "clause",
            "service",
            "service_kk",
            "organisation",
        ),
        *("kinds", "deviations", "rules", "steps", "todo", "waits", "kind", "state", "status"),
    }
)
"""Columns of unlimited length that hold no data of people; every other one counts as personal."""
PERSONAL = frozenset(
    {
        *("applicant_name", "employee_name", "leader_name", "company_responsible", "personal_data", "phone"),
        *("account", "bar_code", "uploaded_by", "power_number"),
        *("account.number", "power_of_attorney.number", "person.name", "draft_file.name", "temp_file.name"),
        *("login_address.address", "login_failure.address", "login_address.login", "login_failure.login"),
    }
)
"""Columns of limited length, or ``table.column``, with data of people; an ИИН is masked wherever it stands."""
_IIN = re.compile(r"(?<!\d)\d{10}(?=\d{2}(?!\d))")


class ColumnMask:
    """What of a database is not shown."""

    def __init__(self, tables: MetaData, *, shows_people: bool) -> None:
        self.shows_people = shows_people
        self._hidden = {
            (table.name, column.name)
            for table in tables.tables.values()
            for column in table.columns
            if _is_among(SECRETS, table.name, column.name)
            or (not shows_people and _is_personal(table.name, column))
        }
        self.met: set[str] = set()
        """The hidden columns that were asked for."""

    def hides(self, table: str, column: str) -> bool:
        """Whether a column is hidden; remembers that it was asked for."""
        is_hidden = (table, column) in self._hidden
        if is_hidden:
            self.met.add(f"{table}.{column}")
        return is_hidden

    def mask_value(self, value: Any) -> Any:
        """A value as it is shown: an ИИН with its last two digits, bytes as text or as their number."""
        if isinstance(value, bytes | memoryview):
            content = bytes(value)
            try:
                value = content.decode()
            except UnicodeDecodeError:
                return f"<{len(content)} bytes>"
        if isinstance(value, str) and not self.shows_people:
            return _IIN.sub("*" * 10, value)
        return value


def _is_among(names: frozenset[str], table: str, column: str) -> bool:
    return column in names or f"{table}.{column}" in names


def _is_secret(table: str, column: Any) -> bool:
    return _is_among(SECRETS, table, column.name)


def _is_personal(table: str, column: Any) -> bool:
    if _is_among(PERSONAL, table, column.name):
        return True
    return getattr(column.type, "length", 0) is None and column.name not in HARMLESS
