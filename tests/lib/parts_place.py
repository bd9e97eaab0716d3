"""A workspace whose feeds give parts of calls, and lines of the layouts that do."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import polars as pl

from belnota.settings import Feed, Settings
from belnota.store import Store, open_store
from pipelines.ingest import IngestSummary, ingest, source_files
from tests.lib.raw_files import content
from warehouse import Lake, reconcile

NOW = dt.datetime(2026, 10, 6, 3, tzinfo=dt.UTC)
START = 1_791_194_400
"""5 October 2026, 10:00 UTC."""
SIP = Feed("sip", "opensips_flatstore", "acc*.log", options={"caller": 8, "called": 9})
NOTHING = pl.DataFrame(schema={"invoice_number": pl.String})


def invite(call: str, at: int = 0, *, code: int = 200, caller: str = "0201234567", called: str = "0612345678") -> str:
    """One line of 9 columns, `at` seconds after START."""
    reason = "OK" if code == 200 else "Busy here"
    return f"INVITE|from-{call}|to-{call}|{call}@pbx|{code}|{reason}|{START + at}|{caller}|{called}"


def bye(call: str, at: int, *, by_called: bool = False, code: int = 200) -> str:
    tags = f"to-{call}|from-{call}" if by_called else f"from-{call}|to-{call}"
    return f"BYE|{tags}|{call}@pbx|{code}|OK|{START + at}||"


class PartsPlace:
    """A workspace with an inbox, a store and a lake."""

    def __init__(self, folder: Path, migrated: Path, *feeds: Feed, mappings: dict[str, str] | None = None) -> None:
        folder.mkdir(exist_ok=True)
        shutil.copyfile(migrated, folder / "store.sqlite")
        for name, text in (mappings or {}).items():
            (folder / name).write_text(text, encoding="utf-8")
        self.settings = Settings(folder, feeds=feeds or (SIP,))
        self.settings.inbox.mkdir(exist_ok=True)
        self.store: Store = open_store(self.settings.store_url)
        self.lake = Lake(self.settings.lake)

    def put(self, name: str, lines: list[str]) -> Path:
        path = self.settings.inbox / name
        path.write_bytes(content(lines))
        return path

    def ingest(self) -> IngestSummary:
        return ingest(self.settings, self.store, self.lake, files=None, now=NOW, progress=lambda *_: None)

    def send(self, name: str, lines: list[str]) -> IngestSummary:
        self.put(name, lines)
        return self.ingest()

    def register(self) -> pl.DataFrame:
        with self.store.reading() as tx:
            return source_files(tx)

    def calls(self) -> pl.DataFrame:
        return self.lake.scan("calls").sort("call_id").collect()

    def said(self) -> list[tuple[object, ...]]:
        """What the calls say, not where they stood."""
        return self.calls().drop("file_id", "line_number").rows()

    def parts(self) -> pl.DataFrame:
        return self.lake.scan("call_parts").sort("feed", "key", "part_key").collect()

    def quarantine(self) -> list[tuple[str, int, str]]:
        lines = self.lake.scan("quarantine").sort("file_name", "line_number").collect()
        return lines.select("file_name", "line_number", "reason").rows()

    def controls(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return left and right of C1 to C3 by scope and unit."""
        versions = {table: self.lake.version(table) for table in ("calls", "quarantine", "call_parts")}
        return lines_tied(self.lake, versions, self.register())

    def state(self) -> list[object]:
        """All that ingest leaves behind."""
        quarantine = self.lake.scan("quarantine").sort("file_id", "line_number").collect()
        inbox = sorted(str(path) for path in self.settings.inbox.rglob("*"))
        return [self.register().rows(), self.calls().rows(), self.parts().rows(), quarantine.rows(), inbox]


def lines_tied(lake: Lake, versions: dict[str, int], files: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    from tests.lib.warehouse_data import published_frames  # noqa: PLC0415 -- only tests of controls need its tables

    others = dict.fromkeys(("rated_calls", "bundle_draws", "bundle_usage"), -1)
    controls = reconcile(lake, versions | others, published_frames() | {"source_files": files}, [])
    lines = controls.filter(pl.col("control").is_in(["C1", "C2", "C3"]))
    return {(row["scope"], row["unit"]): (row["left"], row["right"]) for row in lines.to_dicts()}
