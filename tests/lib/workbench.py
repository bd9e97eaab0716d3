"""A workspace with three feeds and no accounts, whose quarantine and refused files are worked on."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl

from belnota.settings import Feed, Settings
from belnota.store import open_store
from pipelines import parts_dropped
from pipelines.ingest import ingest, source_files
from pipelines.publishing import TABLES
from pipelines.quarantine import Selection, assembled_again, decisions, lines
from pipelines.quarantine_retry import RetrySummary, retry
from pipelines.reading_child import read_here
from pipelines.workspace import Workspace, silent
from tests.lib.raw_files import MOBIEL_TOML, content
from warehouse import Lake, reconcile

FEEDS = (
    Feed("pbx", "asterisk_cdr_csv", "asterisk-*.csv"),
    Feed("mobiel", "mapping", "mobiel-*.csv", mapping="mobiel.toml"),
)
NOW = dt.datetime(2026, 10, 6, 3, tzinfo=dt.UTC)


class Workbench:
    """A workspace, and what one does with it."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        folder.mkdir(exist_ok=True)
        shutil.copyfile(migrated, folder / "store.sqlite")
        self.now = NOW
        settings = Settings(folder, feeds=FEEDS)
        settings.inbox.mkdir()
        store = open_store(settings.store_url)
        self.workspace = Workspace(settings, store, Lake(settings.lake), lambda: self.now)
        self.map()

    def close(self) -> None:
        self.workspace.store.close()

    def map(self, **words: str) -> None:
        """Write the mapping of mobiel; words replace parts of it."""
        text = MOBIEL_TOML
        for old, new in words.items():
            assert old in text
            text = text.replace(old, new)
        (self.workspace.settings.workspace / "mobiel.toml").write_text(text, encoding="utf-8")

    def fix(self) -> None:
        """Let the mapping know FAX, which it had as an unknown service."""
        self.map(GESPREK='FAX = "sms", GESPREK')

    def take_in(self, name: str, lines: list[str] | bytes) -> None:
        (self.workspace.settings.inbox / name).write_bytes(lines if isinstance(lines, bytes) else content(lines))
        ingest(
            self.workspace.settings,
            self.workspace.store,
            self.workspace.lake,
            files=None,
            now=self.now,
            progress=silent,
            reading=read_here,
        )

    def with_feeds(self, *feeds: Feed) -> None:
        self.workspace = replace(self.workspace, settings=replace(self.workspace.settings, feeds=feeds))

    def retry(self, **chosen: str) -> RetrySummary:
        return retry(self.workspace, Selection(**chosen), actor="Anna", because="mended", progress=silent)

    def states(self) -> list[tuple[int, str, str | None, str]]:
        """(line, state, became, reason) of every line that ever came into quarantine."""
        found = lines(self.workspace, Selection(state=""))
        return found.select("line_number", "state", "became", "reason").rows()

    def calls(self) -> list[tuple[str, int]]:
        """(call, line) of all calls."""
        return sorted(self.workspace.lake.scan("calls").select("call_id", "line_number").collect().rows())

    def decisions(self) -> pl.DataFrame:
        with self.workspace.store.reading() as tx:
            return decisions(tx)

    def register(self) -> pl.DataFrame:
        with self.workspace.store.reading() as tx:
            return source_files(tx)

    def unbalanced(self) -> list[tuple[str, str, str]]:
        """The controls of files and lines that do not tie out; nothing was rated here."""
        lake = self.workspace.lake
        with self.workspace.store.reading() as tx:
            again, dropped = assembled_again(tx), parts_dropped.decisions(tx)
        frames = {"source_files": self.register(), "quarantine_decisions": self.decisions(), "part_decisions": dropped,
                  "assembled_again": again}  # fmt: skip
        found = reconcile(lake, {table: lake.version(table) for table in TABLES}, frames, [])
        return found.filter(~pl.col("is_balanced")).select("control", "scope", "unit").rows()
