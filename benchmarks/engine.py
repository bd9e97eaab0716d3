"""The one place where the benchmarks touch the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from belnota.tables import PriceBook, RatedCall, empty
from belnota.tables.contract import ROW_GROUP
from belnota.tables.prices import number_key
from benchmarks.reseller import ZSTD, Reseller
from pipelines.batches import in_order_of_time, streamed
from pipelines.owners import Owners
from pipelines.rated_batches import rated_batches
from rating import Rater
from rating.match import NumberIndex
from tariffs import compile_prices, read_deck

PERIOD: Final = "2026-10"


def compiled(reseller: Reseller) -> PriceBook:
    """Read, check and compile the price lists that the calls refer to."""
    decks = {deck.name: deck for deck in map(read_deck, reseller.decks)}
    return compile_prices(decks, reseller.ownership["deck"].unique())


def rate_file(calls: Path, out: Path, reseller: Reseller, prices: PriceBook) -> None:
    """Rate a file of calls (contract Call) into a file of contract RatedCall, as the night does."""
    owners, rater = Owners.of(reseller.ownership), Rater(prices, reseller.shares)
    batches = rated_batches(in_order_of_time(pl.scan_parquet(calls)), owners, rater, PERIOD)
    rated = streamed((rated for rated, _ in batches), empty(RatedCall))
    rated.sink_parquet(out, compression="zstd", compression_level=ZSTD, row_group_size=ROW_GROUP)


def keys_of(numbers: pl.Series) -> pl.Series:
    """Return the keys by which numbers (text, with or without +) are matched."""
    return numbers.to_frame("number").select(number_key(pl.col("number").str.strip_prefix("+"))).to_series()


def match(keys: pl.Series, prices: PriceBook) -> pl.Series:
    """Return for each key the stretch of numbers that holds it, which names the longest prefix of every price list."""
    return NumberIndex.of(prices.numbers).positions(keys)
