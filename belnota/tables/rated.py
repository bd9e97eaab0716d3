"""What goes into rating and what comes out."""

import dataframely as dy
import polars as pl

from belnota.tables.calls import Call
from belnota.tables.contract import DIRECTIONS, SERVICES, described


class CallToRate(dy.Schema):
    """One call with the price list that applies to it: all that rating may know."""

    call_id = dy.String(primary_key=True, metadata=described("identity; also breaks ties in the order of drawing"))
    service = dy.Enum(SERVICES, nullable=False, metadata=described("voice, sms or data"))
    direction = dy.Enum(DIRECTIONS, nullable=False, metadata=described("out or in"))
    country = dy.String(
        nullable=True, metadata=described("serving country or zone as the source names it; tried first")
    )
    zone = dy.String(nullable=True, metadata=described("roaming zone; tried second, before *"))
    called = dy.String(nullable=False, metadata=described("number to be priced; digits after one leading +"))
    call_type = dy.String(nullable=True, metadata=described("call type by the number plan; empty = the price row's"))
    answered_at = dy.Datetime(time_unit="us", time_zone="UTC", nullable=False, metadata=described("instant of answer"))
    quantity = dy.Int64(
        nullable=False, min=0, max=2**53, metadata=described("seconds, messages or bytes; 0 = not answered")
    )
    deck = dy.String(nullable=True, metadata=described("price list; empty = the number has no owner"))
    subscription_id = dy.String(nullable=True, metadata=described("who draws from bundles; empty = nobody"))


class RatedCall(Call):
    """One call with its owner and price. One row per call and billing period; the partition is billing_period.

    status rated: priced (the charge may be zero, as inside a bundle). free: not answered, too short or internal.
    unrated: no owner or no price; the charge is empty, never zero, and the call waits in suspense.
    """

    billing_period = dy.String(
        regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("period whose invoice carries the call")
    )
    customer_id = dy.String(nullable=True, metadata=described("who is billed; empty = unknown number"))
    subscription_id = dy.String(nullable=True, metadata=described("subscription of own_number at answered_at"))
    product = dy.String(nullable=True, metadata=described("telefonie or mobiel"))
    deck = dy.String(nullable=True, metadata=described("price list that answered; empty = none did"))
    prefix = dy.String(nullable=True, metadata=described("prefix of the price row that matched"))
    destination = dy.String(nullable=True, metadata=described("name of the destination on the bill"))
    band = dy.String(nullable=True, metadata=described("time band of the first unit; * = any time"))
    status = dy.Enum(["rated", "free", "unrated"], nullable=False, metadata=described("rated, free or unrated"))
    reason = dy.String(nullable=True, metadata=described("why it is free or unrated"))
    in_bundle_quantity = dy.Int64(nullable=False, min=0, metadata=described("quantity that bundles paid for"))
    billed_quantity = dy.Int64(nullable=True, min=0, metadata=described("quantity charged, in whole increments"))
    connect_fee_micro_eur = dy.Int64(nullable=True, metadata=described("part of the charge, micro-euros"))
    information_charge_micro_eur = dy.Int64(
        nullable=True,
        min=0,
        metadata=described("part of the charge that is for the number's holder (0900, 18xx), micro-euros"),
    )
    charge_micro_eur = dy.Int64(nullable=True, metadata=described("price of the call without VAT, micro-euros"))

    @dy.rule()
    def only_an_unrated_call_has_no_charge(cls) -> pl.Expr:
        return (pl.col("status") == "unrated") == pl.col("charge_micro_eur").is_null()

    @dy.rule()
    def only_an_unrated_call_has_no_information_charge(cls) -> pl.Expr:
        return (pl.col("status") == "unrated") == pl.col("information_charge_micro_eur").is_null()

    @dy.rule()
    def the_information_charge_is_part_of_the_charge(cls) -> pl.Expr:
        return pl.col("information_charge_micro_eur") <= pl.col("charge_micro_eur")

    @dy.rule()
    def a_free_call_costs_nothing(cls) -> pl.Expr:
        return (pl.col("status") != "free") | (pl.col("charge_micro_eur") == 0)

    @dy.rule()
    def every_unrated_call_says_why(cls) -> pl.Expr:
        return (pl.col("status") != "unrated") | pl.col("reason").is_not_null()

    @dy.rule()
    def a_bundle_never_pays_for_more_than_was_used(cls) -> pl.Expr:
        return pl.col("in_bundle_quantity") <= pl.col("quantity")


class BundleDraw(dy.Schema):
    """What one call took from one bundle."""

    billing_period = dy.String(regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("as in RatedCall"))
    call_id = dy.String(primary_key=True, metadata=described("the call"))
    pool_id = dy.String(primary_key=True, metadata=described("the allowance drawn from"))
    subscription_id = dy.String(nullable=False, metadata=described("the member that drew"))
    period = dy.String(regex=r"^\d{4}-\d{2}$", nullable=False, metadata=described("period of the allowance"))
    quantity = dy.Int64(nullable=False, min=1, metadata=described("seconds, messages or bytes taken"))
