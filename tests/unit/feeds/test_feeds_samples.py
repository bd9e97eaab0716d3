"""Every file of the shared samples in a layout we read, with every line accounted for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from belnota.settings import Feed
from pipelines.feeds import ReadResult, reader_of

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")

MAPPINGS = Path(__file__).parents[3] / "fixtures" / "mappings"


def _counts(result: ReadResult) -> tuple[int, int, int, int, int]:
    return (
        result.lines,
        result.framing_lines,
        result.filtered_lines,
        result.rejects.height,
        result.records.height,
    )


def test_the_asterisk_sample_is_read_whole():
    feed = Feed("pbx", "asterisk_cdr_csv", "*", timezone="UTC", options={"incoming_contexts": ["stadion-pstn"]})
    result = reader_of(feed)((SAMPLES / "asterisk_cdr_csv/Master.csv").read_bytes())
    assert _counts(result) == (45, 0, 0, 0, 45)
    assert result.records["key"].n_unique() == 45
    first = result.records.row(0, named=True)
    assert first["answered_at"] == dt.datetime(2024, 1, 27, 15, 7, 24, tzinfo=dt.UTC)  # the epoch in its uniqueid
    assert (first["direction"], first["quantity"], first["dialled"]) == ("in", 27, "89245506780")
    epoch = result.records["key"].str.extract(r"(\d{10})\.").cast(pl.Int64)
    after = result.records["answered_at"].dt.epoch("s") - epoch
    assert after.is_between(0, 60).all()  # so the file's times are UTC
    unanswered = result.records.filter(~pl.col("is_answered"))
    assert unanswered.height > 0
    assert unanswered["quantity"].sum() == 0


def test_the_wholesale_sample_is_read_whole_and_its_trailer_matches():
    content = (SAMPLES / "nl_wholesale_fwv/DDB-Some-10022-20120711-308.CDR").read_bytes()
    result = reader_of(Feed("w", "nl_wholesale_fwv", "*"))(content)
    assert _counts(result) == (11, 2, 0, 0, 9)
    assert result.sequence == 308
    assert result.records["quantity"].sum() == 13 * 60 + 28  # the trailer's 0000 00 13 28 00
    assert result.records["other_number"].to_list()[2:4] == ["?212", "?2323453"]
    assert result.records["answered_at"][0] == dt.datetime(2012, 7, 8, 16, 15, 6, tzinfo=dt.UTC)


def test_the_mobile_voice_sample_is_read_whole():
    content = (SAMPLES / "mobile_voice_data/cdr_voice.csv").read_bytes()
    result = reader_of(Feed("v", "mapping", "*"), (MAPPINGS / "mobile-voice.toml").read_text())(content)
    assert _counts(result) == (1001, 1, 0, 0, 1000)
    assert result.records["key"].n_unique() == 1000
    total = sum(int(line.split(b",")[4]) for line in content.splitlines()[1:])
    assert result.records["quantity"].sum() == total
    assert result.records["answered_at"][0] == dt.datetime(2024, 1, 1, 0, 1, 29, 707413, tzinfo=dt.UTC)


def test_the_mobile_data_sample_is_read_whole():
    content = (SAMPLES / "mobile_voice_data/cdr_data.csv").read_bytes()
    result = reader_of(Feed("d", "mapping", "*"), (MAPPINGS / "mobile-data.toml").read_text())(content)
    assert _counts(result) == (1001, 1, 0, 0, 1000)
    rows = [line.split(b",") for line in content.splitlines()[1:]]
    assert result.records["quantity"].sum() == sum(int(row[2]) + int(row[3]) for row in rows)
    assert result.records["other_number"].unique().to_list() == ["anonymous"]
