"""What goes into rating and what comes out."""

import polars as pl

from belnota.tables.calls import Call
from belnota.tables.contract import DIRECTIONS, SERVICES, Datetime, Enum, Int64, String, Table, described, rule


class CallToRate(Table):
    """One call with the price list that applies to it: all that rating may know."""

    call_id = String(primary_key=True, metadata=described("identity; also breaks ties in the order of drawing"))
    service = Enum(SERVICES, nullable=False, metadata=described("voice, sms or data"))
    direction = Enum(DIRECTIONS, nullable=False, metadata=described("out or in"))
    country = String(nullable=True, metadata=described("serving country or zone as the source names it; tried first"))
    zone = String(nullable=True, metadata=described("roaming zone; tried second, before *"))
    called = String(nullable=False, metadata=described("number to be priced; digits after one leading +"))
    call_type = String(nullable=True, metadata=described("call type by the number plan; empty = the price row's"))
    answered_at = Datetime(nullable=False, metadata=described("instant of answer"))
    quantity = Int64(
        nullable=False, min=0, max=2**53, metadata=described("seconds, messages or bytes; 0 = not answered")
    )
    deck = String(nullable=True, metadata=described("price list; empty = the number has no owner"))
    subscription_id = String(nullable=True, metadata=described("who draws from bundles; empty = nobody"))


class RatedCall(Call):
    """One call with its owner and price. One row per call and billing period; the partition is billing_period.

    status rated: priced (the charge may be zero, as inside a bundle). free: not answered, too short or internal.
    unrated: no owner or no price; the charge is empty, never zero, and the call waits in suspense.
    """

    billing_period = String(
        regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("period whose invoice carries the call")
    )
    customer_id = String(nullable=True, metadata=described("who is billed; empty = unknown number"))
    subscription_id = String(nullable=True, metadata=described("subscription of own_number at answered_at"))
    product = String(nullable=True, metadata=described("telefonie or mobiel"))
    deck = String(nullable=True, metadata=described("price list that answered; empty = none did"))
    prefix = String(nullable=True, metadata=described("prefix of the price row that matched"))
    destination = String(nullable=True, metadata=described("name of the destination on the bill"))
    band = String(nullable=True, metadata=described("time band of the first unit; * = any time"))
    status = Enum(["rated", "free", "unrated"], nullable=False, metadata=described("rated, free or unrated"))
    reason = String(nullable=True, metadata=described("why it is free or unrated"))
    in_bundle_quantity = Int64(nullable=False, min=0, metadata=described("quantity that bundles paid for"))
    billed_quantity = Int64(nullable=True, min=0, metadata=described("quantity charged, in whole increments"))
    connect_fee_micro_eur = Int64(nullable=True, metadata=described("part of the charge, micro-euros"))
    information_charge_micro_eur = Int64(
        nullable=True,
        min=0,
        metadata=described("part of the charge that is for the number's holder (0900, 18xx), micro-euros"),
    )
    charge_micro_eur = Int64(nullable=True, metadata=described("price of the call without VAT, micro-euros"))

    @rule
    def only_an_unrated_call_has_no_charge(cls) -> pl.Expr:
        return (pl.col("status") == "unrated") == pl.col("charge_micro_eur").is_null()

    @rule
    def only_an_unrated_call_has_no_information_charge(cls) -> pl.Expr:
        return (pl.col("status") == "unrated") == pl.col("information_charge_micro_eur").is_null()

    @rule
    def the_information_charge_is_part_of_the_charge(cls) -> pl.Expr:
        return pl.col("information_charge_micro_eur") <= pl.col("charge_micro_eur")

    @rule
    def a_free_call_costs_nothing(cls) -> pl.Expr:
        return (pl.col("status") != "free") | (pl.col("charge_micro_eur") == 0)

    @rule
    def every_unrated_call_says_why(cls) -> pl.Expr:
        return (pl.col("status") != "unrated") | pl.col("reason").is_not_null()

    @rule
    def a_bundle_never_pays_for_more_than_was_used(cls) -> pl.Expr:
        return pl.col("in_bundle_quantity") <= pl.col("quantity")


class BundleDraw(Table):
    """What one call took from one bundle."""

    billing_period = String(regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("as in RatedCall"))
    call_id = String(primary_key=True, metadata=described("the call"))
    pool_id = String(primary_key=True, metadata=described("the allowance drawn from"))
    subscription_id = String(nullable=False, metadata=described("the member that drew"))
    period = String(regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("period of the allowance"))
    quantity = Int64(nullable=False, min=1, metadata=described("seconds, messages or bytes taken"))
