"""Nested prefixes become stretches of numbers with one answer each, so that a match is one binary search."""

from __future__ import annotations

import polars as pl

from belnota.tables.prices import MAX_DIGITS, number_key


def stretches(prefixes: pl.DataFrame, groups: int) -> pl.DataFrame:
    """Return for each group the number keys at which the longest matching prefix changes, and who answers from there.

    prefixes: group, prefix (unique in its group), rate_set; groups: how many there are, also those without prefixes.
    Result, sorted: group, number (key), rate_set (empty where no prefix of the group holds the numbers that follow).
    Each group starts at key 0, so that a number below its first prefix never finds the group before it.
    """
    spans = prefixes.with_columns(length=pl.col("prefix").str.len_chars().cast(pl.Int64)).with_columns(
        start=number_key(pl.col("prefix")), head=pl.col("prefix").replace("", "0").cast(pl.Int64)
    )
    width = pl.lit(10, pl.Int64).pow(MAX_DIGITS - pl.col("length")).cast(pl.Int64)
    edges = pl.concat(
        [
            spans.select("group", number="start"),
            spans.select("group", number=(pl.col("head") + 1) * width * 16),
            pl.select(group=pl.int_range(groups, dtype=pl.Int64), number=pl.lit(0, pl.Int64)),
        ]
    ).unique()
    answers = [pl.col("group"), pl.col("number")]
    longest = pl.lit(None, pl.Int64)
    for length in sorted(set(spans["length"]), reverse=True):
        of_length = spans.filter(pl.col("length") == length).select("group", "head", "start", "rate_set")
        edges = _with_answer(edges, of_length, length)
        longest = pl.coalesce(longest, f"answer_{length}")
    return edges.select(*answers, rate_set=longest).sort("group", "number")


def _with_answer(edges: pl.DataFrame, spans: pl.DataFrame, length: int) -> pl.DataFrame:
    """Add who answers at each edge among the prefixes of one length."""
    head = pl.col("number") // 16 // 10 ** (MAX_DIGITS - length)
    joined = edges.with_columns(head=head).join(spans, on=["group", "head"], how="left", maintain_order="left")
    answer = pl.when(pl.col("number") >= pl.col("start")).then("rate_set").alias(f"answer_{length}")
    return joined.with_columns(answer).drop("head", "start", "rate_set")
