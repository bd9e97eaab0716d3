"""The price lists as plain tables for the other raters: they read the same checked decks, and share nothing else.

Written for the benchmarks' price lists: all of Europe/Amsterdam, bands that change on a quarter of an hour, at most
two slots a band. Anything else is a ValueError, so that no comparison is won by leaving something out.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from belnota.tables.prices import STAR, Band, DeckRules
from benchmarks.made_owners import MONTH_FROM, MONTH_UNTIL
from tariffs import Deck

QUARTER_US = 900 * 1_000_000
_ZONE = ZoneInfo("Europe/Amsterdam")
_SET = ["deck", "charge_kind", "service", "direction", "origin", "prefix", "valid_from", "valid_until"]


@dataclass(frozen=True)
class PriceTables:
    """What the price lists say, as rows.

    chains: entry, deck, depth. sets: set_id, deck, charge_kind, service, direction, origin, prefix, from_us, until_us,
    bands (bits), denominator, splits, mode, decimals. rows: set_id, band (63: any time), band_name, from_quantity,
    until_quantity, unit_price (1e-8 euro times the denominator), increment, minimum, free_below, connect_fee,
    max_charge, destination, call_type. quarters: deck, quarter (of an hour since 1970), holding (bits), until_us.
    """

    chains: pl.DataFrame
    sets: pl.DataFrame
    rows: pl.DataFrame
    quarters: pl.DataFrame


def price_tables(decks: list[Deck]) -> PriceTables:
    """Return the tables of these decks."""
    by_name = {deck.name: deck for deck in decks}
    chains = [(name, link, depth) for name in by_name for depth, link in enumerate(_chain(by_name, name))]
    parts = [
        deck.rates.with_columns(
            deck=pl.lit(deck.name),
            splits=pl.lit(deck.settings.rules.band_rule == "split"),
            mode=pl.lit(deck.settings.rules.rounding),
            decimals=pl.lit(deck.settings.rules.decimals),
        )
        for deck in decks
    ]
    return PriceTables(
        pl.DataFrame(chains, schema={"entry": pl.String, "deck": pl.String, "depth": pl.Int64}, orient="row"),
        *_sets_and_rows(pl.concat(parts)),
        pl.concat(_quarters(deck.settings.rules) for deck in decks),
    )


def _chain(decks: dict[str, Deck], name: str) -> list[str]:
    base = decks[name].settings.base
    return [name, *_chain(decks, base)] if base else [name]


def _sets_and_rows(rates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    bit = pl.when(pl.col("band") == STAR).then(0).otherwise(pl.lit(2, pl.Int64).pow(pl.col("band")))
    sets = (
        rates.group_by(_SET, maintain_order=True)
        .agg(
            pl.col("splits", "mode", "decimals").first(),
            bands=bit.unique().sum().cast(pl.Int64),
            pers=pl.col("per").unique().sort(),
        )
        .with_row_index("set_id")
        .with_columns(pl.col("set_id").cast(pl.Int64))
    )
    denominators = {tuple(pers): math.lcm(*pers) for pers in sets["pers"].unique().to_list()}
    common = pl.Series("denominator", [denominators[tuple(pers)] for pers in sets["pers"].to_list()])
    rows = rates.join(sets.with_columns(common).select(*_SET, "set_id", "denominator"), on=_SET, nulls_equal=True)
    rows = rows.sort("set_id", "band", "from_quantity").with_columns(
        unit_price=pl.col("price") * (pl.col("denominator") // pl.col("per")),
        until_quantity=pl.col("from_quantity").shift(-1).over("set_id", "band"),
    )
    if rows.group_by("set_id", "band").len()["len"].max() > 2:
        raise ValueError("a price in more than two steps: the other raters know two")
    sets = sets.with_columns(common).with_columns(
        from_us=_midnight("valid_from", 0), until_us=_midnight("valid_until", 2**62)
    )
    return sets.drop("pers", "valid_from", "valid_until"), rows.select(
        "set_id", "band", "band_name", "from_quantity", "until_quantity", "unit_price", "increment", "minimum",
        "free_below", "connect_fee", "max_charge", "destination", "call_type",
    )  # fmt: skip


def _midnight(day: str, otherwise: int) -> pl.Expr:
    local = pl.col(day).cast(pl.Datetime("us")).dt.replace_time_zone(_ZONE.key)
    return local.dt.timestamp("us").fill_null(otherwise)


def _quarters(rules: DeckRules) -> pl.DataFrame:
    """Return which bands hold in each quarter of an hour of the month, and until when that stays so."""
    if rules.timezone != _ZONE.key or any(band.from_minute % 15 or band.until_minute % 15 for band in rules.bands):
        raise ValueError(f"{rules.name}: another zone than {_ZONE.key}, or a band not on a quarter of an hour")
    days = dt.timedelta(days=2)
    first, last = (int(at.timestamp()) // 900 for at in (MONTH_FROM - days, MONTH_UNTIL + days))
    held = [_holding(rules, dt.datetime.fromtimestamp(quarter * 900, _ZONE)) for quarter in range(first, last)]
    until = [0] * len(held)
    end = last
    for place in reversed(range(len(held))):
        until[place] = end * QUARTER_US
        if place and held[place - 1] != held[place]:
            end = first + place
    columns = {"quarter": list(range(first, last)), "holding": held, "until_us": until}
    return pl.DataFrame(columns).select(pl.lit(rules.name).alias("deck"), pl.all())


def _holding(rules: DeckRules, local: dt.datetime) -> int:
    return sum(1 << number for number, band in enumerate(rules.bands) if _holds(band, rules, local))


def _holds(band: Band, rules: DeckRules, local: dt.datetime) -> bool:
    minute, today, yesterday = local.hour * 60 + local.minute, local.date(), local.date() - dt.timedelta(days=1)
    if band.until_minute > band.from_minute:
        return band.from_minute <= minute < band.until_minute and _applies(band, rules, today)
    begun = minute >= band.from_minute and _applies(band, rules, today)
    return begun or (minute < band.until_minute and _applies(band, rules, yesterday))


def _applies(band: Band, rules: DeckRules, day: dt.date) -> bool:
    is_holiday = day in rules.holidays
    if is_holiday and (band.on_holidays or band.except_holidays):
        return band.on_holidays
    return day.isoweekday() in band.weekdays
