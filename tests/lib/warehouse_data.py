"""A small month of calls, rated calls, bundles and files that ties out, for the tests of the warehouse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl

from belnota.periods import Period
from belnota.tables import (
    BundleDraw,
    BundleUsage,
    Call,
    CallPart,
    Ownership,
    PartDecision,
    QuarantineDecision,
    QuarantinedLine,
    RatedCall,
    SourceFile,
    empty,
    schema_of,
)

CUSTOMERS = ["C1", "C2", "C3"]
SERVICES = ["voice", "sms", "data"]
CALL_TYPES = ["national", "mobile", "international"]


def calls(n: int, *, period: str = "2026-10", feed: str = "a", file: str = "f1") -> pl.DataFrame:
    """`n` answered calls of three numbers, one each ten minutes from the start of the period."""
    start = Period.parse(period).start_at
    rows: list[dict[str, Any]] = [
        {
            "call_id": f"{feed}/{period}-{i:05d}",
            "feed": feed,
            "file_id": file,
            "line_number": i + 1,
            "service": SERVICES[i % 3],
            "direction": "out",
            "own_number": f"+3185{i % 5:07d}",
            "other_number": f"+3120{i:07d}",
            "dialled": f"020{i:07d}",
            "answered_at": start + dt.timedelta(minutes=10 * i),
            "is_answered": True,
            "quantity": 60 + i,
            "country": None,
            "zone": "nl",
            "call_type": CALL_TYPES[i % 3],
            "period": period,
        }
        for i in range(n)
    ]
    return pl.DataFrame(rows, schema=schema_of(Call))


def rated(of: pl.DataFrame, *, billing_period: str | None = None) -> pl.DataFrame:
    """Rate calls: each seventh is unrated, each fifth free, each fourth of the rest half in a bundle."""
    position = pl.int_range(pl.len())
    status = pl.when(position % 7 == 6).then(pl.lit("unrated")).when(position % 5 == 4).then(pl.lit("free"))
    is_rated = pl.col("status") == "rated"
    return (
        of.with_columns(position=position)
        .with_columns(
            billing_period=pl.lit(billing_period) if billing_period else pl.col("period"),
            customer_id=pl.format("C{}", pl.col("position") % 3 + 1),
            status=status.otherwise(pl.lit("rated")).cast(schema_of(RatedCall)["status"]),
        )
        .with_columns(
            subscription_id=pl.format("{}-s", "customer_id"),
            product=pl.lit("telefonie"),
            deck=pl.lit("zakelijk"),
            prefix=pl.lit("31"),
            destination=pl.lit("Nederland"),
            band=pl.lit("*"),
            reason=pl.when(pl.col("status") == "unrated")
            .then(pl.lit("no_price"))
            .when(pl.col("status") == "free")
            .then(pl.lit("internal")),
            in_bundle_quantity=pl.when(is_rated & (pl.col("position") % 4 == 0))
            .then(pl.col("quantity") // 2)
            .otherwise(0),
        )
        .with_columns(
            billed_quantity=pl.when(is_rated).then(pl.col("quantity") - pl.col("in_bundle_quantity")),
            connect_fee_micro_eur=pl.when(is_rated).then(50_000),
            charge_micro_eur=pl.when(is_rated)
            .then(50_000 + 1_234 * (pl.col("quantity") - pl.col("in_bundle_quantity")))
            .when(pl.col("status") == "free")
            .then(0),
        )
        .with_columns(
            # of each eighth call a part is the information charge
            information_charge_micro_eur=pl.when(is_rated & (pl.col("position") % 8 == 1))
            .then(40_001)
            .when(pl.col("status") != "unrated")
            .then(0),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in schema_of(RatedCall).items())
    )


def ownership(of: pl.DataFrame) -> pl.DataFrame:
    """Whose the numbers of rated calls are: each with each subscription that used it, since 2024."""
    owned = of.select("own_number", "customer_id", "subscription_id", "product").drop_nulls().unique().sort(pl.all())
    stretches = owned.with_columns(
        valid_from_at=pl.lit(Period(2024, 1).start_at),
        valid_until_at=None,
        plan=pl.lit("vast"),
        deck=pl.lit("zakelijk"),
    )
    return stretches.select(pl.col(name).cast(dtype) for name, dtype in schema_of(Ownership).items())


def draws(of: pl.DataFrame) -> pl.DataFrame:
    """What rated calls took from the bundles of their subscriptions."""
    return (
        of.filter(pl.col("in_bundle_quantity") > 0)
        .with_columns(
            pool_id=pl.format("B-{}@{}", pl.col("service").cast(pl.String), "subscription_id"),
            quantity=pl.col("in_bundle_quantity"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in schema_of(BundleDraw).items())
    )


def usage(of: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    """The totals of each pool of these draws; each pool allows twice what was used."""
    who = of.select("call_id", "customer_id", "service")
    return (
        taken.join(who, on="call_id", how="left", validate="m:1")
        .group_by("billing_period", "period", "pool_id", "customer_id", "service")
        .agg(used=pl.col("quantity").sum())
        .with_columns(
            subscription_id=pl.lit("*"),
            bundle=pl.lit("B"),
            bundle_name_nl=pl.lit("Bundel"),
            bundle_name_en=pl.lit("Bundle"),
            is_group=pl.lit(value=False),
            allowance=pl.col("used") * 2,
            covered_quantity=pl.col("used"),
            over=pl.lit(0),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in schema_of(BundleUsage).items())
    )


def quarantined(n: int, *, feed: str = "a", file: str = "f1") -> pl.DataFrame:
    rows = [(feed, file, f"{file}.csv", 900 + i, "time", "25:00 is no time", f"raw;{i}") for i in range(n)]
    return pl.DataFrame(rows, schema=schema_of(QuarantinedLine), orient="row")


def part(key: str, role: str = "answer", *, feed: str = "a", file: str = "f1", **values: Any) -> pl.DataFrame:
    """One part of a call; name what differs."""
    row = {
        "feed": feed,
        "key": key,
        "part_key": role,
        "role": role,
        "file_id": file,
        "line_number": 1,
        "service": "voice",
        "direction": "out",
        "own_number": "+31850000001",
        "other_number": "+31200000001",
        "dialled": "0200000001",
        "happened_at": Period.parse("2026-10").start_at,
        "quantity": None,
        "country": None,
        "period": "2026-10",
    } | values
    return pl.DataFrame([row], schema=schema_of(CallPart))


def source_file(file: str = "f1", **values: Any) -> dict[str, Any]:
    """One accepted file with a header and nothing else; name what differs."""
    row: dict[str, Any] = {
        "file_id": file,
        "arrival": 1,
        "feed": "a",
        "file_name": f"{file}.csv",
        "status": "accepted",
        "reason": None,
        "sequence": None,
        "size_bytes": 100,
        "framing_lines": 1,
        "filtered_lines": 0,
        "quarantined_lines": 0,
        "duplicate_calls": 0,
        "accepted_calls": 0,
        "part_lines": 0,
        "assembled_calls": 0,
    } | values
    parts = ("framing_lines", "filtered_lines", "quarantined_lines", "duplicate_calls", "accepted_calls", "part_lines")
    return {"lines": sum(row[part] for part in parts)} | row


def source_files(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema_of(SourceFile))


def invoice_lines(of: pl.DataFrame, *, period: str, customers: list[str]) -> pl.DataFrame:
    """The usage lines of these customers' invoices: rated calls per number, call type and kind of charge."""
    key = ["billing_period", "customer_id", "period", "own_number", "call_type", "service"]
    billed = of.filter(
        (pl.col("billing_period") == period) & pl.col("customer_id").is_in(customers) & (pl.col("status") != "unrated")
    ).with_columns(pl.col("service").cast(pl.String))
    information = pl.col("information_charge_micro_eur")
    whole = billed.group_by(key).agg(
        call=(pl.col("charge_micro_eur") - information).sum(),
        information=information.sum(),
        quantity=pl.col("quantity").sum(),
    )
    lines = whole.unpivot(["call", "information"], index=[*key, "quantity"], variable_name="charge_kind")
    return (
        lines.filter((pl.col("charge_kind") == "call") | (pl.col("value") > 0))
        .sort(*key, "charge_kind")
        .select(
            invoice_number=pl.format("2026-{}", "customer_id"),
            period="billing_period",
            customer_id="customer_id",
            position=pl.int_range(1, pl.len() + 1).over("customer_id"),
            kind=pl.lit("usage"),
            usage_period="period",
            own_number="own_number",
            call_type="call_type",
            service="service",
            charge_kind="charge_kind",
            description=pl.lit("Gesprekken"),
            quantity="quantity",
            usage_micro_eur="value",
            amount_cents=(pl.col("value") + 5_000) // 10_000,
        )
    )


def invoices(of: pl.DataFrame, *, period: str, customers: list[str]) -> pl.DataFrame:
    """Invoices of these customers over rated calls: the sums of their lines."""
    return (
        invoice_lines(of, period=period, customers=customers)
        .group_by("invoice_number", "period", "customer_id")
        .agg(pl.col("usage_micro_eur").sum(), usage_cents=pl.col("amount_cents").sum())
        .sort("customer_id")
        .with_columns(
            net_cents=pl.col("usage_cents"),
            vat_cents=(pl.col("usage_cents") * 21 + 50) // 100,
            issued_on=dt.date(2026, 11, 1),
        )
        .with_columns(gross_cents=pl.col("net_cents") + pl.col("vat_cents"))
    )


def published_frames(of: pl.DataFrame | None = None, customers: Sequence[str] = ()) -> dict[str, pl.DataFrame]:
    """The store's tables as a door hands them to `publish`, with these customers' invoices of October."""
    of, whose = rated(calls(0)) if of is None else of, list(customers)
    warnings = {
        "subject": ["B@C1-s"],
        "kind": ["bundle"],
        "period": ["2026-10"],
        "level": [80],
        "limit_value": [1000],
        "customer_id": ["C1"],
        "used_value": [803],
        "outcome": ["sent"],
        "decided_on": [dt.date(2026, 10, 20)],
    }
    return {
        "source_files": source_files(source_file("f1", accepted_calls=60)),
        "customers": pl.DataFrame(
            {"customer_id": CUSTOMERS, "name": ["<b>Één & Zn.</b>", "Łódź B.V.", "D'Arc"]}
        ).with_columns(
            city=pl.lit("Amsterdam"), language=pl.lit("nl"), delivery=pl.lit("email"), vat_regime=pl.lit("standard")
        ),
        "numbers": ownership(of),
        "decks": pl.DataFrame(
            [("deck-1", 12, dt.datetime(2026, 9, 1, tzinfo=dt.UTC), "digest")],
            schema=["name", "rows", "imported_at", "digest"],
            orient="row",
        ),
        "call_types": pl.DataFrame({"call_type": ["national"], "name_nl": ["Vast"], "name_en": ["Landline"]}),
        "quarantine_decisions": empty(QuarantineDecision),
        "part_decisions": empty(PartDecision),
        "invoices": invoices(of, period="2026-10", customers=whose),
        "invoice_lines": invoice_lines(of, period="2026-10", customers=whose),
        "warnings": pl.DataFrame(warnings),
    }
