"""A machine that damages files of every layout and sends them through the real inbox, beside good ones.

Each file ends accepted, or refused with a reason; each line of an accepted one in one place; the good files beside
them are as if they had come alone. BELNOTA_LONG=1 sends some 20,000 files instead of some 1,200.
"""

from __future__ import annotations

import os
from random import Random

import polars as pl
import pytest

from pipelines.ingest import IngestSummary
from pipelines.publishing import reconcile
from pipelines.rate_periods import rate_open_periods
from pipelines.reading import ReadingProcess
from pipelines.workspace import Workspace, silent
from tests.lib.damage import COUNTS_LINES, DAMAGES, FEEDS, LAYOUTS, RECORDS, file_of
from tests.lib.inbox import NOW, Place
from warehouse import imbalances

PLACES = (0.0, 0.4, 1.0)
LONG = bool(os.environ.get("BELNOTA_LONG"))
ROUNDS = 12 if LONG else 1
GOOD_EACH = 1
GOOD = 900_000
"""The good files have numbers from here on, the damaged ones lower ones."""
REASONS = {
    "empty", "encoding", "binary", "line_ends", "header", "trailer", "truncated", "sequence", "layout",
    "xml", "timezone", "dates", "too_large", "ratio", "gzip", "zip", "zstd",
}  # fmt: skip

NEARLY_ALWAYS_WHOLE = {"wholesale", "xml"}
"""Layouts that are refused whole for most damages: a trailer or the markup gives them away."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7_200 if LONG else 900)]


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    """One reading process for all, as in a night; a file that breaks it costs a new one."""
    with ReadingProcess(tmp_path_factory.mktemp("reading") / "scratch", mebibytes=1024, seconds=60) as made:
        yield made


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite, FEEDS)
    yield made
    made.store.close()


def good_files() -> dict[str, bytes]:
    return dict(file_of(layout, GOOD + number) for layout in LAYOUTS for number in range(GOOD_EACH))


def put_good_files(place: Place) -> None:
    for name, raw in good_files().items():
        place.put(name, raw)


def calls_of_good_files(place: Place) -> list[tuple]:
    ids = place.register().filter(pl.col("file_name").is_in(list(good_files())))["file_id"]
    return place.calls().filter(pl.col("file_id").is_in(ids.implode())).rows()


@pytest.fixture(scope="module")
def expected(tmp_path_factory, migrated_sqlite, reading):
    """The calls of the good files when they come alone."""
    place = Place(tmp_path_factory.mktemp("alone") / "workspace", migrated_sqlite, FEEDS)
    put_good_files(place)
    place.ingest(reading=reading)
    calls = calls_of_good_files(place)
    place.store.close()
    assert len(calls) == len(LAYOUTS) * GOOD_EACH * RECORDS
    return calls


def damaged_files(layout: str, strikes: float) -> dict[str, bytes]:
    found = {}
    at = PLACES.index(strikes)
    for number, (what, damage) in enumerate(DAMAGES.items()):
        if not LONG and (number + at) % 3 == 0:  # in the short run each damage strikes at two of the three places
            continue
        for turn in range(ROUNDS):
            name, raw = file_of(layout, (number * 100 + turn) * 10 + at)
            found[name] = damage(raw, strikes, Random(f"{layout} {what} {strikes} {turn}"))
    return found


def check(place: Place, done: IngestSummary, sent: dict[str, bytes], expected: list[tuple]) -> None:
    assert done.failed == ()
    register = place.register()
    assert sorted(register["file_name"]) == sorted([*sent, *good_files()])
    refused = register.filter(status="refused")
    assert set(refused["reason"].str.extract("^([a-z_]+): .{10}")) <= REASONS
    for row in register.filter(status="accepted").iter_rows(named=True):
        raw = sent.get(row["file_name"], b"")
        if raw[:2] not in (b"\x1f\x8b", b"PK", b"\x28\xb5", b"") and row["feed"] in COUNTS_LINES:
            assert row["lines"] == raw.count(b"\n") + (not raw.endswith(b"\n")), row["file_name"]
    assert list(place.settings.inbox.iterdir()) == []
    assert list(place.settings.workspace.glob(".reading*")) == []
    workspace = Workspace(place.settings, place.store, place.lake, lambda: NOW)
    rate_open_periods(workspace, silent)
    controls = reconcile(workspace, NOW.date())[2]
    assert imbalances(controls) == []
    assert set(controls["control"]) >= {"C1", "C3", "C4", "C6"}
    assert calls_of_good_files(place) == expected


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("strikes", PLACES)
def test_whatever_arrives_each_line_has_one_place_and_good_files_are_untouched(
    layout, strikes, place, reading, expected
):
    sent = damaged_files(layout, strikes)
    put_good_files(place)
    for name, raw in sent.items():
        place.put(name, raw)
    check(place, place.ingest(reading=reading), sent, expected)
    statuses = dict(place.register().filter(pl.col("file_name").is_in(list(sent)))["status"].value_counts().iter_rows())
    quarantined = int(place.register()["quarantined_lines"].sum())
    # the machine must bite, and must not bite everything to death
    assert min(statuses["accepted"], statuses["refused"]) >= 3 * ROUNDS
    assert quarantined >= 3 * ROUNDS or layout in NEARLY_ALWAYS_WHOLE or strikes == 0  # many begin with a header


def test_the_machine_sends_at_least_a_thousand_files():
    assert len(DAMAGES) >= 30
    sent = sum(len(damaged_files(layout, strikes)) for layout in LAYOUTS for strikes in PLACES)
    assert sent >= (20_000 if LONG else 1_000)


def test_a_line_lost_on_the_way_does_not_go_unseen(place, reading, expected):
    """The negative control: calls of a good file that are taken away must fail the check."""
    put_good_files(place)
    done = place.ingest(reading=reading)
    check(place, done, {}, expected)
    place.lake.replace("calls", "2026-10", place.calls().tail(-1))
    with pytest.raises(AssertionError):
        check(place, done, {}, expected)
