"""Which plans and modules were active in a period, for which days, and on which subscription."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from belnota.periods import Period
from belnota.store.schema import subscription_modules, subscriptions

_OWNER = (subscriptions.c.customer_id, subscriptions.c.subscription_id, subscriptions.c.label)
_PLANS = sa.select(
    *_OWNER,
    subscriptions.c.plan.label("code"),
    subscriptions.c.valid_from,
    subscriptions.c.valid_until,
    subscriptions.c.valid_until.label("subscription_until"),
    subscriptions.c.valid_from.label("subscription_from"),
)
_MODULES = sa.select(
    *_OWNER,
    subscription_modules.c.module.label("code"),
    subscription_modules.c.valid_from,
    subscription_modules.c.valid_until,
    subscriptions.c.valid_until.label("subscription_until"),
    subscriptions.c.valid_from.label("subscription_from"),
).join(subscriptions, subscriptions.c.subscription_id == subscription_modules.c.subscription_id)
_OFFERS = sa.union_all(_PLANS, _MODULES)

_TEXTS = ("customer_id", "subscription_id", "label", "code")
_DAYS = ("valid_from", "valid_until", "subscription_until", "subscription_from")


def active_offers(tx: sa.Connection, period: Period) -> pl.DataFrame:
    """Return one row per stretch of a plan or module that has days in the period.

    Columns: customer_id, subscription_id, label, code, from_on, until_on (half-open, within the period), days.
    A module never outlives its subscription. Rows are sorted by subscription, code and day.
    """
    schema = {**dict.fromkeys(_TEXTS, pl.String), **dict.fromkeys(_DAYS, pl.Date)}
    from_on = pl.max_horizontal("valid_from", "subscription_from", pl.lit(period.start_on))
    until_on = pl.min_horizontal("valid_until", "subscription_until", pl.lit(period.end_on))
    return (
        pl.DataFrame(tx.execute(_OFFERS).all(), schema=schema, orient="row")
        .select(*_TEXTS, from_on=from_on, until_on=until_on)
        .with_columns(days=(pl.col("until_on") - pl.col("from_on")).dt.total_days())
        .filter(pl.col("days") > 0)
        .sort("subscription_id", "code", "from_on")
    )
