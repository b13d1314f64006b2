"""The server of the kernel's own tests."""

from tests.bus.conftest import postgres_base, postgres_url

__all__ = ["postgres_base", "postgres_url"]
