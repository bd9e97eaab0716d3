"""Nights that ran, layouts of feeds, and decisions about calls that wait for a part.

Revision: 0006, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nights",
        sa.Column("run_on", sa.Date(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_on", name=op.f("pk_nights")),
    )
    op.create_table(
        "feed_layouts",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "digest", name=op.f("pk_feed_layouts")),
    )
    op.create_table(
        "part_decisions",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_part_decisions")),
    )
    op.add_column("quarantine_retries", sa.Column("assembled", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("quarantine_retries") as table:
        table.drop_column("assembled")
    op.drop_table("part_decisions")
    op.drop_table("feed_layouts")
    op.drop_table("nights")
