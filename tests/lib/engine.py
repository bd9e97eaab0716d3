"""The engine as tests call it: worlds of the oracle in, plain rows out."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from belnota.tables import BundleShare, CallToRate, RatedCall, schema_of
from belnota.tables.prices import PriceBook
from rating import RATED_COLUMNS, Rater, rate
from rating.rate import Answered
from tariffs import compile_prices, read_deck
from tests.lib.oracle_deck import OracleDeck
from tests.lib.worlds import World


class Engine(NamedTuple):
    rated: pl.DataFrame
    draws: pl.DataFrame
    usage: pl.DataFrame


def compiled(decks: dict[str, OracleDeck]) -> PriceBook:
    """Write the price lists as files, read and compile them."""
    with tempfile.TemporaryDirectory() as folder:
        read = {name: read_deck(deck.write(Path(folder) / name)) for name, deck in decks.items()}
    return compile_prices(read, [name for name in ("entry", "other") if name in decks])


def calls_of(world: World) -> pl.DataFrame:
    return pl.DataFrame(world.calls, schema=schema_of(CallToRate))


def shares_of(world: World) -> pl.DataFrame:
    return pl.DataFrame(world.shares, schema=schema_of(BundleShare))


def used_of(world: World) -> pl.DataFrame | None:
    used = {"pool_id": list(world.used_before), "used": list(world.used_before.values())}
    return pl.DataFrame(used, schema={"pool_id": pl.String, "used": pl.Int64}) if world.used_before else None


def rated_at_once(world: World, prices: PriceBook, calls: pl.DataFrame) -> Engine:
    result = rate(calls, prices, shares_of(world), used_of(world))
    return Engine(result.rated, result.draws, result.usage)


def rated_in_batches(world: World, prices: PriceBook, batches: Iterable[pl.DataFrame], ahead: int = 1) -> Engine:
    """Rate batches that follow each other in the order of (answered_at, call_id); the first stage runs ahead."""
    rater = Rater(prices, shares_of(world), used_of(world))
    answered: deque[Answered] = deque()
    results = []
    for batch in batches:
        answered.append(rater.answered(batch))
        if len(answered) == ahead:
            results.append(rater.charged(answered.popleft()))
    results += [rater.charged(one) for one in answered]
    types = schema_of(RatedCall)
    rated = pl.concat(one for one, _ in results).cast({name: types[name] for name in RATED_COLUMNS})
    return Engine(rated, pl.concat(draws for _, draws in results), rater.usage())
