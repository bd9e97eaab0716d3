"""A workspace with an inbox, for tests that put raw files through the ingest step."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl

from belnota.settings import Feed, Night, Settings
from belnota.store import Store, open_store
from pipelines.ingest import IngestSummary, ingest, source_files
from pipelines.reading import Reading
from pipelines.reading_child import read_here
from tests.lib.raw_files import MOBIEL_TOML, content
from warehouse import Lake

NOW = dt.datetime(2026, 10, 6, 3, tzinfo=dt.UTC)
FEEDS = (
    Feed("pbx", "asterisk_cdr_csv", "asterisk-*.csv"),
    Feed("broadworks", "broadworks_csv", "BW-*.csv"),
    Feed("wholesale", "nl_wholesale_fwv", "DDB-*.CDR"),
    Feed("mobiel", "mapping", "mobiel-*.csv", mapping="mobiel.toml"),
)


class Place:
    """A workspace with its inbox."""

    def __init__(self, folder: Path, migrated: Path, feeds: tuple[Feed, ...] = FEEDS) -> None:
        folder.mkdir(exist_ok=True)
        shutil.copyfile(migrated, folder / "store.sqlite")
        (folder / "mobiel.toml").write_text(MOBIEL_TOML, encoding="utf-8")
        self.settings = Settings(folder, feeds=feeds)
        self.settings.inbox.mkdir()
        self.store: Store = open_store(self.settings.store_url)
        self.lake = Lake(self.settings.lake)

    def put(self, name: str, lines: list[str] | bytes) -> Path:
        path = self.settings.inbox / name
        path.write_bytes(lines if isinstance(lines, bytes) else content(lines))
        return path

    def ingest(
        self, files: list[Path] | None = None, *, reading: Reading | None = read_here, **night: int
    ) -> IngestSummary:
        settings = replace(self.settings, night=Night(**night))
        return ingest(settings, self.store, self.lake, files=files, now=NOW, progress=lambda *_: None, reading=reading)

    def register(self) -> pl.DataFrame:
        with self.store.reading() as tx:
            return source_files(tx)

    def calls(self) -> pl.DataFrame:
        return self.lake.scan("calls").sort("call_id").collect()

    def state(self) -> list[object]:
        """All that ingest leaves behind."""
        quarantine = self.lake.scan("quarantine").sort("file_id", "line_number").collect()
        archive = sorted(str(path.relative_to(self.settings.archive)) for path in self.settings.archive.rglob("*"))
        inbox = sorted(str(path) for path in self.settings.inbox.rglob("*"))
        return [self.register().rows(), self.calls().rows(), quarantine.rows(), archive, inbox]
