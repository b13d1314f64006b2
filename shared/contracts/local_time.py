"""The time by which people in Kazakhstan live."""

from __future__ import annotations

from datetime import timedelta, timezone

KAZAKHSTAN = timezone(timedelta(hours=5))
"""One zone for the whole country since 1 March 2024; used for earlier days too (docs/reference/divergences.md)."""
