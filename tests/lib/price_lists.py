"""Price lists and calls for tests, written as a person would write them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from belnota.tables import BundleShare, CallToRate, RatedCall, empty, schema_of
from rating import rate
from tariffs import compile_prices, read_deck

NOON = "2026-10-07T12:00:00+02:00"  # a Wednesday
PEAK = """
[[band]]
name = "peak"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "08:00"
until = "18:00"
except_holidays = true
"""


def write_deck(folder: Path, rates: str, toml: str = "", name: str = "deck") -> Path:
    """Write a price list; rates is the text of rates.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deck.toml").write_text(f'name = "{name}"\n{toml}\n', encoding="utf-8")
    (folder / "rates.csv").write_text(rates, encoding="utf-8")
    return folder


def call(called: str = "31201234567", quantity: int = 60, at: str = NOON, **changes) -> dict:
    """A call of deck `deck` with everything else ordinary."""
    return {
        "call_id": "c1",
        "service": "voice",
        "direction": "out",
        "country": None,
        "zone": "nl",
        "called": called,
        "call_type": None,
        "answered_at": dt.datetime.fromisoformat(at),
        "quantity": quantity,
        "deck": "deck",
        "subscription_id": "s1",
    } | changes


def share(**changes) -> dict:
    """A voice bundle of 100 seconds of subscription s1 that covers everything, always."""
    return {
        "period": "2026-10",
        "pool_id": "own@s1",
        "subscription_id": "s1",
        "customer_id": "c",
        "bundle": "own",
        "bundle_name_nl": "",
        "bundle_name_en": "",
        "is_group": False,
        "rank": 1,
        "service": "voice",
        "share": 100,
        "call_types": [],
        "destinations": [],
        "valid_from_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "valid_until_at": dt.datetime(2027, 1, 1, tzinfo=dt.UTC),
    } | changes


def book(*folders: Path, entries: tuple[str, ...] = ("deck",)):
    """Read price lists and compile them."""
    decks = [read_deck(folder) for folder in folders]
    return compile_prices({deck.name: deck for deck in decks}, entries)


def rated(prices, *calls: dict, shares: list[dict] | None = None, used: dict[str, int] | None = None):
    """Rate calls; returns the rated rows in the order of the calls, checked by the contract's types, and the rating."""
    numbered = [one | {"call_id": one["call_id"] if len(calls) == 1 else f"c{n}"} for n, one in enumerate(calls, 1)]
    frame = pl.DataFrame(numbered, schema=schema_of(CallToRate))
    table = pl.DataFrame(shares, schema=schema_of(BundleShare)) if shares else empty(BundleShare)
    used_before = pl.DataFrame({"pool_id": list(used), "used": list(used.values())}) if used else None
    result = rate(frame.lazy(), prices, table, used_before)
    rows = {row["call_id"]: row for row in result.rated.iter_rows(named=True)}
    assert result.rated.schema.items() <= dict(schema_of(RatedCall)).items()
    return [rows[one["call_id"]] for one in numbered], result
