"""A parked message belongs to the replica that will try it again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OWNER = "coalesce((SELECT owner FROM bus_leases ORDER BY renewed_at DESC LIMIT 1), '1')"
"""The replica that was seen last: the others inherit from it; over SQLite the only one."""


def upgrade() -> None:
    """Give the column to the rows that are there."""
    op.add_column("bus_held", sa.Column("owner", sa.String(36), nullable=False, server_default="1"))
    op.execute(f"UPDATE bus_held SET owner = {OWNER}")  # noqa: S608 - our own words
    op.create_index("ix_bus_held_owner", "bus_held", ["owner"])
