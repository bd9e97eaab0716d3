"""Which calls are stored already: asked of the lake file by file, remembered for a run, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from pipelines.feeds.calls import KNOWN, fingerprint
from warehouse import Lake, calls_with

WHOLE: Final = 2_000_000
"""A lake of up to so many calls is read once for all files of a run; a larger one is asked for identities."""
REMEMBERED: Final = 5_000_000
"""Identities that a run remembers; beyond these it begins to ask anew with the next file."""


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

    def add(self, calls: pl.DataFrame) -> None:
        """Remember calls that this run stored just now.

        They have no file: what the lake holds of a file that is read again after a kill does not count for that file,
        but what this run stored of it does.
        """
        own = _as_known(calls.lazy()).with_columns(file_id=pl.lit(""))
        self._known = pl.concat([self._whole(), own], rechunk=False)

    def trim(self) -> None:
        """Between two files: ask the lake anew when too much is remembered."""
        if self._asked is not None and self._asked.height > REMEMBERED:
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


def _as_known(calls: pl.LazyFrame) -> pl.DataFrame:
    known = calls.select("call_id", "file_id", fingerprint=fingerprint())
    return known.collect(engine="streaming").cast(KNOWN)
