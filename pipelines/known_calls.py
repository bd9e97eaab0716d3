"""Which calls are stored already: asked of the lake file by file, remembered for a run, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from pipelines.feeds.calls import KNOWN, fingerprint
from warehouse import Lake, calls_with
from warehouse.lake_files import Staged

WHOLE: Final = 2_000_000
"""A lake of up to so many calls is read once for all files of a run; a larger one is asked for identities."""
REMEMBERED: Final = 3_000_000
"""Identities that a run remembers; beyond these it begins to ask anew."""
OF_FILE: Final = 1_000_000
"""Calls of one file that a run remembers; of a larger one it asks the lake."""


@dataclass
class KnownCalls:
    """The stored calls as far as a run needs them (KNOWN): those with an identity that it asked for, and its own."""

    lake: Lake
    _known: pl.DataFrame | None = field(default=None)
    _asked: pl.DataFrame | None = field(default=None)
    """Identities looked up so far; None while all of the lake is in `_known`."""

    def of(self, call_ids: pl.Series) -> pl.DataFrame:
        """Return at least all stored calls that have one of these identities."""
        if self._known is None:
            self._begin()
        if self._asked is None:
            return self._whole()
        news = pl.DataFrame({"call_id": call_ids})
        if self._asked.height:
            news = news.join(self._asked, on="call_id", how="anti")
        if news.height:
            found = calls_with(self.lake, news["call_id"])
            self._known = pl.concat([self._whole(), _as_known(found)], rechunk=False)
            self._asked = pl.concat([self._asked, news], rechunk=False)
        return self._whole()

    def add(self, own: CallsOfFile) -> None:
        """Remember the calls of a file that this run stored just now, and that are in the lake since."""
        if own.known is None:
            self.forget()
        else:
            self._known = pl.concat([self._whole(), *own.known], rechunk=False)

    def trim(self) -> None:
        """Ask the lake anew when too much is remembered."""
        if self._whole().height > REMEMBERED or (self._asked is not None and self._asked.height > REMEMBERED):
            self.forget()

    def forget(self) -> None:
        """Ask the lake anew: a file may have got as far as there."""
        self._known = self._asked = None

    def _begin(self) -> None:
        self._known, self._asked = pl.DataFrame(schema=KNOWN), pl.DataFrame(schema={"call_id": pl.String})
        if self.lake.rows("calls") <= WHOLE:
            self._known, self._asked = _as_known(self.lake.scan("calls")), None

    def _whole(self) -> pl.DataFrame:
        return pl.DataFrame(schema=KNOWN) if self._known is None else self._known


@dataclass
class CallsOfFile:
    """The calls of one file that were stored so far, block by block, and that no version of the lake names yet.

    Only a hash of each is held; what a call says is read again if its hash comes twice.
    """

    staged: Staged
    known: list[pl.DataFrame] | None = field(default_factory=list)
    """They as KNOWN; None when there are too many to remember.

    They have no file: what the lake holds of a file that is read again after a kill does not count for that file, but
    what this run stored of it does.
    """
    _hashes: list[pl.Series] = field(default_factory=list)
    _rows: int = 0

    def add(self, calls: pl.DataFrame) -> None:
        """Remember calls (contract Call) that were staged."""
        self._hashes.append(calls["call_id"].hash())
        self._rows += calls.height
        if self.known is not None:
            self.known.append(_own(calls.lazy()))
            self.known = self.known if self._rows <= OF_FILE else None

    def of(self, call_ids: pl.Series) -> pl.DataFrame:
        """Return the calls among them (KNOWN) that have one of these identities."""
        if not self._rows:
            return pl.DataFrame(schema=KNOWN)
        hashes, before = call_ids.hash(), pl.concat(self._hashes, rechunk=False)
        again = before.filter(before.is_in(hashes.implode()))
        if again.is_empty():
            return pl.DataFrame(schema=KNOWN)
        likely = call_ids.filter(hashes.is_in(again.implode())).unique()
        return _own(self.staged.scan().filter(pl.col("call_id").is_in(likely.implode())))


def _own(calls: pl.LazyFrame) -> pl.DataFrame:
    return _as_known(calls).with_columns(file_id=pl.lit(""))


def _as_known(calls: pl.LazyFrame) -> pl.DataFrame:
    known = calls.select("call_id", "file_id", fingerprint=fingerprint())
    return known.collect(engine="streaming").cast(KNOWN)
