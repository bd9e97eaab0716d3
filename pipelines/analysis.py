"""What the notebooks share: the published file of a workspace, the month looked at, scratch tables of what could be."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import polars as pl

import warehouse
from belnota.errors import Refused
from belnota.periods import Period
from belnota.settings import find_workspace
from pipelines.what_if import re_rate
from pipelines.workspace import Workspace, opened
from tariffs import Deck

_MONTHS = "select distinct period from mart.fct_rated_call where period is not null order by period"


@dataclass(frozen=True)
class Analysis:
    """One published file and one month of it; questions are SQL, `scratch.NAME` is what `what_if` made under NAME."""

    folder: Path
    period: Period
    made: TemporaryDirectory[str] = field(default_factory=lambda: TemporaryDirectory(prefix="belnota-analysis-"))

    @classmethod
    def of(cls, arguments: Mapping[str, object]) -> Self:
        """Open the workspace of --workspace, BELNOTA_WORKSPACE or the folder one is in; --period, else the last month.

        Refused when nothing is published, or the month has no calls.
        """
        named = arguments.get("workspace") or os.environ.get("BELNOTA_WORKSPACE")
        folder = Path(str(named)).resolve() if named else find_workspace(Path.cwd())
        months = warehouse.query(folder / "analytics.duckdb", _MONTHS)["period"].to_list()
        period = str(arguments.get("period") or (months[-1] if months else ""))
        if period not in months:
            raise Refused(f"there are no calls of {period or 'any month'}; there are of {', '.join(months) or 'none'}")
        return cls(folder, Period.parse(period))

    def ask(self, sql: str) -> pl.DataFrame:
        """Return the answer to a query; `$period` in it is the month, as text."""
        scratch = {file.stem: file for file in Path(self.made.name).glob("*.parquet")}
        asked = sql.replace("$period", f"'{self.period}'")
        return warehouse.query(self.folder / "analytics.duckdb", asked, scratch=scratch)

    @contextmanager
    def workspace(self) -> Iterator[Workspace]:
        """Open the workspace behind the file: its price lists and stored calls."""
        with opened(self.folder, os.environ) as found:
            yield found

    def what_if(self, name: str, *, instead: Mapping[str, Deck] | None = None, allowance_percent: int = 100) -> int:
        """Rate the month anew into the scratch table `scratch.NAME`; see pipelines.what_if.re_rate."""
        with self.workspace() as found:
            out = Path(self.made.name) / f"{name}.parquet"
            return re_rate(found, self.period, out, instead=instead, allowance_percent=allowance_percent)


def euros(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with exact amounts as floats, for charts only: charts draw nothing else."""
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))
