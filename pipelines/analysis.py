"""What the notebooks share: the published file of a workspace, the month looked at, scratch tables of what could be."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

import polars as pl

import warehouse
from belnota.errors import BelnotaError, Refused
from belnota.periods import Period
from belnota.settings import find_workspace
from pipelines.what_if import price_lists, raised, re_rate
from pipelines.workspace import Workspace, opened
from tariffs import Deck, read_deck

_MONTHS = "select distinct period from mart.fct_rated_call where period is not null order by period"


def _scratch_folder() -> Path:
    """Make a folder that is gone when the process ends: a notebook has no moment at which it is done."""
    folder = Path(mkdtemp(prefix="belnota-analysis-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass(frozen=True)
class Analysis:
    """One published file and one month of it; questions are SQL, `scratch.NAME` is what `what_if` made under NAME."""

    folder: Path
    period: Period
    made: Path = field(default_factory=_scratch_folder)

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
        scratch = {file.stem: file for file in self.made.glob("*.parquet")}
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
            out = self.made / f"{name}.parquet"
            return re_rate(found, self.period, out, instead=instead, allowance_percent=allowance_percent)


def euros(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with exact amounts as floats, for charts only: charts draw nothing else."""
    return frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64))


@dataclass(frozen=True)
class Others:
    """Price lists that take the place of those in use, and how that reads."""

    name: str
    instead: Mapping[str, Deck]


def other_lists(analysis: Analysis, folder: object, percent: int) -> Others:
    """Return the price list in a folder, in the place of the one of its name; without one, all prices raised.

    Refused when no price list in use has that name.
    """
    with analysis.workspace() as found:
        in_use = price_lists(found)
    if folder is None:
        return Others(f"All prices {percent:+d} %", {name: raised(deck, percent) for name, deck in in_use.items()})
    deck = read_deck(Path(str(folder)))
    if deck.name not in in_use:
        known = ", ".join(sorted(in_use))
        raise Refused(f"{folder}: no plan uses a price list {deck.name}; give it the name of one of {known}")
    return Others(f"Price list {deck.name} of {folder}", {deck.name: deck})


def purchase_list(analysis: Analysis, folder: object) -> Others:
    """Return the purchase price list in a folder in the place of all; without one, those in use at 60 %."""
    with analysis.workspace() as found:
        in_use = price_lists(found)
    if folder is None:
        example = "your own price lists at 60 % (an example; give your carrier's with --purchase FOLDER)"
        return Others(example, {name: raised(deck, -40) for name, deck in in_use.items()})
    bought = read_deck(Path(str(folder)))
    bases = {deck.settings.base for deck in in_use.values()} - {bought.name}
    return Others(f"price list {bought.name}", dict.fromkeys(set(in_use) - bases, bought) | {bought.name: bought})


def begin(arguments: Mapping[str, object]) -> Analysis:
    """Open what a notebook looks at; when it runs as a script, what is wrong with it is told in one sentence."""
    if _is_script():
        sys.excepthook = _in_one_sentence
    return Analysis.of(arguments)


def _in_one_sentence(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, BelnotaError):
        print(f"belnota: {error}", file=sys.stderr)  # noqa: T201  # the last words of a script
    else:
        sys.__excepthook__(kind, error, trace)


def percentage(arguments: Mapping[str, object], name: str, default: int, least: int, most: int) -> int:
    """Return an option of a notebook that is a whole number of percent; Refused when it is none, or out of range."""
    text = str(arguments.get(name, default))
    if not re.fullmatch(r"-?[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise Refused(f"--{name}={text} must be a whole number from {least} to {most}")
    return int(text)


def tell(title: str, frame: pl.DataFrame) -> None:
    """Print a table when the notebook runs as a script; in a browser the cell shows its own."""
    if _is_script():
        with pl.Config(tbl_rows=20, tbl_cols=-1, tbl_width_chars=160, tbl_hide_column_data_types=True):
            print(f"{title}\n{frame}\n")  # noqa: T201  # what a script is for


def _is_script() -> bool:
    import marimo as mo  # noqa: PLC0415  # of the extra [notebooks], which nothing else needs

    return mo.app_meta().mode == "script"
