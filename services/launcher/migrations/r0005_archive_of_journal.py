"""Old entries of ШЭП's journal leave for an archive: its segments, what cases are in them, and legal holds."""

import sqlalchemy as sa
from alembic import op

from shared.bus.persistence.tables import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables where ШЭП's tables are."""
    if "journal_segment" not in op.get_context().opts["target_metadata"].tables:
        return
    op.create_table(
        "journal_segment",
        sa.Column("first", sa.Integer, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=False),
        sa.Column("file_name", sa.String(100), nullable=False),
        sa.Column("file_digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "archived_chain",
        sa.Column("chain_id", sa.String(100), primary_key=True),
        sa.Column("segment", sa.Integer, primary_key=True),
    )
    op.create_table(
        "legal_hold",
        sa.Column("case_id", sa.String(100), primary_key=True),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
