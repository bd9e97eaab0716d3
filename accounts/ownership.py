"""Whose a number is, and when."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from belnota.periods import to_utc
from belnota.store.schema import numbers, plans, subscriptions
from belnota.tables import Ownership, schema_of

_STRETCHES = (
    sa.select(
        numbers.c.number.label("own_number"),
        numbers.c.valid_from,
        numbers.c.valid_until,
        subscriptions.c.valid_from.label("subscription_from"),
        subscriptions.c.valid_until.label("subscription_until"),
        subscriptions.c.customer_id,
        subscriptions.c.subscription_id,
        plans.c.product,
        plans.c.code.label("plan"),
        plans.c.deck,
    )
    .join(subscriptions, numbers.c.subscription_id == subscriptions.c.subscription_id)
    .join(plans, subscriptions.c.plan == plans.c.code)
)
_DAYS = ("valid_from", "valid_until", "subscription_from", "subscription_until")


def ownership(tx: sa.Connection) -> pl.DataFrame:
    """Return every stretch of time in which a number has an owner (contract Ownership), sorted by number and time.

    Days become instants at local midnight; a stretch is cut to the validity of its subscription, and one of which
    nothing is left is not there. A number that is handed over on 15 October belongs to its new owner
    from 2026-10-14T22:00:00Z on, that instant included (D15).
    """
    rows = tx.execute(_STRETCHES).all()
    schema = {column.name: pl.Date if column.name in _DAYS else pl.String for column in _STRETCHES.selected_columns}
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_columns(
            valid_from=pl.max_horizontal("valid_from", "subscription_from"),
            valid_until=pl.min_horizontal("valid_until", "subscription_until"),
        )
        .filter(pl.col("valid_until").is_null() | (pl.col("valid_until") > pl.col("valid_from")))
        .with_columns(valid_from_at=_midnight("valid_from"), valid_until_at=_midnight("valid_until"))
        .select(pl.col(name).cast(kind) for name, kind in schema_of(Ownership).items())
        .sort("own_number", "valid_from_at")
        .pipe(Ownership.validate)
    )


def _midnight(column: str) -> pl.Expr:
    # The column form of belnota.periods.midnight; in Amsterdam every midnight exists and occurs once.
    return to_utc(pl.col(column).cast(pl.Datetime("us")))
