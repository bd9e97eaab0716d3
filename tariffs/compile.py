"""Compile price lists and their bases into one PriceBook."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import polars as pl

from belnota.errors import Refused
from belnota.tables.prices import (
    BAND_BITS,
    DAY_BITS,
    FAR,
    POSITION_BITS,
    SLOT_BITS,
    STAR,
    PriceBook,
    day_number,
    pair,
)
from tariffs.checks import SET_KEY
from tariffs.deck import RATES_SCHEMA, Deck
from tariffs.flatten import stretches

_LINE_KEY = ("deck", "service", "direction", "origin")
_LAST_DAY = 2**DAY_BITS - 1


def compile_prices(decks: Mapping[str, Deck], entries: Iterable[str]) -> PriceBook:
    """Return the prices that calls of the decks named in `entries` can reach, bases included.

    An unknown deck, or bases that lead back to where they started, raise Refused.
    """
    chains = {entry: chain_of(decks, entry) for entry in sorted(set(entries))}
    used = sorted({name for chain in chains.values() for name in chain})
    rows = _numbered_rows(decks, used)
    sets = rows.unique("rate_set", maintain_order=True).select("rate_set", "deck", *SET_KEY)
    prefixes, lines, epochs = _in_force(sets, chains)
    numbers, segments = _segments(prefixes, epochs.height)
    thresholds, slots = _slots(rows)
    return PriceBook(
        rules=tuple(decks[name].settings.rules for name in used),
        entries=pl.DataFrame(
            [(entry, decks[entry].settings.rules.timezone) for entry in chains],
            schema={"deck": pl.String, "timezone": pl.String},
            orient="row",
        ),
        lines=lines,
        epochs=epochs,
        numbers=numbers,
        segments=segments,
        rate_sets=_rate_sets(rows),
        thresholds=thresholds,
        slots=slots,
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
    rows = rows.filter(pl.col("charge_kind") == "call")
    key = ["deck", *SET_KEY]
    sets = rows.select(key).unique().sort(key).with_row_index("rate_set").cast({"rate_set": pl.Int64})
    denominators = rows.join(sets, on=key, nulls_equal=True, how="left")
    pers = denominators.group_by("rate_set").agg(pl.col("per").unique().sort())
    distinct = pers.select("per").unique()
    common = pl.Series("denominator", [math.lcm(*per) for per in distinct["per"].to_list()], dtype=pl.Int64)
    lcms = distinct.with_columns(common).join(pers, on="per", how="inner").select("rate_set", "denominator")
    return denominators.join(lcms, on="rate_set", how="left").sort("rate_set", "band", "from_quantity")


def _in_force(sets: pl.DataFrame, chains: dict[str, list[str]]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return which rate set each group (line and stretch of days) has for each prefix, the lines and the epochs."""
    members = [(entry, name, depth) for entry, chain in chains.items() for depth, name in enumerate(chain)]
    chained = pl.DataFrame(
        members, schema={"entry": pl.String, "deck": pl.String, "depth": pl.Int64}, orient="row"
    ).join(sets, on="deck").with_columns(
        pl.col("service").cast(pl.String),
        deck=pl.col("entry"),
        start=day_number(pl.col("valid_from")).fill_null(0),
        end=day_number(pl.col("valid_until")).fill_null(_LAST_DAY),
    )  # fmt: skip
    lines = chained.select(_LINE_KEY).unique().sort(_LINE_KEY).with_row_index("line").cast({"line": pl.Int64})
    chained = chained.join(lines, on=_LINE_KEY)
    days = pl.concat(
        [
            lines.select("line", day=pl.lit(0, pl.Int64)),
            *(chained.select("line", day=edge) for edge in ("start", "end")),
        ]
    )
    epochs = days.unique().sort("line", "day").with_row_index("group").cast({"group": pl.Int64})
    in_force = (
        chained.join(epochs, on="line")
        .filter(pl.col("start") <= pl.col("day"), pl.col("day") < pl.col("end"))
        .sort("depth")
        .unique(["group", "prefix"], keep="first", maintain_order=True)
    )
    keys = epochs.select(key=pair(pl.col("line"), pl.col("day"), DAY_BITS))
    return in_force.select("group", "prefix", "rate_set"), lines, keys


def _segments(prefixes: pl.DataFrame, groups: int) -> tuple[pl.Series, pl.DataFrame]:
    edges = stretches(prefixes, groups)
    numbers = edges["number"].unique().sort()
    positions = pl.DataFrame({"number": numbers}).with_row_index("position")
    key = pair(pl.col("group"), pl.col("position"), POSITION_BITS)
    segments = edges.join(positions, on="number").select(key.alias("key"), "rate_set").sort("key")
    return numbers, segments


def _rate_sets(rows: pl.DataFrame) -> pl.DataFrame:
    band_bit = pl.when(pl.col("band") == STAR).then(0).otherwise(pl.lit(2, pl.Int64).pow(pl.col("band")))
    return (
        rows.group_by("rate_set")
        .agg(
            pl.col("deck_number", "prefix", "denominator").first(),
            bands=band_bit.cast(pl.Int64).unique().sum(),
            dearest=(pl.col("price") // (pl.col("per") * 100) + 1).max(),
            longest_step=pl.max_horizontal("increment", "minimum").max(),
        )
        .sort("rate_set")
        .drop("rate_set")
    )


def _slots(rows: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    thresholds = rows["from_quantity"].unique().sort()
    positions = pl.DataFrame({"from_quantity": thresholds}).with_row_index("position")
    owner = pair(pl.col("rate_set"), pl.col("band"), BAND_BITS)
    unit_price = pl.col("price").cast(pl.Int128) * (pl.col("denominator") // pl.col("per"))
    slots = (
        rows.join(positions, on="from_quantity")
        .with_columns(owner=owner)
        .with_columns(key=pair(pl.col("owner"), pl.col("position"), SLOT_BITS))
        .sort("key")
    )
    return thresholds, slots.select(
        "key",
        "owner",
        "band_name",
        "destination",
        "call_type",
        "increment",
        "minimum",
        "free_below",
        "connect_fee",
        "max_charge",
        unit_price=unit_price,
        until_quantity=pl.col("from_quantity").shift(-1).over("owner").fill_null(FAR),
    )
