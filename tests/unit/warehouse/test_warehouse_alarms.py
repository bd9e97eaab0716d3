"""Alarms: a missing or strange day of a feed, and what waits too long; told, and holding up nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from belnota.tables import Call, QuarantineDecision, schema_of
from tests.lib.warehouse_data import calls, quarantined, rated, source_file, source_files
from warehouse import FRAMES, AlarmLimits, Lake, alarms, balanced, reconcile

TABLES = ("calls", "quarantine", "rated_calls", "bundle_draws", "bundle_usage")
MONDAY = dt.date(2026, 10, 26)
LIMITS = AlarmLimits(on=MONDAY, volume_days=3, volume_weeks=4)
NOON = dt.time(11, tzinfo=dt.UTC)


def days(volumes, *, feed="a", service="voice"):
    """So many calls of a feed on each day before MONDAY: {days ago: calls}."""
    one = calls(1, feed=feed).row(0, named=True) | {"service": service}
    rows = [
        one
        | {
            "call_id": f"{feed}/{service}-{ago}-{number}",
            "answered_at": dt.datetime.combine(MONDAY - dt.timedelta(days=ago), NOON),
            "period": f"{MONDAY - dt.timedelta(days=ago):%Y-%m}",
        }
        for ago, count in volumes.items()
        for number in range(count)
    ]
    return pl.DataFrame(rows, schema=schema_of(Call))


def weekly(today, *, usual=100, weeks=4):
    """As many calls as usual on the same weekday of the weeks before, and on the two days before them, and `today`."""
    steady = {ago + 7 * week: usual for week in range(1, weeks + 1) for ago in (1, 2, 3)}
    return steady | {1: usual, 2: usual, 3: usual} | today


def judged(root, frame, limits=LIMITS, **frames):
    lake = Lake(root)
    for (period,), part in frame.group_by("period"):
        lake.append("calls", part, batch=str(period))
    return reconcile(lake, {table: lake.version(table) for table in TABLES}, frames, [], limits)


def volume(controls):
    """(scope, unit, calls, expected, fine) of C10."""
    columns = ("scope", "unit", "left", "right", "is_balanced")
    return controls.filter(control="C10").select(columns).rows()


def test_a_usual_day_is_one_row_per_feed_and_service(tmp_path):
    both = pl.concat([days(weekly({})), days(weekly({}, usual=40), feed="b", service="data")])
    assert volume(judged(tmp_path, both)) == [
        ("a 2026-10-25", "calls", 100, 100, True),
        ("b 2026-10-25", "sessions", 40, 40, True),
    ]


@pytest.mark.parametrize(
    ("count", "fine", "said"),
    [
        (0, False, "Sunday: 0, against 100 as the median of the 4 Sundays before: none at all"),
        (49, False, "Sunday: 49, against 100 as the median of the 4 Sundays before: less than 50 %"),
        (50, True, "Sunday: 50, against 100 as the median of the 4 Sundays before"),
        (250, True, "Sunday: 250, against 100 as the median of the 4 Sundays before"),
        (251, False, "Sunday: 251, against 100 as the median of the 4 Sundays before: more than 250 %"),
    ],
)
def test_a_day_is_judged_by_the_median_of_its_weekday(tmp_path, count, fine, said):
    controls = judged(tmp_path, days(weekly({1: count})))
    assert volume(controls) == [("a 2026-10-25", "calls", count, 100, fine)]
    assert controls.filter(control="C10")["detail"].item() == said
    assert balanced(controls.filter(control="C10")), "an alarm holds up nothing"


def test_a_missing_day_is_told_loudly_with_what_to_do_until_it_has_come(tmp_path):
    controls = judged(tmp_path, days(weekly({3: 0})))
    assert volume(controls) == [("a 2026-10-23", "calls", 0, 100, False), ("a 2026-10-25", "calls", 100, 100, True)]
    told = "Friday: 0, against 100 as the median of the 4 Fridays before: none at all"
    assert alarms(controls) == [
        f"C10 (volume of calls) a 2026-10-23, calls: {told}",
        "C10: ask the source whether a file is missing; when the day was really like that, there is nothing to do",
    ]


def test_one_strange_week_does_not_move_the_median(tmp_path):
    assert volume(judged(tmp_path, days(weekly({8: 2000}))))[0][3:] == (100, True)


def test_a_week_without_the_feed_counts_as_nothing(tmp_path):
    assert volume(judged(tmp_path, days(weekly({8: 0, 15: 0}))))[0][3] == 50


def test_a_new_feed_is_not_judged_before_its_third_week(tmp_path):
    assert volume(judged(tmp_path, days(weekly({1: 0}, weeks=2)))) == []


@pytest.mark.parametrize(("usual", "today", "fine"), [(29, 1, True), (7, 0, True), (8, 0, False)])
def test_small_volumes_are_judged_only_when_nothing_came(tmp_path, usual, today, fine):
    assert volume(judged(tmp_path, days(weekly({1: today}, usual=usual))))[0][-1] is fine


def test_the_newest_days_can_be_left_to_feeds_that_come_later(tmp_path):
    late = replace(LIMITS, volume_lag_days=1)
    assert volume(judged(tmp_path, days(weekly({1: 0})), late)) == [("a 2026-10-24", "calls", 100, 100, True)]


def read(**lag_days):
    return pl.DataFrame({"feed": list(lag_days), "lag_days": list(lag_days.values())}, FRAMES["feeds"])


def test_each_feed_has_its_own_delay(tmp_path):
    both = pl.concat([days(weekly({1: 0})), days(weekly({1: 0}), feed="b")])
    assert volume(judged(tmp_path, both, feeds=read(a=1, b=0))) == [
        ("a 2026-10-24", "calls", 100, 100, True),
        ("b 2026-10-25", "calls", 0, 100, False),
    ]


def test_a_feed_that_brings_a_week_at_a_time_is_judged_on_its_newest_whole_week(tmp_path):
    volumes = dict.fromkeys(range(7, 50), 100) | {8: 0}
    found = volume(judged(tmp_path, days(volumes), replace(LIMITS, volume_days=7), feeds=read(a=6)))
    assert found == [("a 2026-10-18", "calls", 0, 100, False), ("a 2026-10-19", "calls", 100, 100, True)]


def test_a_feed_that_nobody_reads_any_more_is_not_missed(tmp_path):
    both = pl.concat([days(weekly({1: 0})), days(weekly({}), feed="b")])
    assert volume(judged(tmp_path, both, feeds=read(b=0))) == [("b 2026-10-25", "calls", 100, 100, True)]


def test_a_feed_that_stopped_long_ago_is_quiet(tmp_path):
    later = replace(LIMITS, on=MONDAY + dt.timedelta(days=90))
    assert volume(judged(tmp_path, days(weekly({})), later)) == []


def waiting(controls):
    return {row[0]: row[1:] for row in controls.filter(control="C11").select("scope", "left", "is_balanced").rows()}


def came(days_ago, **values):
    at = dt.datetime.combine(MONDAY - dt.timedelta(days=days_ago), NOON)
    return source_file(**values) | {"received_at": at}


@pytest.mark.parametrize(("ago", "late"), [(7, 0), (8, 3)])
def test_lines_in_quarantine_wait_at_most_so_many_days(tmp_path, ago, late):
    Lake(tmp_path).append("quarantine", quarantined(3), batch="f1")
    files = source_files(came(ago, file="f1", quarantined_lines=3))
    controls = judged(tmp_path, calls(0), source_files=files)
    assert waiting(controls)["quarantine"] == (late, not late)
    assert controls.filter(control="C11", scope="quarantine")["detail"].item() == (
        f"{late} of 3 lines wait for more than 7 days, the oldest since {MONDAY - dt.timedelta(days=ago)}"
    )


def test_lines_that_were_decided_about_wait_no_more(tmp_path):
    Lake(tmp_path).append("quarantine", quarantined(3), batch="f1")
    files = source_files(came(30, file="f1", quarantined_lines=3))
    decided = [
        (1, "f1", 900, "dropped", None, "time", "x", None, "Anna", "x", dt.datetime.combine(MONDAY, NOON)),
        (2, "f1", 901, "retried", "left_out", None, None, None, "Anna", "x", dt.datetime.combine(MONDAY, NOON)),
    ]
    frame = pl.DataFrame(decided, schema=schema_of(QuarantineDecision), orient="row")
    controls = judged(tmp_path, calls(0), source_files=files, quarantine_decisions=frame)
    assert waiting(controls)["quarantine"] == (1, False)


def test_a_refused_file_waits_until_its_content_is_accepted(tmp_path):
    refused = came(9, file="f1", status="refused", reason="trailer: …")
    again = came(8, file="f1", status="refused", reason="trailer: …", arrival=2)
    mended = came(1, file="f1", arrival=3)
    assert waiting(judged(tmp_path / "a", calls(0), source_files=source_files(refused, again)))["refused files"] == (
        1,
        False,
    )
    assert waiting(judged(tmp_path / "b", calls(0), source_files=source_files(refused, again, mended)))[
        "refused files"
    ] == (0, True)


def test_files_from_before_arrivals_were_noted_are_told(tmp_path):
    Lake(tmp_path).append("quarantine", quarantined(3), batch="f1")
    controls = judged(tmp_path, calls(0), source_files=source_files(source_file("f1", quarantined_lines=3)))
    assert waiting(controls)["quarantine"] == (0, True)
    assert (
        controls.filter(control="C11", scope="quarantine")["detail"].item().endswith("3 since a day that was not noted")
    )


@pytest.mark.parametrize(("on", "late"), [(dt.date(2026, 10, 15), 0), (dt.date(2026, 10, 16), 4)])
def test_calls_wait_for_a_price_at_most_so_many_days(tmp_path, on, late):
    """Twenty-eight calls of the first of October, each seventh without a price."""
    Lake(tmp_path).replace("rated_calls", "2026-10", rated(calls(28)))
    assert waiting(judged(tmp_path, calls(0), replace(LIMITS, on=on)))["suspense"] == (late, not late)


def test_without_limits_there_are_no_alarms(tmp_path):
    assert set(judged(tmp_path, days(weekly({1: 0})), None)["kind"].cast(str)) == {"balance"}
