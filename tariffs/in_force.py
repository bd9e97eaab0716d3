"""Which prices are in force: for each line and day, who answers every number, bases included (rating.md section 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from belnota.tables.prices import DAY_BITS, day_number, pair
from tariffs.flatten import stretches

_KIND: Final = ("service", "direction", "charge_kind", "origin")
_LAST_DAY: Final = 2**DAY_BITS - 1


@dataclass(frozen=True)
class InForce:
    """The parts of a PriceBook that say who answers."""

    lines: pl.DataFrame
    epochs: pl.DataFrame
    numbers: pl.Series
    answers: pl.Series


def in_force(sets: pl.DataFrame, chains: Mapping[str, Sequence[str]]) -> InForce:
    """Return who answers on the lines of the entry decks, from sets: rate_set, deck and the rest of its key.

    Each deck's own prefixes are flattened once per stretch of days in which none of them changes; an answer is one
    such layer, or for a deck with a base the longer prefix of several layers, the nearer deck's when they are equal.
    The same layers make one answer, however many decks share a base.
    """
    dated = sets.with_columns(
        start=day_number(pl.col("valid_from")).fill_null(0),
        end=day_number(pl.col("valid_until")).fill_null(_LAST_DAY),
    )
    layers, prefixes = _layers(dated)
    edges = stretches(prefixes, layers.height)
    numbers = edges["number"].unique().sort()
    if numbers.is_empty():
        numbers = pl.Series("number", [0], dtype=pl.Int64)
    merge = _Merge(_dense(edges, numbers), numbers.len(), _prefix_lengths(sets))
    lines, epochs = _epochs(layers, chains, merge)
    return InForce(lines, epochs, numbers, pl.concat(merge.answers) if merge.answers else merge.nobody())


def _layers(dated: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the layers (deck, kind of line, first day `start`) and the prefix -> rate set in force in each."""
    own = ["deck", *_KIND]
    ends = dated.filter(pl.col("end") < _LAST_DAY)
    days = pl.concat([dated.select(*own, day="start"), ends.select(*own, day="end")]).unique()
    layers = days.sort(*own, "day").with_row_index("group").cast({"group": pl.Int64})
    prefixes = (
        dated.join(layers, on=own)
        .filter(pl.col("start") <= pl.col("day"), pl.col("day") < pl.col("end"))
        .select("group", "prefix", pl.col("rate_set").cast(pl.Int64))
    )
    return layers, prefixes


def _dense(edges: pl.DataFrame, numbers: pl.Series) -> pl.Series:
    """Return the rate set of each layer at each of the numbers, layer after layer."""
    position = pl.lit(numbers).search_sorted(pl.col("number"), side="left").cast(pl.Int64)
    starts = edges.select(at=pl.col("group") * numbers.len() + position)["at"]
    layers = int(edges["group"].max() or 0) + 1 if edges.height else 0  # type: ignore[call-overload]
    every = pl.int_range(layers * numbers.len(), eager=True)
    return edges["rate_set"].cast(pl.UInt32).gather(starts.search_sorted(every, side="right") - 1)


def _prefix_lengths(sets: pl.DataFrame) -> pl.Series:
    return sets.sort("rate_set").select(pl.col("prefix").str.len_bytes().cast(pl.Int8))["prefix"]


@dataclass
class _Merge:
    """Answers made of layers, each made once."""

    layers: pl.Series
    width: int
    lengths: pl.Series
    answers: list[pl.Series] = field(default_factory=list)
    made: dict[tuple[int, ...], int] = field(default_factory=dict)

    def answer(self, layers: tuple[int, ...]) -> int:
        """Return the number of the answer that these layers give, nearest deck first."""
        if layers not in self.made:
            self.made[layers] = len(self.answers)
            self.answers.append(self._merged(layers))
        return self.made[layers]

    def nobody(self) -> pl.Series:
        return pl.Series("rate_set", [None] * self.width, dtype=pl.UInt32)

    def _merged(self, layers: tuple[int, ...]) -> pl.Series:
        if not layers:
            return self.nobody()
        best = self._layer(layers[0])
        for further in layers[1:]:
            other = self._layer(further)
            both = pl.DataFrame({"near": best, "far": other})
            length = {name: pl.lit(self.lengths).gather(pl.col(name)) for name in ("near", "far")}
            is_longer = (length["far"] > length["near"]).fill_null(value=False) | pl.col("near").is_null()
            best = both.select(pl.when(is_longer).then("far").otherwise("near").alias("rate_set")).to_series()
        return best

    def _layer(self, number: int) -> pl.Series:
        return self.layers.slice(number * self.width, self.width)


def _epochs(
    layers: pl.DataFrame, chains: Mapping[str, Sequence[str]], merge: _Merge
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the lines of all entries, and from which day on which answer is in force on each."""
    own: dict[str, dict[tuple[str, ...], list[tuple[int, int]]]] = {}
    for deck, *kind, day, group in layers.select("deck", *_KIND, "day", "group").iter_rows():
        own.setdefault(deck, {}).setdefault(tuple(kind), []).append((day, group))
    lines, epochs = [], []
    for entry, chain in chains.items():
        for kind in sorted({kind for deck in chain for kind in own.get(deck, {})}):
            versions = [own[deck][kind] for deck in chain if kind in own.get(deck, {})]
            for day in sorted({0} | {day for version in versions for day, _ in version}):
                newest = (max((one for one in version if one[0] <= day), default=None) for version in versions)
                answer = merge.answer(tuple(one[1] for one in newest if one is not None))
                epochs.append((len(lines), day, answer))
            lines.append((entry, *kind, len(lines)))
    named = pl.DataFrame(lines, schema=dict.fromkeys(("deck", *_KIND), pl.String) | {"line": pl.Int64}, orient="row")
    dated = pl.DataFrame(epochs, schema=dict.fromkeys(("line", "day", "answer"), pl.Int64), orient="row")
    return named, dated.select("answer", key=pair(pl.col("line"), pl.col("day"), DAY_BITS))
