"""The lines of a file on their way to rates.csv: none goes missing without a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from tariffs.convert_mapping import DeckMapping, columns_of
from tariffs.csv_lines import LINE
from tariffs.deck import DeckRefused, Fault


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(schema={LINE: pl.Int64, "reason": pl.String})


@dataclass
class Lines:
    """`rows` still on their way (with `LINE`), and the lines that are left out (`LINE`, `reason`)."""

    file: str
    rows: pl.DataFrame
    unusable: Literal["refuse", "skip"] = "refuse"
    skipped: pl.DataFrame = field(default_factory=_no_lines)

    @classmethod
    def of(cls, texts: pl.DataFrame, mapping: DeckMapping, file: str) -> Lines:
        """Start with all lines but those that the rules [[skip]] name; the first rule that holds is the reason."""
        held = [
            pl.when(pl.col(rule.column).fill_null("").is_in(list(rule.texts)) == rule.when_listed).then(
                pl.lit(rule.because)
            )
            for rule in mapping.skip
        ]
        lines = cls(file, texts, mapping.unusable)
        lines.leave_out(texts.select(LINE, reason=pl.coalesce(pl.lit(None, pl.String), *held)).drop_nulls("reason"))
        return lines

    def leave_out(self, skipped: pl.DataFrame) -> None:
        """Leave out lines whole, each with the first reason given."""
        reasons = skipped.select(LINE, "reason").unique(LINE, keep="first", maintain_order=True)
        self.rows = self.rows.join(reasons, on=LINE, how="anti", maintain_order="left")
        self.skipped = pl.concat([self.skipped, reasons]).sort(LINE)

    def refuse(self, faults: list[Fault]) -> None:
        """Refuse the file for its faults, or leave their lines out when the mapping says so."""
        if faults and self.unusable == "refuse":
            raise DeckRefused(self.file, tuple(faults), what="file")
        told = [(fault.line, f"{fault.column}: {fault.right}") for fault in faults]
        self.leave_out(pl.DataFrame(told, schema={LINE: pl.Int64, "reason": pl.String}, orient="row"))

    def refuse_blank_prefixes(self, mapping: DeckMapping) -> None:
        """An empty prefix would price every number; where it is meant, the mapping says it as a constant."""
        if "prefix" not in mapping.columns:
            return
        column = " + ".join(columns_of(mapping.columns["prefix"]))
        told = f'the prefix is empty; to leave such lines out write [[skip]] column = {column!r}, is = [""]'
        blank = self.rows.filter(pl.col("prefix").fill_null("") == "")[LINE].unique().sort()
        self.refuse([Fault(self.file, line, column, "", told) for line in blank])

    def leave_out_repeats(self) -> None:
        """Drop rows that say word for word what an earlier one says; a line of nothing else is left out."""
        place = [name for name in self.rows.columns if name != LINE]
        first = pl.col(LINE).first().over(place)
        told = self.rows.with_columns(first=first, repeats=pl.int_range(pl.len()).over(place) > 0)
        reason = pl.format("says the same as line {}", "first")
        self.rows = told.filter(~pl.col("repeats")).drop("first", "repeats")
        again = told.filter("repeats").select(LINE, reason=reason)
        self.leave_out(again.join(self.rows, on=LINE, how="anti", maintain_order="left"))
