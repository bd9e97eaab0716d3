"""Files may hold parts of calls.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_files", sa.Column("part_lines", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("source_files", sa.Column("assembled_calls", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("source_files") as table:
        table.drop_column("assembled_calls")
        table.drop_column("part_lines")
