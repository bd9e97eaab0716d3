"""Calls that come in parts: control C3 over them, and the view of what waits."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tests.lib.parts_place import lines_tied
from tests.lib.warehouse_data import calls, part, published_frames, source_file, source_files
from warehouse import FRAMES, AlarmLimits, Lake, Release, publish, query, reconcile

VERSIONS = ("calls", "call_parts", "quarantine")
START = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def lake_with(folder, *, quantity=60, hangup=60, joined=True):
    """One assembled call a/one of `quantity` seconds, whose parts last `hangup` seconds, and one that waits."""
    lake = Lake(folder)
    whole = calls(1).with_columns(call_id=pl.lit("a/one"), quantity=pl.lit(quantity, pl.Int64))
    if joined:
        lake.append("calls", whole, batch="f1")
    parts = [
        part("one", "answer", happened_at=START),
        part("one", "hangup", happened_at=START + dt.timedelta(seconds=hangup), line_number=2),
        part("two", "usage", service="data", quantity=7, line_number=3),
    ]
    lake.append("call_parts", pl.concat(parts), batch="f1")
    return lake


def faults(lake, **register):
    files = source_files(source_file("f1", **({"part_lines": 3, "assembled_calls": 1} | register)))
    tied = lines_tied(lake, {table: lake.version(table) for table in VERSIONS}, files)
    return {scope_and_unit for scope_and_unit, (left, right) in tied.items() if left != right}


def test_parts_that_were_joined_and_parts_that_wait_tie_out(tmp_path):
    assert faults(lake_with(tmp_path)) == set()


@pytest.mark.parametrize(
    ("lake", "register", "units"),
    [
        ({}, {"part_lines": 4}, {"parts of calls"}),
        ({"joined": False}, {}, {"calls", "assembled calls", "assembled calls equal to their parts"}),
        ({}, {"assembled_calls": 0}, {"calls", "assembled calls", "assembled calls equal to their parts"}),
        ({"quantity": 61}, {}, {"assembled calls equal to their parts"}),
        ({"hangup": 59}, {}, {"assembled calls equal to their parts"}),
        ({}, {"lines": 5}, {"lines"}),
    ],
)
def test_c3_finds_parts_that_went_astray(tmp_path, lake, register, units):
    found = faults(lake_with(tmp_path, **lake), **register)

    assert {unit for scope, unit in found if scope == "a"} == units


DROPPED = (1, "a", "two", "dropped", 1, "Anna", "restarted", START)
RESTORED = (2, "a", "two", "waiting", 1, "Bert", "it came", START)


def decided(*rows):
    return pl.DataFrame(list(rows), schema=FRAMES["part_decisions"], orient="row")


def age(lake, on, *decisions):
    versions = {table: lake.version(table) for table in VERSIONS}
    versions |= dict.fromkeys(("rated_calls", "bundle_draws", "bundle_usage"), -1)
    tied = reconcile(lake, versions, {"part_decisions": decided(*decisions)}, [], AlarmLimits(on))
    return tied.filter(control="C11", scope="calls in parts").select("left", "is_balanced").row(0)


def test_a_call_that_waits_too_long_for_its_part_is_an_alarm_until_it_is_dropped(tmp_path):
    lake = lake_with(tmp_path)
    assert age(lake, dt.date(2026, 10, 8)) == (0, True)
    assert age(lake, dt.date(2026, 10, 9)) == (1, False)
    assert age(lake, dt.date(2026, 10, 9), DROPPED) == (0, True)
    assert age(lake, dt.date(2026, 10, 9), DROPPED, RESTORED) == (1, False)


def test_the_view_lists_what_waits_and_what_is_missing(tmp_path):
    lake = lake_with(tmp_path / "lake")
    lake.append("call_parts", part("three", "hangup", own_number=None, service=None), batch="f2")
    versions = {table: lake.version(table) for table in VERSIONS}
    versions |= dict.fromkeys(("rated_calls", "bundle_draws", "bundle_usage"), -1)
    controls = pl.DataFrame(
        schema=dict.fromkeys(("control", "scope", "unit", "detail", "kind"), pl.String)
        | {"left": pl.Int64, "right": pl.Int64, "is_balanced": pl.Boolean}
    )
    release = Release(1, "key", START, START.date(), versions, controls)
    publish(tmp_path / "a.duckdb", lake, release, published_frames())

    given_up = published_frames() | {"part_decisions": decided((1, "a", "three", "dropped", 1, "A", "b", START))}
    publish(tmp_path / "b.duckdb", lake, release, given_up)
    assert query(tmp_path / "b.duckdb", "select key from report.waiting_parts").rows() == [("two",)]
    found = query(tmp_path / "a.duckdb", "select key, missing, parts, quantity from report.waiting_parts order by key")

    assert found.rows() == [("three", "answer", 1, None), ("two", "last part", 1, 7)]


def test_a_release_of_before_there_were_parts_can_be_published_again(tmp_path):
    lake = lake_with(tmp_path / "lake")
    versions = dict.fromkeys(("calls", "quarantine", "rated_calls", "bundle_draws", "bundle_usage"), -1)
    controls = pl.DataFrame(
        schema=dict.fromkeys(("control", "scope", "unit", "detail", "kind"), pl.String)
        | {"left": pl.Int64, "right": pl.Int64, "is_balanced": pl.Boolean}
    )
    publish(tmp_path / "a.duckdb", lake, Release(1, "k", START, START.date(), versions, controls), published_frames())

    assert query(tmp_path / "a.duckdb", "select * from report.waiting_parts").is_empty()
