"""`belnota rate`: a file of calls and price lists in, a file of rated calls out, no workspace (rating.md section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from belnota.errors import Refused
from belnota.files import publish
from belnota.tables import BundleShare, CallToRate, empty, schema_of
from pipelines.rate_bundles import read_bundles
from pipelines.rate_inputs import read_calls
from rating import rate
from tariffs import Deck, compile_prices, read_deck

_COLUMNS = (
    "call_id", "status", "reason", "destination", "prefix", "call_type", "band",
    "billed_quantity", "connect_fee", "charge",
)  # fmt: skip
_AMOUNTS = ("connect_fee", "charge")


@dataclass(frozen=True, slots=True)
class RateSummary:
    """How many calls went in, and how they came out."""

    calls: int
    rated: int
    free: int
    unrated: int


def rate_file(calls: Path, deck: Path, bases: Sequence[Path], out: Path, bundles: Path | None = None) -> RateSummary:
    """Rate a file and write the result at once or not at all, in the order of the calls.

    Charges have exactly the decimals of the deck that answered, in CSV as text, in Parquet as Decimal(20, 6).
    A refused deck, an unreadable file or bundle, or a base that nobody refers to raise Refused.
    """
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise Refused(f"{out} is neither .csv nor .parquet; results are written as these")
    decks, entry = _decks(deck, bases)
    shares = empty(BundleShare) if bundles is None else read_bundles(bundles)
    read = read_calls(calls, with_subscription=bundles is not None)
    prices = compile_prices(decks, [entry])
    result = rate(_to_rate(read, entry), prices, shares).rated
    ordered = read.select("line", "call_id").join(result, on="call_id", how="left", validate="1:1").sort("line")
    _write(ordered, decks, entry, out, with_bundles=bundles is not None)
    counts = dict(ordered["status"].cast(pl.String).value_counts().iter_rows())
    return RateSummary(ordered.height, *(counts.get(status, 0) for status in ("rated", "free", "unrated")))


def _decks(deck: Path, bases: Sequence[Path]) -> tuple[dict[str, Deck], str]:
    entry = read_deck(deck)
    decks = {entry.name: entry}
    for folder in bases:
        base = read_deck(folder)
        if base.name in decks:
            raise Refused(f"{folder}: a price list named {base.name} is already given; each needs its own name")
        decks[base.name] = base
    named = {one.settings.base for one in decks.values()}
    for name in decks.keys() - {entry.name} - named:
        raise Refused(f'no price list has base = "{name}", so it would answer nothing; write that in deck.toml')
    for one in decks.values():
        base_name = one.settings.base
        if base_name is not None and base_name not in decks:
            raise Refused(
                f"price list {one.name} has base {base_name}, which is not given; add: --base FOLDER of {base_name}"
            )
    return decks, entry.name


def _to_rate(read: pl.DataFrame, entry: str) -> pl.LazyFrame:
    """Return contract CallToRate; the origin of the file is tried as it stands, then any."""
    types = schema_of(CallToRate)
    absent = {name: pl.lit(None, pl.String) for name in ("zone", "call_type")}
    named = read.lazy().rename({"origin": "country", "subscription": "subscription_id"})
    return named.with_columns(**absent, deck=pl.lit(entry)).select(
        pl.col(name).cast(dtype) for name, dtype in types.items()
    )


def _write(rated: pl.DataFrame, decks: dict[str, Deck], entry: str, out: Path, *, with_bundles: bool) -> None:
    columns = [*_COLUMNS, "in_bundle_quantity"] if with_bundles else list(_COLUMNS)
    micros = {name: pl.col(f"{name}_micro_eur") for name in _AMOUNTS}
    if out.suffix.lower() == ".parquet":
        exact = {name: _euros(amount, pl.lit(6)).cast(pl.Decimal(20, 6)) for name, amount in micros.items()}
        table = rated.with_columns(pl.col("status").cast(pl.String), **exact).select(columns)
        publish(out, table.write_parquet)
        return
    decimals = {name: one.settings.rules.decimals for name, one in decks.items()}
    places = pl.col("deck").fill_null(entry).replace_strict(decimals, return_dtype=pl.Int64)
    table = rated.with_columns(**{name: _euros(amount, places) for name, amount in micros.items()}).select(columns)
    publish(out, table.write_csv)


def _euros(micro_eur: pl.Expr, places: pl.Expr) -> pl.Expr:
    """Return micro-euros as text with exactly so many decimals (the rest is zero by rounding)."""
    whole = (micro_eur // 1_000_000).cast(pl.String)
    part = (micro_eur % 1_000_000).cast(pl.String).str.pad_start(6, "0").str.head(places)
    return pl.when(places > 0).then(whole + "." + part).otherwise(whole)
