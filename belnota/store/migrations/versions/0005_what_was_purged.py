"""What was purged, the counters that stay, and invoices of which only number, date and amounts are kept.

Revision: 0005, after 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTERS = (
    "calls", "retried_calls", "parts", "retried_parts", "assembled_calls", "assembled_equal", "quarantined_rows", "never_decided",
    "still_open", "dropped", "became_call", "became_part", "became_duplicate", "left_out",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("invoices", sa.Column("purged_on", sa.Date(), nullable=True))
    op.create_table(
        "purges",
        sa.Column("purge_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("calls_through", sa.Text(), nullable=False),
        sa.Column("invoices_through", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("purge_id", name=op.f("pk_purges")),
    )
    _create_counters(
        "purged_usage",
        [_text("billing_period"), _text("customer_id", nullable=True), _text("usage_period")],
        [_text("own_number", nullable=True), _text("service"), _text("call_type"), _text("status")],
        [_text("reason", nullable=True), *map(_count, ("calls", "stored_calls", "quantity", "stored_quantity"))],
        [_count("in_bundle_quantity"), _count("charge_micro_eur", nullable=True)],
        [_count("information_charge_micro_eur", nullable=True)],
    )
    _create_counters("purged_draws", [*map(_text, ("billing_period", "period", "pool_id", "unit")), _count("quantity")])
    op.create_table(
        "purged_files",
        sa.Column("purge_id", sa.Integer(), nullable=False),
        _text("file_id"),
        _text("feed", nullable=True),
        sa.Column("is_raw_gone", sa.Boolean(), nullable=False),
        *map(_count, _COUNTERS),
        sa.ForeignKeyConstraint(["purge_id"], ["purges.purge_id"], name=op.f("fk_purged_files_purge_id")),
        sa.PrimaryKeyConstraint("purge_id", "file_id", name=op.f("pk_purged_files")),
    )


def _create_counters(name: str, *columns: list[sa.Column[Any]]) -> None:
    op.create_table(
        name,
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("purge_id", sa.Integer(), nullable=False),
        *(column for part in columns for column in part),
        sa.ForeignKeyConstraint(["purge_id"], ["purges.purge_id"], name=op.f(f"fk_{name}_purge_id")),
        sa.PrimaryKeyConstraint("row_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_purge_id"), name, ["purge_id"])


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _count(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def downgrade() -> None:
    for name in ("purged_files", "purged_draws", "purged_usage", "purges"):
        op.drop_table(name)
    with op.batch_alter_table("invoices") as table:
        table.drop_column("purged_on")
