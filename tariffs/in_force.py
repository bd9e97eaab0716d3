"""Which prices are in force: for each line and day, who answers every number, bases included (rating.md section 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    spaces: pl.Series
    answers: pl.Series


def in_force(sets: pl.DataFrame, chains: Mapping[str, Sequence[str]]) -> InForce:
    """Return who answers on the lines of the entry decks, from sets: rate_set, deck and the rest of its key.

    Each deck's own prefixes are flattened once per stretch of days in which none of them changes; an answer is one
    such layer, or for a deck with a base the longer prefix of several layers, the nearer deck's when they are equal.
    The same layers make one answer, however many decks share a base. Each kind of line has a space of its own: the
    few prefixes of data sessions need not be told apart as finely as those of calls.
    """
    dated = sets.with_columns(
        start=day_number(pl.col("valid_from")).fill_null(0),
        end=day_number(pl.col("valid_until")).fill_null(_LAST_DAY),
    )
    layers, prefixes = _layers(dated)
    edges = stretches(prefixes, layers.height).join(layers.select("group", "space"), on="group")
    origin = pl.DataFrame({"number": [0]}, schema={"number": pl.Int64})
    numbers = pl.concat([origin, edges.select("number")]).unique().sort("number")["number"]
    lengths = _prefix_lengths(sets)
    spaces, merges = [], []
    for (space,), own in edges.sort("space", "group", "number").group_by("space", maintain_order=True):
        cuts = own["number"].unique().sort()
        spaces.append(cuts.search_sorted(numbers, side="right").cast(pl.UInt32) - 1)
        groups = layers.filter(pl.col("space") == space)["group"].to_list()
        merges.append(_Merge(_dense(own, groups, cuts), lengths))
    lines, epochs, answers = _epochs(layers, chains, merges)
    return InForce(lines, epochs, numbers, _joined(spaces, "position"), _joined(answers, "rate_set"))


def _joined(parts: list[pl.Series], name: str) -> pl.Series:
    return pl.concat([pl.Series(name, [], dtype=pl.UInt32), *(part.alias(name) for part in parts)])


def _layers(dated: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the layers (deck, kind of line and its space, first day) and the prefix -> rate set in force in each."""
    own = ["deck", *_KIND]
    ends = dated.filter(pl.col("end") < _LAST_DAY)
    days = pl.concat([dated.select(*own, day="start"), ends.select(*own, day="end")]).unique()
    kinds = dated.select(_KIND).unique().sort(_KIND).with_row_index("space").cast({"space": pl.Int64})
    layers = days.join(kinds, on=_KIND).sort(*own, "day").with_row_index("group").cast({"group": pl.Int64})
    prefixes = (
        dated.join(layers.drop("space"), on=own)
        .filter(pl.col("start") <= pl.col("day"), pl.col("day") < pl.col("end"))
        .select("group", "prefix", pl.col("rate_set").cast(pl.Int64))
    )
    return layers, prefixes


def _dense(edges: pl.DataFrame, groups: list[int], cuts: pl.Series) -> dict[int, pl.Series]:
    """Return for each layer of one space the rate set that answers from each cut on."""
    dense = {}
    for group, own in zip(groups, edges.partition_by("group", maintain_order=True), strict=True):
        at = own["number"].search_sorted(cuts, side="right") - 1
        dense[group] = own["rate_set"].cast(pl.UInt32).gather(at)
    return dense


def _prefix_lengths(sets: pl.DataFrame) -> pl.Series:
    return sets.sort("rate_set").select(pl.col("prefix").str.len_bytes().cast(pl.Int8))["prefix"]


@dataclass(frozen=True)
class _Merge:
    """The layers of one space, and how long the prefix of each rate set is."""

    layers: dict[int, pl.Series]
    lengths: pl.Series

    def answer(self, layers: tuple[int, ...]) -> pl.Series:
        """Return who answers where these layers, nearest deck first, are in force."""
        if not layers:
            some = next(iter(self.layers.values()))
            return some.clear(some.len())
        best = self.layers[layers[0]]
        for further in layers[1:]:
            both = pl.DataFrame({"near": best, "far": self.layers[further]})
            length = {name: pl.lit(self.lengths).gather(pl.col(name)) for name in ("near", "far")}
            is_longer = (length["far"] > length["near"]).fill_null(value=False) | pl.col("near").is_null()
            best = both.select(pl.when(is_longer).then("far").otherwise("near").alias("rate_set")).to_series()
        return best


def _epochs(
    layers: pl.DataFrame, chains: Mapping[str, Sequence[str]], merges: Sequence[_Merge]
) -> tuple[pl.DataFrame, pl.DataFrame, list[pl.Series]]:
    """Return the lines of all entries, from which day on which answer is in force on each, and the answers."""
    own: dict[tuple[str, int], list[tuple[int, int]]] = {}
    kinds: dict[int, tuple[str, ...]] = {}
    for deck, *kind, day, space, group in layers.select("deck", *_KIND, "day", "space", "group").iter_rows():
        own.setdefault((deck, space), []).append((day, group))
        kinds[space] = tuple(kind)
    lines: list[tuple[object, ...]] = []
    epochs: list[tuple[int, int, int]] = []
    places: dict[tuple[int, tuple[int, ...]], int] = {}
    answers: list[pl.Series] = []
    height = 0
    for entry, chain in chains.items():
        for space in sorted({space for deck, space in own if deck in chain}):
            versions = [own[deck, space] for deck in chain if (deck, space) in own]
            for day in sorted({0} | {day for version in versions for day, _ in version}):
                newest = (max((one for one in version if one[0] <= day), default=None) for version in versions)
                made_of = tuple(one[1] for one in newest if one is not None)
                if (space, made_of) not in places:
                    places[space, made_of] = height
                    answers.append(merges[space].answer(made_of))
                    height += answers[-1].len()
                epochs.append((len(lines), day, places[space, made_of]))
            lines.append((entry, *kinds[space], len(lines), space))
    named = pl.DataFrame(
        lines,
        schema=dict.fromkeys(("deck", *_KIND), pl.String) | dict.fromkeys(("line", "space"), pl.Int64),
        orient="row",
    )
    dated = pl.DataFrame(epochs, schema=dict.fromkeys(("line", "day", "answer"), pl.Int64), orient="row")
    keyed = dated.select("answer", key=pair(pl.col("line"), pl.col("day"), DAY_BITS))
    return named, keyed, answers
