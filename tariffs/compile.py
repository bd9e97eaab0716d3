"""Compile price lists and their bases into one PriceBook."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from belnota.errors import Refused
from belnota.tables.prices import BAND_BITS, FAR, STAR, PriceBook, pair
from tariffs.checks import SET_KEY
from tariffs.deck import RATES_SCHEMA, Deck
from tariffs.in_force import in_force

_ROW: Final = (
    "rate_set", "band", "line", "band_name", "destination", "call_type", "from_quantity", "until_quantity",
    "increment", "minimum", "free_below", "per", "price", "connect_fee", "max_charge", "unit_price", "most_quantity",
)  # fmt: skip


def compile_prices(decks: Mapping[str, Deck], entries: Iterable[str]) -> PriceBook:
    """Return the prices that calls of the decks named in `entries` can reach, bases included.

    An unknown deck, or bases that lead back to where they started, raise Refused.
    """
    chains = {entry: chain_of(decks, entry) for entry in sorted(set(entries))}
    used = sorted({name for chain in chains.values() for name in chain})
    rows = _priced(_numbered_rows(decks, used))
    sets = rows.unique("rate_set", maintain_order=True).select("rate_set", "deck", *SET_KEY)
    forces = in_force(sets, chains)
    owner = pair(pl.col("rate_set"), pl.col("band"), BAND_BITS).alias("key")
    return PriceBook(
        rules=tuple(decks[name].settings.rules for name in used),
        entries=pl.DataFrame(
            [(entry, decks[entry].settings.rules.timezone) for entry in chains],
            schema={"deck": pl.String, "timezone": pl.String},
            orient="row",
        ),
        lines=forces.lines,
        epochs=forces.epochs,
        numbers=forces.numbers,
        spaces=forces.spaces,
        answers=forces.answers,
        rate_sets=_rate_sets(rows),
        owners=rows.select(owner).with_row_index("row").unique("key", keep="first", maintain_order=True),
        rows=rows.select(_ROW),
    )


def usable(decks: Mapping[str, Deck], wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return which of the wanted decks can be compiled, and one sentence for each that cannot.

    A plan may name a deck that was not imported yet; its calls wait in suspense, and the night goes on.
    """
    good, problems = [], []
    for name in sorted(set(wanted)):
        try:
            chain_of(decks, name)
        except Refused as error:
            problems.append(f"calls of plans with price list {name} wait in suspense: {error}")
        else:
            good.append(name)
    return good, problems


def chain_of(decks: Mapping[str, Deck], entry: str) -> list[str]:
    """Return a deck and its bases, nearest first."""
    chain: list[str] = []
    name: str | None = entry
    while name is not None:
        if name in chain:
            raise Refused(f"the bases of price list {entry} go round: {' -> '.join([*chain, name])}; take one out")
        if name not in decks:
            asked = f"the base of {chain[-1]}" if chain else "asked for"
            raise Refused(f"price list {name} ({asked}) is not there; import it, or correct the name")
        chain.append(name)
        name = decks[name].settings.base
    return chain


def _numbered_rows(decks: Mapping[str, Deck], used: list[str]) -> pl.DataFrame:
    """Return the rows of all decks with rate_set: rows of one prefix and validity together price a call."""
    parts = [
        decks[name].rates.with_columns(deck=pl.lit(name), deck_number=pl.lit(number, pl.Int64))
        for number, name in enumerate(used)
    ]
    rows = pl.concat([pl.DataFrame(schema={**RATES_SCHEMA, "deck": pl.String, "deck_number": pl.Int64}), *parts])
    key = ["deck", *SET_KEY]
    sets = rows.select(key).unique().sort(key).with_row_index("rate_set")
    return rows.join(sets, on=key, nulls_equal=True, how="left").sort("rate_set", "band", "from_quantity")


def _priced(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what a set's rows have together: a common denominator, the price of a unit in it, where a slot ends."""
    slot = ["rate_set", "band"]
    # Bounds in whole micro-euros, rounded up, so that the check of a quantity needs no more than 64 bits.
    dearest = (pl.col("price") // (pl.col("per") * 100) + 1).max().over("rate_set")
    longest_step = pl.max_horizontal("increment", "minimum").max().over("rate_set")
    most = ((2**61 - pl.col("connect_fee") // 100 - 1) // dearest - 2 * longest_step).clip(-1)
    return (
        rows.join(_denominators(rows), on="rate_set", how="left", maintain_order="left")
        .with_columns(
            unit_price=pl.col("price").cast(pl.Int128) * (pl.col("denominator") // pl.col("per")),
            until_quantity=pl.col("from_quantity").shift(-1).over(slot).fill_null(FAR),
            most_quantity=most,
        )
        .sort("rate_set", "band", "from_quantity")
    )


def _denominators(rows: pl.DataFrame) -> pl.DataFrame:
    pers = rows.group_by("rate_set").agg(pl.col("per").unique().sort())
    distinct = pers.select("per").unique()
    common = pl.Series("denominator", [math.lcm(*per) for per in distinct["per"].to_list()], dtype=pl.Int64)
    return distinct.with_columns(common).join(pers, on="per", how="inner").select("rate_set", "denominator")


def _rate_sets(rows: pl.DataFrame) -> pl.DataFrame:
    band_bit = pl.when(pl.col("band") == STAR).then(0).otherwise(pl.lit(2, pl.Int64).pow(pl.col("band")))
    return (
        rows.group_by("rate_set")
        .agg(pl.col("deck_number", "prefix", "denominator").first(), bands=band_bit.cast(pl.Int64).unique().sum())
        .sort("rate_set")
        .drop("rate_set")
    )
