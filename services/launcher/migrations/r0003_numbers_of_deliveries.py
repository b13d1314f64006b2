"""A delivery of ШЭП and a passage of a РШЭП keep the number that the message had in its stream."""

import sqlalchemy as sa
from alembic import context, op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give the column to the systems that have such rows; what was sent before has no number."""
    tables = context.get_context().opts["target_metadata"].tables
    for table in ("delivery", "passage"):
        if table in tables:
            op.add_column(table, sa.Column("number", sa.Integer, nullable=False, server_default="0"))
