"""Bundles may carry what is left of them; calls in suspense may be written off.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bundles", sa.Column("rollover_most", sa.BigInteger(), nullable=True))
    op.add_column("bundles", sa.Column("rollover_months", sa.Integer(), nullable=True))
    op.create_table(
        "suspense_write_offs",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_suspense_write_offs")),
    )


def downgrade() -> None:
    op.drop_table("suspense_write_offs")
    with op.batch_alter_table("bundles") as table:
        table.drop_column("rollover_months")
        table.drop_column("rollover_most")
