"""Lines in quarantine are retried or dropped by name; the register says when a file came.

Revision: 0004, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_files", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "quarantine_retries",
        sa.Column("retry_id", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("retry_id", name=op.f("pk_quarantine_retries")),
    )
    op.create_table(
        "quarantine_decisions",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("retry_id", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["retry_id"], ["quarantine_retries.retry_id"], name=op.f("fk_quarantine_decisions_retry_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_quarantine_decisions")),
    )
    op.create_index(op.f("ix_quarantine_decisions_file_id"), "quarantine_decisions", ["file_id"])


def downgrade() -> None:
    op.drop_table("quarantine_decisions")
    op.drop_table("quarantine_retries")
    with op.batch_alter_table("source_files") as table:
        table.drop_column("received_at")
