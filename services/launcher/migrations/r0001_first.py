"""The tables of 2026-11-30, with which versions begin: databases without a number are of this one."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Change nothing."""
