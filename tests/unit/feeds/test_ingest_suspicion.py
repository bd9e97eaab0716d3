"""Suspicious by default (reliability.md 2b, D1-D9): the cases of the table that one reader alone does not show."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from pipelines import arrivals
from pipelines.feeds.future import without_future
from pipelines.feeds.scan import MAX_LINE, scan
from tests.lib.inbox import NOW, Place
from tests.lib.raw_files import MOBIEL_HEADER, asterisk_file, asterisk_line, content, mobiel_file, mobiel_line, read

ARRIVED = dt.datetime(2026, 10, 5, 10, 0, tzinfo=dt.UTC)  # the mobile lines say 12:00 Amsterdam: the same moment


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.store.close()


def ages(path: Path, at: dt.datetime) -> None:
    os.utime(path, (at.timestamp(),) * 2)


@pytest.mark.parametrize(("start", "is_good"), [("12:05:00", True), ("12:05:01", False), ("23:59:59", False)])
def test_a_call_more_than_five_minutes_after_its_file_arrived_is_rejected(start, is_good):
    result = read("mobiel", [*mobiel_file(2), mobiel_line(3, start=f"05-10-2026 {start}")])
    judged = without_future(result, latest=ARRIVED)
    assert judged.records.height == (3 if is_good else 2)
    assert judged.lines == result.lines
    if not is_good:
        [(line, reason, detail, raw)] = judged.rejects.rows()
        assert (line, reason) == (4, "time")
        assert detail.endswith("is later than the file itself, which arrived by 2026-10-05 10:00 UTC")
        assert raw == mobiel_line(3, start=f"05-10-2026 {start}")


def test_a_clock_of_ours_that_runs_behind_rejects_nothing_that_the_file_itself_allows(place):
    """The host is three months behind; the file says when it was written."""
    path = place.put("mobiel-1.csv", [*mobiel_file(2), mobiel_line(3, start="01-01-2027 12:00:00")])
    ages(path, dt.datetime(2027, 1, 2, tzinfo=dt.UTC))
    assert place.ingest().calls_accepted == 3
    path = place.put("mobiel-2.csv", [*mobiel_file(2), mobiel_line(4, start="01-01-2027 12:00:00")])
    ages(path, NOW - dt.timedelta(minutes=2))
    done = place.ingest()
    assert (done.calls_accepted, done.lines_quarantined) == (0, 1)


@pytest.mark.parametrize("year", ["0000", "1970", "1999", "2100"])
def test_years_that_no_call_is_of_are_rejected(year):
    result = read("mobiel", [*mobiel_file(1), mobiel_line(2, start=f"05-10-{year} 12:00:00")])
    assert result.rejects["reason"].to_list() == ["time"]


@pytest.mark.parametrize(
    "seconds", ["-1", "172801", "2147483648", "9223372036854775808", "1e3", "NaN", "12,5", "1.0", " 60", "", "٣"]
)
def test_absurd_lengths_of_calls_are_rejected_and_wrap_nowhere(seconds):
    result = read("mobiel", [*mobiel_file(1), mobiel_line(2, duur_sec=seconds)])
    assert result.rejects["reason"].to_list() == ["range"]


def test_absurd_volumes_are_rejected_also_where_their_sum_would_wrap():
    lines = [
        mobiel_line(number, soort="DATA", bytes_op=up, bytes_neer=down)
        for number, (up, down) in enumerate([("999999999999999999",) * 2, (str(2**53), "1"), (str(2**53 - 1), "1")])
    ]
    result = read("mobiel", [MOBIEL_HEADER, *lines])
    assert result.rejects["reason"].to_list() == ["range", "range"]
    assert result.records["quantity"].to_list() == [2**53]


def test_a_line_longer_than_any_record_is_rejected_alone_and_only_its_beginning_is_kept():
    result = read("mobiel", [*mobiel_file(2), mobiel_line(3) + "x" * MAX_LINE, mobiel_line(4)])
    [(line, reason, detail, raw)] = result.rejects.rows()
    assert (line, reason, len(raw)) == (4, "too_long", 201)
    assert detail == f"the line has {MAX_LINE + len(mobiel_line(3))} bytes; no record has more than 65536"
    assert result.records.height == 3


def test_a_line_of_thousands_of_fields_is_rejected_alone():
    result = read("asterisk", [*asterisk_file(2), asterisk_line(3) + "," * 20_000, asterisk_line(4)])
    assert result.rejects.select("line_number", "reason").rows() == [(3, "columns")]
    assert result.records.height == 3


def test_one_line_of_millions_of_fields_is_refused_or_rejected_in_little_memory():
    result = read("mobiel", [MOBIEL_HEADER, "0;" * 5_000_000])
    assert result.rejects["reason"].to_list() == ["too_long"]


def test_a_header_of_thousands_of_fields_is_refused(place):
    place.put("mobiel-1.csv", [";".join(f"c{n}" for n in range(5_000)), "1;2"])
    assert place.ingest().refused[0][1].startswith("the header lacks ")


@pytest.mark.parametrize("raw", [b"a\nb", b"a\nb\n", b"\n\na\r\n\r\n", b"\xef\xbb\xbfa\nb\r\n", "é\nü".encode()])
def test_lines_are_counted_and_numbered_as_they_stand_in_the_file(raw):
    scanned = scan(raw, "utf-8")
    expected = raw.removeprefix(b"\xef\xbb\xbf").decode().split("\n")
    expected = expected if expected[-1] else expected[:-1]
    written = [(n, line.removesuffix("\r")) for n, line in enumerate(expected, 1) if line.strip()]
    assert scanned.lines.select("line_number", "text").rows() == written
    assert (scanned.total, scanned.blank) == (len(expected), len(expected) - len(written))
    assert scanned.lines["is_cut"].to_list() == [n == len(expected) and not raw.endswith(b"\n") for n, _ in written]


def test_a_file_that_grows_while_it_is_looked_at_waits(place, monkeypatch):
    path = place.put("mobiel-1.csv", mobiel_file(3))
    digest = arrivals.sha256_of

    def growing(file):
        found = digest(file)
        if file == path:
            with path.open("ab") as stream:
                stream.write(content([mobiel_line(4)]))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "sha256_of", growing)
        done = place.ingest()
    assert done.notes == (
        ("mobiel-1.csv", "changed while it was read and may still be uploading; the next run reads it"),
    )
    assert (place.register().height, place.calls().height, done.failed) == (0, 0, ())
    assert place.ingest().calls_accepted == 4
