"""What is left of calls after bundles, and what information costs, in micro-euros: rounded once, here."""

from __future__ import annotations

from typing import Final

import polars as pl

from belnota.lookup import nothing
from belnota.money import rounded_by_terms
from rating.answer import Answers
from rating.terms import charge_micro
from rating.timetable import LONGEST_BY_CLOCK, SECOND_US, Timetable
from rating.walk import WALKER, steps

CHARGED: Final = {
    "row": pl.UInt32,
    "billed_quantity": pl.Int64,
    "connect_fee_micro_eur": pl.Int64,
    "charge_micro_eur": pl.Int64,
}


def charged(calls: pl.DataFrame, answers: Answers, timetable: Timetable) -> pl.DataFrame:
    """Return for each call, in the same order, row (at the start of what is charged) and its amounts (`CHARGED`).

    calls: start_us, quantity, in_bundle_quantity, rate_set, row, deck_number, moves, end_us, is_rated. A rest after a
    bundle is a call that starts at the split: bands by the clock, slots and increments from 0, no connect fee and no
    minimum. What is not rated, or was paid by bundles whole, has nothing to charge: nulls.
    """
    may_be_short = calls.select(_may_be_short().fill_null(value=False)).to_series()
    has_rest = calls["is_rated"] & (calls["quantity"] > calls["in_bundle_quantity"])
    quick = pl.select(call=pl.arg_where(may_be_short & has_rest)).to_series()
    short = _short(calls.select(pl.col("quantity", "row").gather(quick)), answers)
    slow = pl.select(call=pl.arg_where(~may_be_short & has_rest)).to_series()
    slow = slow.append(quick.filter(~short["is_short"]))
    long = walked(rest_walkers(calls.select(slow, pl.all().gather(slow))), answers, timetable)
    amounts = {name: nothing(calls.height, dtype) for name, dtype in CHARGED.items()}
    return pl.DataFrame(
        {name: none.scatter(quick, short[name]).scatter(long["call"], long[name]) for name, none in amounts.items()}
    )


def walked(walkers: pl.DataFrame, answers: Answers, timetable: Timetable) -> pl.DataFrame:
    """Return call and its amounts (`CHARGED`) of calls that walk (walk.WALKER); the order is not kept."""
    done = [
        one.select("call", "row", "step", "is_rest", sum=pl.col("unit_price") * pl.col("step").cast(pl.Int128))
        for one in steps(walkers, answers.prices, timetable)
    ]
    first = done[0].select("call", "row", "is_rest")
    sums = pl.concat(done).group_by("call").agg(pl.col("sum").sum(), billed_quantity=pl.col("step").sum())
    terms = answers.exact.drop("unit_price").select(pl.all().gather(first["row"]))
    whole = first.with_columns(*terms).join(sums, on="call", validate="1:1")
    fee = pl.when("is_rest").then(0).otherwise("fee")
    whole = whole.with_columns(total=pl.min_horizontal(pl.col("sum") + fee, "cap"))
    return whole.select(
        "call",
        pl.col("row").cast(pl.UInt32),
        "billed_quantity",
        connect_fee_micro_eur=pl.when("is_rest").then(0).otherwise("fee_micro"),
        charge_micro_eur=charge_micro(pl.col("total")),
    )


def _short(calls: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Charge calls (quantity, row) that no bundle touched and that stay in one band, by the closed form.

    `CHARGED`, and is_short: whether that form holds the call.
    """
    form = answers.closed
    quantity, increment = pl.col("quantity"), pl.col("increment")
    row = calls["row"]
    here = calls.with_columns(*form.of(row, "first", "slot_t"))
    here = here.with_columns(is_on=quantity > pl.col("slot_t"), t=pl.lit(0, pl.Int64), sum=pl.lit(0, pl.Int64))
    if here["is_on"].any():
        # The call goes on after its first slot: what that cost is known, the next row prices the rest.
        here = here.with_columns(*form.of(row, "slot_sum", "next_row")).with_columns(
            t=pl.when("is_on").then("slot_t").otherwise(0),
            sum=pl.when("is_on").then("slot_sum").otherwise(0),
            priced_by=pl.when("is_on").then("next_row").otherwise("row"),
        )
        row = here["priced_by"]
    here = here.with_columns(*form.of(row, "increment", "until_quantity", "unit_price", "most"))
    begun = pl.when("is_on").then(pl.col("t") + increment).otherwise("first")
    further = (quantity - begun).clip(0)
    here = here.with_columns(billed=begun + (further + increment - 1) // increment * increment)
    units = pl.col("billed") - pl.col("t")
    in_slot = ~pl.col("is_on") | (quantity <= pl.col("until_quantity"))
    here = here.with_columns(
        *form.of(calls["row"], "fee", "cap", "unit", "bias", "odd", "scale", "fee_micro"),
        is_short=(in_slot & (units <= pl.col("most"))).fill_null(value=False),
        sum=pl.col("sum") + pl.col("unit_price") * units,
    )
    total = pl.min_horizontal(pl.col("sum") + pl.col("fee"), "cap")
    has_odd = form.same.get("odd") != 0
    charge = rounded_by_terms(total, pl.col("unit"), pl.col("bias"), pl.col("odd") if has_odd else None)
    return here.select(
        "row",
        "is_short",
        billed_quantity=pl.when("is_short").then("billed"),
        connect_fee_micro_eur=pl.when("is_short").then("fee_micro"),
        charge_micro_eur=pl.when("is_short").then(charge * pl.col("scale")),
    )


def _may_be_short() -> pl.Expr:
    """Return whether a call is charged whole, and its last increment begins before the band changes."""
    stays = ~pl.col("moves") | (pl.col("start_us") + pl.col("quantity") * SECOND_US <= pl.col("end_us"))
    return (pl.col("in_bundle_quantity") == 0) & stays


def information_charged(calls: pl.DataFrame, answers: Answers, timetable: Timetable) -> pl.DataFrame:
    """Return call and charge_micro_eur of what the holders of service numbers ask for rated calls."""
    return walked(information_walkers(calls, answers), answers, timetable).select("call", "charge_micro_eur")


def information_walkers(calls: pl.DataFrame, answers: Answers) -> pl.DataFrame:
    """Return the calls with an information charge, which bundles do not pay: each walks whole, from its answer on.

    A call shorter than the `free_below` of that charge has none.
    """
    asked = calls.with_row_index("call").filter(pl.col("is_rated") & pl.col("information").is_not_null())
    free_below = answers.rows["free_below"].gather(asked["information_row"])
    asked = asked.filter(asked["quantity"] >= free_below)
    of_set = answers.sets.select("deck_number", "may_move").select(pl.all().gather(asked["information"]))
    asked = asked.with_columns(
        of_set["deck_number"],
        moves=of_set["may_move"] & asked["is_voice"],
        rate_set="information",
        is_rest=pl.lit(value=False),
    )
    return asked.select(pl.col(name).cast(dtype) for name, dtype in WALKER.items())


def rest_walkers(calls: pl.DataFrame) -> pl.DataFrame:
    """Return the part of calls (with `call`) beyond their bundles."""
    inside = pl.col("in_bundle_quantity")
    return calls.with_columns(
        start_us=pl.col("start_us")
        + pl.when("is_voice").then(inside.clip(0, LONGEST_BY_CLOCK)).otherwise(0) * SECOND_US,
        quantity=pl.col("quantity") - inside,
        is_rest=inside > 0,
    ).select(pl.col(name).cast(dtype) for name, dtype in WALKER.items())
