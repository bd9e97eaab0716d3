"""The recurring fees of a period."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from accounts.active import active_offers
from belnota.money import MICROS_PER_CENT, rounded
from belnota.periods import Period
from belnota.store import schema
from belnota.tables import Fee, schema_of

_PLANS = sa.select(
    schema.plans.c.code,
    schema.plans.c.product,
    schema.plans.c.name_nl,
    schema.plans.c.name_en,
    schema.plans.c.monthly_micro_eur,
)
_NUMBERS = sa.select(
    schema.numbers.c.subscription_id, schema.numbers.c.number, schema.numbers.c.valid_from, schema.numbers.c.valid_until
)


def fees(tx: sa.Connection, period: Period) -> pl.DataFrame:
    """Return the monthly fees of plans and modules in a period (contract Fee), sorted by customer and subscription.

    A part of a month is prorated by days, half-up to the cent. Parts of one subscription and code in one month are
    rounded together, so that what rounding leaves falls on the later part and the parts of a whole month
    are the whole fee (B19):
        EUR 10.01 a month, 1-16 April and again 16 April-1 May -> 5.01 and 5.00
    """
    to_date = pl.col("days").cum_sum().over("subscription_id", "code", order_by="from_on")
    amount = _prorated(to_date, period) - _prorated(to_date - pl.col("days"), period)
    plan_types = {column.name: pl.String() for column in _PLANS.selected_columns} | {"monthly_micro_eur": pl.Int64()}
    return (
        active_offers(tx, period)
        .join(pl.DataFrame(tx.execute(_PLANS).all(), schema=plan_types, orient="row"), on="code")
        .join(_first_numbers(tx, period), on="subscription_id", how="left")
        .with_columns(
            period=pl.lit(str(period)),
            label=pl.when(pl.col("label") == "").then(pl.col("number").fill_null("")).otherwise("label"),
            amount_cents=amount,
        )
        .select(pl.col(name).cast(kind) for name, kind in schema_of(Fee).items())
        .sort("customer_id", "subscription_id", "code", "from_on")
        .pipe(Fee.validate)
    )


def _prorated(days: pl.Expr, period: Period) -> pl.Expr:
    """Return the fee of so many days of the period, in cents."""
    return rounded(pl.col("monthly_micro_eur") * days, pl.lit(period.days * MICROS_PER_CENT), "half_up")


def _first_numbers(tx: sa.Connection, period: Period) -> pl.DataFrame:
    """Return for each subscription the number it had first among those of the period."""
    types = {"subscription_id": pl.String, "number": pl.String, "valid_from": pl.Date, "valid_until": pl.Date}
    started = pl.col("valid_from") < period.end_on
    not_over = pl.col("valid_until").fill_null(period.end_on) > period.start_on
    return (
        pl.DataFrame(tx.execute(_NUMBERS).all(), schema=types, orient="row")
        .filter(started & not_over)
        .sort("valid_from", "number")
        .unique("subscription_id", keep="first", maintain_order=True)
        .select("subscription_id", "number")
    )
