"""The tables of an invoice beside its lines, and following from them: totals, per number, per call type, bundles."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from belnota import wording
from belnota.money import MICROS_PER_CENT, round_ratio
from belnota.periods import Period
from belnota.phone import CALL_TYPES
from belnota.tables.ownership import CARRIED
from belnota.wording import Language
from invoicing.model import BundleRow, CallTypeRow, Line, NumberRow, Totals, VatGroup


def totals_of(lines: Sequence[Line], groups: Iterable[VatGroup]) -> Totals:
    """Return the sums of an invoice: net is the sum of the lines, VAT the sum of the groups."""
    net = sum(line.amount_cents for line in lines)
    tax = sum(group.vat_cents for group in groups)
    usage_cents = sum(line.amount_cents for line in lines if line.kind == "usage")
    exact = sum(line.usage_micro_eur for line in lines)
    return Totals(
        subscriptions_cents=sum(line.amount_cents for line in lines if line.kind == "fee"),
        usage_cents=usage_cents,
        once_cents=sum(line.amount_cents for line in lines if line.kind == "once"),
        net_cents=net,
        vat_cents=tax,
        gross_cents=net + tax,
        usage_micro_eur=exact,
        rounding_micro_eur=usage_cents * MICROS_PER_CENT - exact,
    )


def per_number(lines: Sequence[Line]) -> tuple[NumberRow, ...]:
    """Return what each number costs, the dearest first; a fee stands with the number its label names.

    A fee whose label is no number in use stands with the first number of its subscription, else on its own.
    """
    numbers = {line.own_number: line.number_text for line in lines if line.kind == "usage"}
    first = {line.subscription_id: line.own_number for line in reversed(lines) if line.kind == "usage"}
    rows: dict[str, list[Line]] = {}
    for line in lines:
        home = line.own_number if line.own_number in numbers else first.get(line.subscription_id, line.number_text)
        rows.setdefault(home, []).append(line)
    made = [_number_row(numbers.get(home, mine[0].number_text), mine) for home, mine in rows.items()]
    return tuple(sorted(made, key=lambda row: (-row.total_cents, row.number_text)))


def _number_row(number_text: str, lines: Sequence[Line]) -> NumberRow:
    labels = dict.fromkeys(line.number_text for line in lines if line.number_text != number_text)
    fees = sum(line.amount_cents for line in lines if line.kind != "usage")
    usage = sum(line.amount_cents for line in lines if line.kind == "usage")
    quantities = {
        service: sum(line.quantity for line in lines if line.service == service) for service in ("voice", "sms", "data")
    }
    return NumberRow(
        number_text=number_text,
        label=", ".join(labels),
        calls=sum(line.calls for line in lines if line.service == "voice"),
        voice_seconds=quantities["voice"],
        messages=quantities["sms"],
        data_bytes=quantities["data"],
        fee_cents=fees,
        usage_cents=usage,
        total_cents=fees + usage,
    )


def per_call_type(lines: Iterable[Line], billed: Period) -> tuple[CallTypeRow, ...]:
    """Return use per call type and service, in the order of the number plan, late use after it.

    Information charges are a row of their own after the calls they belong to.
    """
    rank = {name: place for place, name in enumerate(CALL_TYPES)}

    def key(line: Line) -> tuple[bool, str, int, str, str, bool]:
        place = rank.get(line.call_type, len(rank))
        return line.period != str(billed), line.period, place, line.call_type, line.service, line.is_information

    used = sorted((line for line in lines if line.kind == "usage"), key=key)
    return tuple(_call_type_row(list(same)) for _, same in itertools.groupby(used, key))


def _call_type_row(lines: Sequence[Line]) -> CallTypeRow:
    return CallTypeRow(
        name=lines[0].call_type_name,
        service=lines[0].service,
        is_information=lines[0].is_information,
        calls=sum(line.calls for line in lines),
        quantity=sum(line.quantity for line in lines),
        in_bundle_quantity=sum(line.in_bundle_quantity for line in lines),
        amount_cents=sum(line.amount_cents for line in lines),
    )


def bundle_rows(usage: pl.DataFrame, owners: Mapping[str, str], language: Language) -> tuple[BundleRow, ...]:
    """Return one customer's bundles, group bundles first, each group followed by its members; late use names its month.

    `owners` names subscriptions as the customer knows them; a pool's id ends with `@` and its owner. What was left of
    an earlier month is a pool of its own, named so, and follows the bundle that it is of.
    """
    is_member = pl.col("is_group") & (pl.col("subscription_id") != "*")
    ordered = usage.with_columns(pl.col("service").cast(pl.String), is_member=is_member)
    keys = ("period", "is_group", "bundle", "pool_id", "is_member", "subscription_id")
    ordered = ordered.sort(keys, descending=[True, True, False, False, False, False])
    return tuple(
        BundleRow(
            name=_bundle_name(row, language),
            owner=_owner(row, owners),
            is_group=row["is_group"],
            is_member=row["is_member"],
            service=row["service"],
            allowance=row["allowance"],
            covered_quantity=row["covered_quantity"],
            over=row["over"],
            permille=permille(row["covered_quantity"], row["allowance"]),
        )
        for row in ordered.iter_rows(named=True)
    )


def _bundle_name(row: Mapping[str, str], language: Language) -> str:
    name = row[f"bundle_name_{language}"]
    is_late = row["period"] != row["billing_period"]
    return f"{name} ({wording.month(row['period'], language)})" if is_late else name


def _owner(row: Mapping[str, str], owners: Mapping[str, str]) -> str:
    owner = row["pool_id"].rpartition("@")[2].partition(CARRIED)[0]
    subscription = row["subscription_id"] if row["subscription_id"] != "*" else owner
    return owners.get(subscription, "" if row["subscription_id"] == "*" else subscription)


def permille(quantity: int, allowance: int) -> int | None:
    """Return use in thousandths of an allowance, rounded down so that 100.0 % never shows before it is reached."""
    return round_ratio(quantity * 1000, allowance, "down") if allowance else None
