"""A file that is read in blocks: stored whole or not at all, and the same as if it were read at once."""

from __future__ import annotations

from functools import partial

import pytest

from pipelines import known_calls, reading_child
from pipelines.feeds.blocks import blocks_of
from pipelines.reading import ReadingProcess
from tests.lib.inbox import Place
from tests.lib.raw_files import MOBIEL_HEADER, content, mobiel_file, mobiel_line


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.store.close()


@pytest.fixture
def small_blocks(monkeypatch):
    """As if two lines were a block."""
    monkeypatch.setattr(reading_child, "blocks_of", partial(blocks_of, size=150))


def put(place: Place) -> None:
    """Repeats and contradictions of lines in other blocks, bad lines, an unfinished one."""
    lines = [
        *mobiel_file(9),
        mobiel_line(2),
        mobiel_line(3, duur_sec="61"),
        mobiel_line(9, start="30-02-2026 12:00:00"),
    ]
    place.put("mobiel-1.csv", [*lines, mobiel_line(2), mobiel_line(9)])
    place.put("mobiel-2.csv", content([MOBIEL_HEADER, mobiel_line(9), mobiel_line(10)]) + b"M11;GESP")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("remembered", [0, 1_000])
def test_in_blocks_a_file_leaves_the_same_as_at_once(remembered, place, tmp_path, migrated_sqlite, monkeypatch):
    monkeypatch.setattr(known_calls, "OF_FILE", remembered)
    put(place)
    place.ingest()
    monkeypatch.setattr(reading_child, "blocks_of", blocks_of)
    whole = Place(tmp_path / "whole", migrated_sqlite)
    put(whole)
    whole.ingest()
    assert place.state() == whole.state()
    counts = ("accepted_calls", "duplicate_calls", "quarantined_lines")
    assert place.register().sort("file_name").select(counts).rows() == [(9, 3, 2), (1, 1, 1)]
    whole.store.close()


@pytest.mark.usefixtures("small_blocks")
def test_a_file_that_is_refused_in_its_last_block_leaves_nothing(place):
    place.put("mobiel-1.csv", content(mobiel_file(20)) + b"M99;GESPREK;\xe9;;;;;;\n")
    place.put("mobiel-2.csv", [MOBIEL_HEADER, mobiel_line(3)])
    [(name, sentence)] = place.ingest().refused
    assert name == "mobiel-1.csv"
    assert sentence.startswith("line 22: byte 0xE9 is not utf-8")
    assert place.calls()["call_id"].to_list() == ["mobiel/M3"]
    assert len(list(place.lake.root.rglob("*.parquet"))) == 1


@pytest.mark.usefixtures("small_blocks")
def test_a_file_none_of_whose_blocks_can_be_read_is_refused_whole(place):
    place.put("mobiel-1.csv", [MOBIEL_HEADER, *(mobiel_line(n, start="never") for n in range(9))])
    [(_, sentence)] = place.ingest().refused
    assert sentence.startswith("none of its 9 records can be read as mapping; the first, line 2, fails on: time")
    assert list(place.lake.root.rglob("*.parquet")) == []


def test_a_caller_that_stops_half_way_gets_the_next_file_whole(place, tmp_path):
    """What was asked of the process and never fetched must not be the answer to the next question."""
    file = tmp_path / "content"
    file.write_bytes(content(mobiel_file(5)))
    feed, mapping = place.settings.feeds[-1], (place.settings.workspace / "mobiel.toml").read_text(encoding="utf-8")
    with ReadingProcess(tmp_path / "scratch", mebibytes=1024, seconds=60) as reading:
        half = reading(feed, mapping, file)
        next(half)
        half.close()
        file.write_bytes(content(mobiel_file(3)))
        assert [block.records.height for block in reading(feed, mapping, file)] == [3]
