"""Which calls are known: the same answer whether the lake is read whole or asked by keys, and never by a key alone."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines import known_calls, storing
from pipelines.feeds.calls import fingerprint
from pipelines.known_calls import CallsOfFile, KnownCalls
from tests.lib.inbox import Place
from tests.lib.raw_files import MOBIEL_HEADER, mobiel_file, mobiel_line
from warehouse import call_keys, calls_with
from warehouse.call_keys import key_of, keys_of


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.store.close()


@pytest.fixture
def asked_by_keys(monkeypatch):
    """As if the lake were too large to be read whole."""
    monkeypatch.setattr(known_calls, "WHOLE", -1)


def two_files(place: Place) -> None:
    for number in (1, 2):
        place.put(f"mobiel-{number}.csv", [MOBIEL_HEADER, *(mobiel_line(10 * number + n) for n in range(5))])
        place.ingest()


def test_a_key_follows_from_the_bytes_of_an_identity_and_is_the_same_for_ever():
    ids = pl.Series(["", "a", "pbx/1791194400.1:1", "mobiel/é", "x" * 300])
    assert keys_of(ids).to_list() == [
        0,
        (1 * 0x9E3779B97F4A7C15 + int.from_bytes(b"a", "little")) % 2**64,
        *[_slow_key(text) for text in ids[2:]],
    ]


def _slow_key(text: str) -> int:
    raw = text.encode()
    key = len(raw)
    for start in range(0, min(len(raw), 256), 8):
        word = int.from_bytes(raw[start : start + 8], "little")
        key = (key * 0x9E3779B97F4A7C15 + word) % 2**64
    return key


def test_a_key_does_not_depend_on_what_stands_beside_it():
    ids = pl.DataFrame({"call_id": ["a", "b" * 60]})
    assert ids.select(key_of(pl.col("call_id")))["call_id"].to_list() == keys_of(ids["call_id"]).to_list()
    assert keys_of(ids["call_id"])[0] == keys_of(pl.Series(["a"]))[0]


def test_stored_calls_are_found_by_their_identities(place):
    two_files(place)
    ids = pl.Series(["mobiel/M12", "mobiel/M23", "mobiel/M99", "mobiel/M12"])
    assert sorted(calls_with(place.lake, ids).collect()["call_id"]) == ["mobiel/M12", "mobiel/M23"]
    assert calls_with(place.lake, pl.Series([], dtype=pl.String)).collect().is_empty()


def test_two_identities_with_the_same_key_are_told_apart(place, monkeypatch):
    monkeypatch.setattr(call_keys, "key_of", lambda call_id, _words: call_id.str.len_bytes().cast(pl.UInt64))
    two_files(place)
    assert calls_with(place.lake, pl.Series(["mobiel/M99"])).collect().is_empty()
    assert calls_with(place.lake, pl.Series(["mobiel/M12"])).collect().height == 1


def test_keys_are_made_anew_when_files_of_calls_come_and_go(place):
    two_files(place)
    folder = place.lake.root / call_keys.FOLDER
    ids = pl.Series(["mobiel/M12"])
    calls_with(place.lake, ids)
    first = {path.name for path in folder.iterdir()}
    assert len(first) == 2
    next(folder.iterdir()).unlink()
    place.lake.compact("calls", above=1)
    assert calls_with(place.lake, ids).collect().height == 1
    assert {path.stem for path in folder.iterdir()} == {path.stem for path in place.lake.files("calls")}


@pytest.mark.usefixtures("asked_by_keys")
def test_asked_by_keys_a_run_says_the_same_as_reading_the_lake_whole(place, tmp_path, migrated_sqlite, monkeypatch):
    whole = Place(tmp_path / "whole", migrated_sqlite)
    for made, limit in ((place, -1), (whole, 1_000)):
        monkeypatch.setattr(known_calls, "WHOLE", limit)
        made.put("mobiel-1.csv", mobiel_file(6))
        made.put("mobiel-2.csv", [MOBIEL_HEADER, *mobiel_file(8)[4:], mobiel_line(1, duur_sec="61")])
        made.ingest()
        made.put("mobiel-3.csv", [*mobiel_file(3), mobiel_line(2, duur_sec="61"), mobiel_line(30), mobiel_line(30)])
        made.ingest()
    assert place.state() == whole.state()
    counts = ("accepted_calls", "duplicate_calls", "quarantined_lines")
    assert place.register().sort("file_name").select(counts).rows() == [(6, 0, 0), (2, 3, 1), (1, 4, 1)]
    whole.store.close()


@pytest.mark.parametrize("limit", [-1, 1_000])
def test_in_blocks_a_file_says_the_same_as_at_once(limit, place, tmp_path, migrated_sqlite, monkeypatch):
    """Repeats and contradictions of one file that lie in different blocks are found all the same."""
    monkeypatch.setattr(known_calls, "WHOLE", limit)
    whole = Place(tmp_path / "whole", migrated_sqlite)
    for made, block in ((place, 2), (whole, 1_000)):
        monkeypatch.setattr(storing, "BLOCK", block)
        lines = [*mobiel_file(5), mobiel_line(1), mobiel_line(2, duur_sec="61"), mobiel_line(6), mobiel_line(5)]
        made.put("mobiel-1.csv", lines)
        made.ingest()
        made.put("mobiel-2.csv", [*lines, mobiel_line(7), mobiel_line(7)])
        made.ingest()
    assert place.state() == whole.state()
    counts = ("accepted_calls", "duplicate_calls", "quarantined_lines")
    assert place.register().sort("file_name").select(counts).rows() == [(6, 2, 1), (1, 9, 1)]
    whole.store.close()


@pytest.mark.usefixtures("asked_by_keys")
def test_a_run_asks_for_an_identity_once_and_knows_what_it_stored_itself(place):
    two_files(place)
    known = KnownCalls(place.lake)
    assert known.of(pl.Series(["mobiel/M12", "mobiel/M50"])).height == 1
    stored = place.calls().filter(call_id="mobiel/M23").with_columns(call_id=pl.lit("mobiel/M50"))
    own = CallsOfFile(place.lake.staged("calls", batch="x"))
    own.add(stored)
    known.add(own)
    found = known.of(pl.Series(["mobiel/M50", "mobiel/M12"]))
    assert sorted(found["call_id"]) == ["mobiel/M12", "mobiel/M50"]
    assert (
        found.filter(call_id="mobiel/M50")["fingerprint"].to_list()
        == stored.select(fingerprint()).to_series().to_list()
    )
    known.forget()
    assert known.of(pl.Series(["mobiel/M50"])).is_empty()
