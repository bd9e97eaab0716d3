"""The demo's two months, made and read once for all tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

import polars as pl
import pytest

from belnota.settings import load
from pipelines.demo import demo_arrivals, write_workspace
from pipelines.feeds import FileRefused, reader_of


@dataclass(frozen=True)
class Month:
    """What the readers make of every arrival: records and rejects carry the file's name, feed and arrival day."""

    records: pl.DataFrame
    rejects: pl.DataFrame
    refused: dict
    filtered: int
    lines: int

    def calls(self):
        """Each call once."""
        return self.records.unique(["feed", "key"], keep="first", maintain_order=True)


def feed_of(settings, name):
    (feed,) = [feed for feed in settings.feeds if fnmatch(name, feed.files)]
    return feed


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    write_workspace(folder)
    return folder


@pytest.fixture(scope="session")
def demo_settings(demo_folder):
    return load(demo_folder, {})


@pytest.fixture(scope="session")
def read(demo_settings):
    """Reads a file's content with the feed that claims its name."""

    mappings = {
        feed.name: (demo_settings.workspace / feed.mapping).read_text(encoding="utf-8") if feed.mapping else ""
        for feed in demo_settings.feeds
    }
    readers = {feed.name: reader_of(feed, mappings[feed.name]) for feed in demo_settings.feeds}
    return lambda name, content: readers[feed_of(demo_settings, name).name](content)


@pytest.fixture(scope="session")
def arrivals():
    return list(demo_arrivals())


@pytest.fixture(scope="session")
def month(arrivals, demo_settings, read):
    records, rejects, refused, filtered, lines = [], [], {}, 0, 0
    for arrival in arrivals:
        feed = feed_of(demo_settings, arrival.name).name
        try:
            result = read(arrival.name, arrival.content)
        except FileRefused as refusal:
            refused[arrival.name] = refusal.reason
            continue
        where = {"feed": pl.lit(feed), "name": pl.lit(arrival.name), "arrives_on": pl.lit(arrival.arrives_on)}
        records.append(result.records.with_columns(**where))
        rejects.append(result.rejects.with_columns(**where))
        filtered += result.filtered_lines
        lines += result.lines
    return Month(pl.concat(records), pl.concat(rejects), refused, filtered, lines)
