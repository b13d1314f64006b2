"""What rules did at systems of other processes is journaled once for each of their reports."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table where ШЭП's tables are."""
    if "sandbox_report" in op.get_context().opts["target_metadata"].tables:
        op.create_table(
            "sandbox_report",
            sa.Column("process", sa.String(100), primary_key=True),
            sa.Column("number", sa.Integer, nullable=False),
        )
