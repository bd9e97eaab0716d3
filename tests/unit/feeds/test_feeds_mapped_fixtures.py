"""The committed mappings, each on a small file in its layout: every line in its place, and the calls as meant."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from belnota.settings import Feed
from pipelines.feed_trial import Trial, tried
from pipelines.feeds import FileRefused, reader_of

FIXTURES = Path(__file__).parents[3] / "fixtures"
LOCAL = {"asterisk-export": "America/New_York"}

# name: lines, framing, filtered, bad by line, duplicates; calls as (line, own, other, quantity, answered)
EXPECTED = {
    "asterisk-export": (
        (9, 1, 0, {6: "columns", 7: "quoting", 8: "value"}, 0),
        [
            (2, "+2125550190", "+12125550101", 60, True),
            (3, "201", "+12125550102", 0, False),
            (4, "+2125550190", "+33199000001", 61, True),
            (5, "+2125550190", "+12125550103", 0, False),
            (9, "+2125550190", "+12125550107", 31, True),
        ],
    ),
    "didww": (
        (6, 1, 0, {6: "range"}, 0),
        [
            (2, "+31200000101", "+31200009001", 61, True),
            (3, "+31200000101", "anonymous", 5, True),
            (4, "+31200000101", "+31200009002", 0, False),
            (5, "+31200000101", "+31200009002", 0, False),
        ],
    ),
    "cdr-stats": (
        (4, 1, 0, {4: "value"}, 0),
        [(2, "+34900000101", "+442079460001", 60, True), (3, "+34900000101", "+442079460002", 0, False)],
    ),
    "dialogic": (
        (5, 1, 0, {5: "own_number"}, 1),
        [(2, "+31200000101", "+33199000001", 60, True), (3, "+31200000101", "+33199000001", 0, False)],
    ),
    "jbilling": (
        (6, 0, 0, {5: "time", 6: "columns"}, 1),
        [
            (1, "+31200000101", "+31600090001", 60, True),
            (2, "+31200000101", "+31600090001", 0, False),
            (3, "+31200000101", "+31600090001", 61, True),
        ],
    ),
    "cucm": (
        (6, 2, 1, {6: "time"}, 0),
        [(3, "+31200000101", "+31600090001", 60, True), (4, "+31200000101", "202", 0, False)],
    ),
    "fixed-width": (
        (6, 2, 1, {5: "time"}, 0),
        [(2, "+31200000101", "+33199000001", 61, True), (3, "+31200000101", "+31600090001", 6, True)],
    ),
    "mobile-voice": (
        (4, 1, 0, {4: "value"}, 0),
        [(2, "+31600000101", "+31600090001", 262, True), (3, "+31600000101", "+31200009001", 61, True)],
    ),
    "mobile-data": ((3, 1, 0, {3: "range"}, 0), [(2, "+31600000101", "anonymous", 2_200_787_119, True)]),
}


def _trial(name: str) -> Trial:
    file = next((FIXTURES / "mapped").glob(f"{name}.*"))
    feed = Feed(name, "mapping", "*", timezone=LOCAL.get(name, "Europe/Amsterdam"))
    toml = (FIXTURES / f"mappings/{name}.toml").read_text(encoding="utf-8")
    return tried(file.read_bytes(), feed, reader_of(feed, toml))


@pytest.mark.parametrize("name", EXPECTED)
def test_every_line_of_a_fixture_goes_where_it_must(name):
    trial = _trial(name)
    bad = dict(trial.bad.select("line_number", "reason").iter_rows())
    (lines, framing, filtered, expected_bad, duplicates), calls = EXPECTED[name]
    assert (trial.lines, trial.framing, trial.filtered, bad, trial.duplicates) == (
        lines,
        framing,
        filtered,
        expected_bad,
        duplicates,
    )
    columns = ["line_number", "own_number", "other_number", "quantity", "is_answered"]
    assert trial.calls.select(columns).rows() == calls
    assert lines == framing + filtered + len(bad) + duplicates + len(calls)


def test_each_mapping_has_a_fixture_and_each_fixture_a_mapping():
    elsewhere = {"mobiel", "data-sessions", "partial-calls"}  # their files are in fixtures/cdr and fixtures/parts
    mappings = {path.stem for path in (FIXTURES / "mappings").glob("*.toml")} - elsewhere
    assert mappings == {path.stem for path in (FIXTURES / "mapped").iterdir()} == set(EXPECTED)


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("asterisk-export", "16:00:00"),  # noon in New York
        ("didww", "10:00:00"),  # its times are UTC
        ("dialogic", "10:00:05"),  # of the answer, not of the start
        ("jbilling", "10:00:05"),
        ("cucm", "10:00:05"),  # an epoch
        ("fixed-width", "10:00:00"),
        ("mobile-data", "10:00:00.291148"),
    ],
)
def test_the_first_call_of_a_fixture_begins_when_it_did(name, at):
    assert _trial(name).calls["answered_at"][0] == dt.datetime.fromisoformat(f"2026-10-05T{at}+00:00")


def test_a_call_that_nobody_answered_is_placed_at_its_start():
    assert _trial("cucm").calls["answered_at"][1] == dt.datetime(2026, 10, 5, 10, 10, tzinfo=dt.UTC)
    assert _trial("jbilling").calls["answered_at"][1] == dt.datetime(2026, 10, 5, 10, 10, tzinfo=dt.UTC)


_PIECES = [
    b'"', b'""', b",", b";", b"\n", b"\r\n", b"\r", b"\x00", b"\x1a", b"\xff", b"", b"\xc3\xa9", b"NULL", b"9" * 20,
    b"-1", b"1e400", b"NaN", b"0000-00-00 00:00:00", b"2026-03-29 02:30:00", b"99999999999", b"\xef\xbb\xbf", b"  ",
]  # fmt: skip


def _spoilt(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([0, 1, 2, 10, 60]))
        piece = chance.choice([*_PIECES, content[start:end] * 2])
        content = content[:start] + piece + content[end:]
    return content


@pytest.mark.parametrize("name", EXPECTED)
def test_a_spoilt_file_is_refused_or_each_of_its_lines_ends_in_one_place(name):
    file = next((FIXTURES / "mapped").glob(f"{name}.*"))
    read = reader_of(Feed(name, "mapping", "*"), (FIXTURES / f"mappings/{name}.toml").read_text(encoding="utf-8"))
    chance = random.Random(name)
    for _ in range(40):
        content = _spoilt(file.read_bytes(), chance)
        try:
            result = read(content)
        except FileRefused:
            continue
        numbers = [*result.records["line_number"], *result.rejects["line_number"]]
        assert len(set(numbers)) == len(numbers)
        assert result.lines == content.count(b"\n") + (not content.endswith(b"\n"))
        assert result.lines == len(numbers) + result.framing_lines + result.filtered_lines
