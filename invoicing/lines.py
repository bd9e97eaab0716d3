"""The lines of an invoice: one per fee, and one per number, call type, service and period of use.

Where calls have an information charge (0900, 18xx: the part that is for the number's holder), a second line has it.

Use that costs nothing has its line too (0.00): customers see what their bundles paid, and the lines hold every call.
Rounding (B3): charges keep their micro-euros; each line is rounded once, half-up, from their sum.
    300 calls of 0.004:  one line of 1.20   (not 300 x 0.00)
"""

from __future__ import annotations

import dataclasses
import functools

import polars as pl

from belnota import money, phone, wording
from belnota.people import VatRegime
from belnota.periods import Period
from belnota.wording import Language
from invoicing import vat
from invoicing.model import Line

_GRAIN = ("customer_id", "period", "own_number", "call_type", "service")
_QUANTITIES = ("calls", "quantity", "in_bundle_quantity", "billed_quantity")
"""What the line of the calls counts; the line of their information charges has 0, so that no sum has them twice."""


def usage_per_line(totals: pl.DataFrame) -> pl.DataFrame:
    """Return usage totals at the grain of invoice lines, with `usage_micro_eur` and its `amount_cents`.

    Order: by number, this period before late use, then by call type in the order of the number plan, then the
    information charges after the calls they belong to.
    """
    rank = pl.col("call_type").replace_strict(
        list(phone.CALL_TYPES), list(range(len(phone.CALL_TYPES))), default=len(phone.CALL_TYPES), return_dtype=pl.Int64
    )
    information = pl.col("information_charge_micro_eur").sum()
    whole = (
        totals.with_columns(pl.col("service").cast(pl.String))
        .group_by(_GRAIN)
        .agg(
            pl.col("subscription_id").min(),
            pl.col("product").min(),
            *(pl.col(name).sum() for name in _QUANTITIES),
            usage_micro_eur=pl.col("charge_micro_eur").sum() - information,
            information=information,
        )
    )
    informed = whole.filter(pl.col("information") != 0).with_columns(
        pl.lit(0, pl.Int64).alias(name) for name in _QUANTITIES
    )
    parts = [
        whole.with_columns(is_information=pl.lit(value=False)),
        informed.with_columns(is_information=pl.lit(value=True), usage_micro_eur="information"),
    ]
    return (
        pl.concat(parts)
        .drop("information")
        .with_columns(amount_cents=money.rounded(pl.col("usage_micro_eur"), pl.lit(money.MICROS_PER_CENT), "half_up"))
        .with_columns(rank=rank)
        .sort(
            "customer_id",
            "own_number",
            "period",
            "rank",
            "call_type",
            "service",
            "is_information",
            descending=[False] * 2 + [True] + [False] * 4,
        )
        .drop("rank")
    )


def usage_lines(usage: pl.DataFrame, billed: Period, regime: VatRegime, language: Language) -> list[Line]:
    """Turn one customer's rows of `usage_per_line` into lines; use of an earlier period says so."""
    return [_usage_line(row, billed, regime, language) for row in usage.iter_rows(named=True)]


def _usage_line(row: dict[str, object], billed: Period, regime: VatRegime, language: Language) -> Line:
    period = Period.parse(str(row["period"]))
    number_text = shown_number(str(row["own_number"]), language)
    name = wording.usage_name(str(row["call_type"]), str(row["service"]), language)
    if row["is_information"]:
        name = wording.information_name(name, language)
    if period != billed:
        late = {"nl": "Nagekomen gebruik", "en": "Late usage"}[language]
        name = f"{late} {wording.month(str(period), language)}: {name}"
    del row["customer_id"], row["period"]
    return Line(
        **row,  # type: ignore[arg-type]  # the columns of usage_per_line are fields of Line
        kind="usage",
        period=str(period),
        from_on=period.start_on,
        until_on=period.end_on,
        description=f"{name}, {number_text}",
        number_text=number_text,
        call_type_name=name,
        vat_category=vat.category(regime),
        vat_basis_points=_rate(regime, period),
    )


def _rate(regime: VatRegime, period: Period) -> int:
    return vat.rates_between(period.start_on, period.end_on)[-1] if regime == "standard" else 0


def fee_lines(fees: pl.DataFrame, regime: VatRegime, language: Language) -> list[Line]:
    """Turn one customer's fees into lines, in the order of subscription, day and code.

    A subscription's label is a number in its written form (`+31201234567`, `201`) or words (`Praktijk`).
    """
    label = pl.col("label")
    is_number = label.str.contains(r"^\+?[0-9]+$") & (phone.canonical(label) == label)
    own_number = pl.when(is_number).then(label).otherwise(pl.lit(""))
    ordered = fees.with_columns(own_number=own_number).sort("subscription_id", "from_on", "code")
    return [_fee_line(row, regime, language) for row in ordered.iter_rows(named=True)]


def _fee_line(row: dict[str, object], regime: VatRegime, language: Language) -> Line:
    from_on, until_on = row["from_on"], row["until_on"]
    rates = vat.rates_between(from_on, until_on) if regime == "standard" else (0,)  # type: ignore[arg-type]  # dates
    name = str(row[f"name_{language}"])
    number_text = shown_number(str(row["label"]), language)
    return Line(
        kind="fee",
        period=str(row["period"]),
        from_on=from_on,  # type: ignore[arg-type]  # a Date column
        until_on=until_on,  # type: ignore[arg-type]  # a Date column
        description=f"{name}, {number_text}" if number_text else name,
        product=str(row["product"]),
        subscription_id=str(row["subscription_id"]),
        own_number=str(row["own_number"]),
        number_text=number_text,
        call_type="",
        call_type_name="",
        service="",
        calls=0,
        quantity=1,
        in_bundle_quantity=0,
        billed_quantity=1,
        usage_micro_eur=0,
        amount_cents=row["amount_cents"],  # type: ignore[arg-type]  # an Int64 column
        vat_category=vat.category(regime),
        vat_basis_points=rates[-1],
    )


def late_fee_line(line: Line, regime: VatRegime, language: Language) -> Line:
    """Return a fee line that was parked in its own month as it stands on a later invoice: named late, taxed anew.

    The amount is the one that was drafted then; the VAT regime is today's, which may be what was repaired.
    """
    late = {"nl": "Nagekomen abonnement", "en": "Late subscription fee"}[language]
    return dataclasses.replace(
        line,
        description=f"{late} {wording.month(line.period, language)}: {line.description}",
        vat_category=vat.category(regime),
        vat_basis_points=_rate(regime, Period.parse(line.period)),
    )


@functools.lru_cache(maxsize=65536)
def shown_number(number: str, language: Language) -> str:
    """Return a canonical number as people write it; a label that is no number stays as it is."""
    return wording.phone_number(number, language) if number.startswith("+") else number
