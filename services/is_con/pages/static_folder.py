"""The style sheets of the centre's pages."""

from __future__ import annotations

from pathlib import Path

from shared.web.static_files import StaticFolder

CENTRE_STATIC = StaticFolder("centre", Path(__file__).parent / "static")
