"""Files from before a column existed are read with its value for them by Polars and DuckDB alike, and stay as is."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import polars as pl
import pytest
from deltalake import DeltaTable
from polars.testing import assert_frame_equal

from belnota.tables import RatedCall, schema_of
from tests.lib.warehouse_data import calls, published_frames, rated
from tests.lib.warehouse_night import release_of
from warehouse import Lake, publish, query, usage_totals
from warehouse.lake_tables import TABLES

ADDED = "information_charge_micro_eur"


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "it's a lake [1]*")


def as_before(lake, period):
    """Rewrite the one file of a period, and the log, as they were before the column."""
    (path,) = lake.files("rated_calls", periods=[period])
    pl.read_parquet(path, glob=False, hive_partitioning=False).drop(ADDED).write_parquet(path)
    renamed = path.with_name(hashlib.sha256(path.read_bytes()).hexdigest() + ".parquet")
    path.rename(renamed)
    for entry in (lake.root / "rated_calls" / "_delta_log").glob("*.json"):
        lines = [json.loads(line) for line in entry.read_text().splitlines()]
        for line in lines:
            if "metaData" in line:
                schema = json.loads(line["metaData"]["schemaString"])
                schema["fields"] = [field for field in schema["fields"] if field["name"] != ADDED]
                line["metaData"]["schemaString"] = json.dumps(schema)
            if "add" in line and path.name in line["add"]["path"]:
                line["add"] |= {
                    "path": line["add"]["path"].replace(path.name, renamed.name),
                    "size": renamed.stat().st_size,
                }
        entry.write_text("\n".join(map(json.dumps, lines)))
    return renamed


def without(frame):
    """What calls of before are: no information charge, and none known while unrated."""
    nothing = pl.when(pl.col("status") != "unrated").then(0)
    return frame.with_columns(nothing.cast(pl.Int64).alias(ADDED))


@pytest.fixture
def september(lake):
    """A closed month from before the column."""
    frame = rated(calls(60, period="2026-09"))
    lake.replace("rated_calls", "2026-09", frame)
    return as_before(lake, "2026-09"), without(frame)


def scanned(lake, **options):
    return lake.scan("rated_calls", **options).collect().sort(TABLES["rated_calls"].order)


def same_rows(found, expected):
    assert_frame_equal(found, expected.sort(TABLES["rated_calls"].order))


def test_the_test_itself_takes_the_column_away(lake, september):
    path, _ = september
    assert ADDED not in pl.scan_parquet(path, glob=False).collect_schema()
    assert ADDED not in {field.name for field in DeltaTable(lake.root / "rated_calls").schema().fields}
    assert lake.verify("rated_calls") == []


def test_a_month_from_before_reads_with_the_contracts_schema_and_rules(lake, september):
    _, expected = september
    found = scanned(lake)
    assert found.schema == schema_of(RatedCall)
    same_rows(found, expected)
    RatedCall.validate(found)
    assert found.filter(status="unrated")[ADDED].is_null().all()
    assert set(found.filter(pl.col("status") != "unrated")[ADDED]) == {0}


def test_old_and_new_months_are_read_together_and_the_old_file_stays(lake, september):
    path, expected = september
    october = rated(calls(50))
    before = path.read_bytes()
    assert lake.replace("rated_calls", "2026-10", october)
    same_rows(scanned(lake), pl.concat([expected, october]))
    same_rows(scanned(lake, periods=["2026-09"]), expected)
    same_rows(scanned(lake, version=lake.version("rated_calls") - 1), expected)
    assert path.read_bytes() == before
    assert not lake.replace("rated_calls", "2026-10", october)
    assert lake.verify("rated_calls") == []


def test_a_month_from_before_that_is_still_open_takes_the_column_when_it_is_rated_again(lake, september):
    path, expected = september
    assert lake.replace("rated_calls", "2026-09", expected)
    assert lake.files("rated_calls") != [path]
    assert not lake.replace("rated_calls", "2026-09", expected)
    same_rows(scanned(lake), expected)


@pytest.mark.parametrize("also_new", [False, True])
def test_totals_and_published_views_read_months_from_before(lake, september, tmp_path, also_new):
    _, expected = september
    october = rated(calls(50))
    if also_new:
        lake.replace("rated_calls", "2026-10", october)
    totals = usage_totals(lake, lake.version("rated_calls"), "2026-09")
    assert set(totals[ADDED]) == {0}
    assert totals["charge_micro_eur"].sum() == expected["charge_micro_eur"].sum()
    publish(tmp_path / "a.duckdb", lake, release_of(lake, 1), published_frames())
    sql = """
        select billing_period, count(*), sum(information_charge_eur), sum(charge_eur),
            count(*) filter (information_charge_eur is null) as unknown
        from report.calls group by all order by all
    """
    months = {"2026-09": expected} | ({"2026-10": october} if also_new else {})
    assert query(tmp_path / "a.duckdb", sql).rows() == [
        (
            month,
            frame.height,
            Decimal(frame[ADDED].sum()).scaleb(-6),
            Decimal(frame["charge_micro_eur"].sum()).scaleb(-6),
            frame.filter(status="unrated").height,
        )
        for month, frame in months.items()
    ]
