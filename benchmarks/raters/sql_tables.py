"""The price lists, owners and bundles as the tables that both SQL raters load, before the clock starts."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from belnota.tables.prices import MAX_DIGITS, STAR
from benchmarks.raters.price_tables import PriceTables, price_tables
from benchmarks.reseller import Reseller
from tariffs import read_deck

_FAR = 2**62
_PLACE = ["deck", "charge_kind", "service", "direction", "origin"]


def sql_tables(reseller: Reseller) -> dict[str, pl.DataFrame]:
    """Return tables by name.

    owners: owner, own_number, from_us, until_us, customer_id, subscription_id, product, entry, base (decks).
    chains: entry, deck, depth. quarters: deck, quarter, holding, until_us.
    prefixes: set_id, deck, charge_kind, service, direction, origin, prefix, from_us, until_us.
    information: those of that kind, with length and head (the prefix as a number).
    epochs: epoch, deck, charge_kind, service, direction, origin, from_us, until_us; within one no answer changes.
    segments: epoch, number_key, set_id (empty: nobody answers) and length of the prefix, from that key on.
    offers: set_id, holding and what a call that starts then pays, both slots side by side.
    shares: rank, pool_id, subscription_id, service, allowance (of the pool), call_types, destinations, from, until.
    """
    prices = price_tables([read_deck(folder) for folder in reseller.decks])
    if prices.chains["depth"].max() > 1:
        raise ValueError("a base of a base: the SQL raters know one base")
    epochs = _epochs(prices.sets)
    return {
        "owners": _owners(reseller, prices),
        "chains": prices.chains,
        "quarters": prices.quarters,
        "prefixes": prices.sets.select("set_id", *_PLACE, "prefix", "from_us", "until_us"),
        "information": _information(prices.sets),
        "epochs": epochs,
        "segments": _segments(prices.sets, epochs),
        "offers": _offers(prices),
        "shares": _shares(reseller),
    }


def _owners(reseller: Reseller, prices: PriceTables) -> pl.DataFrame:
    bases = prices.chains.filter(pl.col("depth") == 1).select("entry", base="deck")
    owned = reseller.ownership.with_row_index("owner").select(
        pl.col("owner").cast(pl.Int64),
        "own_number",
        from_us=pl.col("valid_from_at").dt.timestamp("us"),
        until_us=pl.col("valid_until_at").dt.timestamp("us").fill_null(_FAR),
        customer_id="customer_id",
        subscription_id="subscription_id",
        product=pl.col("product").cast(pl.String),
        entry="deck",
    )
    return owned.join(bases, on="entry", how="left", maintain_order="left")


def _epochs(sets: pl.DataFrame) -> pl.DataFrame:
    edges = pl.concat([sets.select(*_PLACE, from_us="from_us"), sets.select(*_PLACE, from_us="until_us")]).unique()
    until = pl.col("from_us").shift(-1).over(_PLACE, order_by="from_us")
    spans = edges.with_columns(until_us=until).drop_nulls("until_us")
    return spans.sort(*_PLACE, "from_us").with_row_index("epoch").cast({"epoch": pl.Int64})


def _information(sets: pl.DataFrame) -> pl.DataFrame:
    own = sets.filter(pl.col("charge_kind") == "information")
    if own.filter((pl.col("origin") != "*") | (pl.col("prefix") == "")).height:
        raise ValueError("information charges by origin or for any number: the SQL raters know neither")
    return own.select(
        "set_id", "deck", "service", "direction", "prefix", "from_us", "until_us",
        length=pl.col("prefix").str.len_chars().cast(pl.Int64), head=pl.col("prefix").cast(pl.Int64),
    )  # fmt: skip


def _segments(sets: pl.DataFrame, epochs: pl.DataFrame) -> pl.DataFrame:
    """Flatten the nested prefixes of each epoch, so that one ASOF join finds the longest."""
    valid = sets.join(epochs.rename({"from_us": "since", "until_us": "until"}), on=_PLACE).filter(
        pl.col("from_us") <= pl.col("since"), pl.col("until") <= pl.col("until_us")
    )
    rows = [
        (epoch, *segment)
        for (epoch,), prefixes in valid.select("epoch", "prefix", "set_id").group_by("epoch", maintain_order=True)
        for segment in _flattened(prefixes["prefix"].to_list(), prefixes["set_id"].to_list())
    ]
    names = ("epoch", "number_key", "set_id", "length")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")


def _flattened(prefixes: list[str], set_ids: list[int]) -> Iterator[tuple[int, int | None, int | None]]:
    """Give (key, set_id, length of the prefix) of each stretch of number keys with one answer."""
    answers: dict[int, tuple[int | None, int | None]] = {}
    open_ones: list[tuple[int, int, int]] = []

    def close(until: int) -> None:
        while open_ones and open_ones[-1][0] <= until:
            end = open_ones.pop()[0]
            answers[end] = open_ones[-1][1:] if open_ones else (None, None)

    for prefix, set_id in sorted(zip(prefixes, set_ids, strict=True), key=lambda one: (key_of(one[0]), one[0])):
        size = len(prefix)
        close(key_of(prefix))
        answers[key_of(prefix)] = (set_id, size)
        end = (int(prefix) + 1) * 10 ** (MAX_DIGITS - size) * 16 if prefix else _FAR
        open_ones.append((end, set_id, size))
    close(2**63)
    return ((key, *answer) for key, answer in sorted(answers.items()))


def key_of(digits: str) -> int:
    """Return the digits to the left of fifteen places, times 16, plus how many there are (at most fifteen count)."""
    kept = digits[:MAX_DIGITS]
    return int(kept.ljust(MAX_DIGITS, "0")) * 16 + len(kept)


def _offers(prices: PriceTables) -> pl.DataFrame:
    held = prices.quarters.select("deck", "holding").unique()
    has = pl.col("holding") & pl.col("bands")
    band = pl.when(has != 0).then(has.bitwise_trailing_zeros().cast(pl.Int64)).otherwise(STAR)
    slots = prices.rows.with_columns(slot=pl.int_range(pl.len()).over("set_id", "band"))
    later = slots.filter(pl.col("slot") == 1).select(
        "set_id", "band", later_price="unit_price", later_increment="increment"
    )
    return (
        prices.sets.join(held, on="deck")
        .with_columns(band=band)
        .join(slots.filter(pl.col("slot") == 0), on=["set_id", "band"])
        .join(later, on=["set_id", "band"], how="left")
        .select(
            "set_id", "holding", "deck", "prefix", "band_name", "destination", "call_type", "free_below", "minimum",
            "increment", "unit_price", pl.col("later_increment", "later_price").fill_null(1),
            "denominator", "mode",
            first_until=pl.col("until_quantity").fill_null(_FAR),
            moves=pl.col("splits") & (pl.col("bands") != 0) & (pl.col("service") == "voice"),
            fee=pl.col("connect_fee") * pl.col("denominator"),
            cap=(pl.col("max_charge") * pl.col("denominator")).fill_null(_FAR),
            unit=pl.col("denominator") * pl.lit(10, pl.Int64).pow(8 - pl.col("decimals")),
            scale=pl.lit(10, pl.Int64).pow(6 - pl.col("decimals")),
        )
        .sort("set_id", "holding")
    )  # fmt: skip


def _shares(reseller: Reseller) -> pl.DataFrame:
    return reseller.shares.select(
        "rank",
        "pool_id",
        "subscription_id",
        pl.col("service").cast(pl.String),
        pl.col("share").sum().over("pool_id").alias("allowance"),
        "call_types",
        "destinations",
        from_us=pl.col("valid_from_at").dt.timestamp("us"),
        until_us=pl.col("valid_until_at").dt.timestamp("us"),
    )
