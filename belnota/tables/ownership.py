"""What accounts tells rating: whose a number is, and which bundles may pay for its calls."""

import polars as pl

from belnota.tables.contract import SERVICES, Bool, Datetime, Enum, Int64, List, String, Table, described, rule

CARRIED = "#"
"""In a pool_id, between the pool and the month whose rest it holds: `minutes@S1#2026-09`. No code contains it."""


def own_pool(pool_id: pl.Expr) -> pl.Expr:
    """Return the pool as it is in its own month: `minutes@S1` for `minutes@S1` and for `minutes@S1#2026-09`."""
    return pool_id.str.split(CARRIED).list.first()


def carried_from(pool_id: pl.Expr) -> pl.Expr:
    """Return the month (`YYYY-MM`) whose rest a pool holds; null for a month's own allowance."""
    return pool_id.str.split(CARRIED).list.get(1, null_on_oob=True)


class Ownership(Table):
    """One stretch of time in which one number belongs to one subscription of one customer."""

    own_number = String(primary_key=True, metadata=described("canonical number"))
    valid_from_at = Datetime(primary_key=True, metadata=described("first instant of the stretch"))
    valid_until_at = Datetime(nullable=True, metadata=described("first instant after it; empty = open"))
    customer_id = String(nullable=False, metadata=described("who is billed"))
    subscription_id = String(nullable=False, metadata=described("the subscription the number belongs to"))
    product = Enum(["telefonie", "mobiel"], nullable=False, metadata=described("product family, R1.2"))
    plan = String(nullable=False, metadata=described("subscription type in the catalogue"))
    deck = String(nullable=False, metadata=described("price list that prices its calls"))

    @rule
    def a_stretch_ends_after_it_starts(cls) -> pl.Expr:
        return pl.col("valid_until_at").is_null() | (pl.col("valid_until_at") > pl.col("valid_from_at"))


class BundleShare(Table):
    """What one subscription brings into one bundle in one period, and since when it may draw from it.

    Shares with the same pool_id are one allowance: a group bundle is the pool of its members' shares (R7.17);
    an individual bundle is a pool with one member. What was left of an earlier period is a pool of its own, drawn
    before the period's own allowance: `minutes@S1#2026-09` (rollover, docs/accounts.md).
    """

    period = String(regex=r"^\d{4}-\d{2}$", primary_key=True, metadata=described("local month"))
    pool_id = String(primary_key=True, metadata=described("bundle code @ subscription or customer [# month]"))
    subscription_id = String(primary_key=True, metadata=described("member that may draw"))
    customer_id = String(nullable=False, metadata=described("who is billed"))
    bundle = String(nullable=False, metadata=described("bundle code in the catalogue"))
    bundle_name_nl = String(nullable=False, metadata=described("name shown to customers, Dutch"))
    bundle_name_en = String(nullable=False, metadata=described("name shown to customers, English"))
    is_group = Bool(nullable=False, metadata=described("true for the pool of several members"))
    rank = Int64(nullable=False, metadata=described("order of drawing: modules, then own, then group bundles"))
    service = Enum(SERVICES, nullable=False, metadata=described("voice, sms or data"))
    share = Int64(nullable=False, min=0, metadata=described("prorated share in seconds, messages or bytes"))
    call_types = List(String(), nullable=False, metadata=described("call types it covers; empty = any"))
    destinations = List(String(), nullable=False, metadata=described("destinations it covers; empty = any"))
    valid_from_at = Datetime(nullable=False, metadata=described("first instant of drawing"))
    valid_until_at = Datetime(nullable=False, metadata=described("first instant after the last drawing"))
