from __future__ import annotations

import datetime as dt
from statistics import median

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from belnota.errors import UnableToFinish
from belnota.tables import Call, QuarantinedLine, empty, schema_of
from tests.lib.warehouse_data import calls, quarantined
from warehouse.lake import TABLES, Lake


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def rows_of(lake, table, **options):
    return lake.scan(table, **options).collect().sort(TABLES[table].order)


def sizes_below(folder):
    return {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("table", list(TABLES))
def test_a_table_that_was_never_written_is_empty_and_keeps_its_contract(lake, table):
    assert lake.version(table) == -1
    for version in (None, -1, 0):
        assert_frame_equal(lake.scan(table, version=version).collect(), empty(TABLES[table].contract))
    assert lake.files(table) == []
    assert lake.verify(table) == []
    assert not lake.root.exists()


def test_appended_rows_come_back_with_the_contracts_schema(lake):
    frame = calls(50, period="2026-09", feed="a").vstack(calls(30, period="2026-10", feed="b"))

    assert lake.append("calls", frame, batch="file-1")

    back = lake.scan("calls")
    assert back.collect_schema() == schema_of(Call)
    assert_frame_equal(rows_of(lake, "calls"), frame.sort("answered_at", "call_id"))
    assert len(lake.files("calls")) == 2
    Call.validate(back.collect())


def test_periods_open_only_the_files_of_these_periods(lake):
    lake.append("calls", calls(5, period="2026-09"), batch="1")
    lake.append("calls", calls(7, period="2026-10", feed="x"), batch="2")

    september = lake.files("calls", periods=["2026-09"])

    assert [path.parent.name for path in september] == ["period=2026-09"]
    assert rows_of(lake, "calls", periods=["2026-10"]).height == 7
    assert rows_of(lake, "calls", periods=[]).height == 0


def test_a_batch_is_taken_once(lake):
    assert lake.append("calls", calls(5), batch="file-1")
    before = lake.version("calls")

    assert not lake.append("calls", calls(5), batch="file-1")

    assert lake.version("calls") == before
    assert rows_of(lake, "calls").height == 5


def test_a_batch_without_rows_is_remembered(lake):
    assert lake.append("calls", empty(Call), batch="nothing")
    assert not lake.append("calls", calls(5), batch="nothing")
    assert rows_of(lake, "calls").height == 0


def test_equal_rows_of_two_batches_are_kept_twice(lake):
    lake.append("quarantine", quarantined(3), batch="1")
    lake.append("quarantine", quarantined(3), batch="2")

    assert rows_of(lake, "quarantine").height == 6


def test_a_replaced_period_leaves_the_others_alone(lake):
    lake.append("calls", calls(5, period="2026-09", feed="x"), batch="1")
    lake.append("calls", calls(7, period="2026-10"), batch="2")

    assert lake.replace("calls", "2026-10", calls(9, period="2026-10", feed="new").lazy())

    assert rows_of(lake, "calls", periods=["2026-10"]).height == 9
    assert rows_of(lake, "calls", periods=["2026-09"]).height == 5


def test_replacing_by_the_same_rows_in_another_order_commits_nothing(lake):
    frame = calls(500)
    lake.replace("calls", "2026-10", frame)
    before = lake.version("calls")

    assert not lake.replace("calls", "2026-10", frame.sample(fraction=1, shuffle=True, seed=1))
    assert lake.version("calls") == before


def test_replacing_forth_and_back_gives_the_first_rows_again(lake):
    first, second = calls(5), calls(6, feed="other")
    for frame in (first, second, first):
        assert lake.replace("calls", "2026-10", frame)

    assert_frame_equal(rows_of(lake, "calls"), first.sort("answered_at", "call_id"))


def test_no_rows_empty_a_period_and_then_change_nothing(lake):
    assert not lake.replace("calls", "2026-10", empty(Call))
    lake.append("calls", calls(5), batch="1")

    assert lake.replace("calls", "2026-10", empty(Call))
    assert rows_of(lake, "calls").height == 0
    assert not lake.replace("calls", "2026-10", empty(Call))


def test_a_table_without_partitions_is_replaced_whole(lake):
    lake.append("quarantine", quarantined(3), batch="1")
    lake.append("quarantine", quarantined(4, file="2"), batch="2")

    assert lake.replace("quarantine", "", quarantined(1, file="3"))

    assert rows_of(lake, "quarantine").height == 1
    assert lake.replace("quarantine", "", empty(QuarantinedLine))
    assert rows_of(lake, "quarantine").height == 0


def test_an_old_version_still_reads_as_it_was(lake):
    lake.append("calls", calls(5), batch="1")
    then = lake.version("calls")
    digest = lake.digest("calls", then)
    for n in range(12):  # past a checkpoint
        lake.replace("calls", "2026-10", calls(6 + n, feed="later"))

    assert rows_of(lake, "calls", version=then).height == 5
    assert lake.digest("calls", then) == digest != lake.digest("calls")


def test_a_version_that_is_not_there_is_named(lake):
    lake.append("calls", calls(1), batch="1")

    with pytest.raises(UnableToFinish, match="no readable version 99"):
        lake.scan("calls", version=99)


def test_the_digest_is_of_rows_not_of_files(lake, tmp_path):
    frame = calls(60)
    lake.append("calls", frame, batch="all")
    other = Lake(tmp_path / "other")
    for n, part in enumerate(frame.reverse().iter_slices(7)):
        other.append("calls", part, batch=str(n))

    assert other.digest("calls") == lake.digest("calls")
    assert other.compact("calls", above=3) == 1
    assert other.digest("calls") == lake.digest("calls")
    assert len(other.files("calls")) == 1
    assert other.compact("calls", above=3) == 0


def test_the_digest_tells_an_empty_text_from_none(lake, tmp_path):
    other = Lake(tmp_path / "other")
    lake.append("calls", calls(1).with_columns(country=pl.lit("")), batch="1")
    other.append("calls", calls(1).with_columns(country=pl.lit(None, dtype=pl.String)), batch="1")

    assert other.digest("calls") != lake.digest("calls")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"quantity": -1}, "quantity"),
        ({"is_answered": False}, "unanswered"),
        ({"call_id": "a/0"}, "primary_key"),
        ({"period": "october"}, "period"),
    ],
)
def test_rows_that_break_the_contract_change_nothing(lake, damage, reason):
    lake.append("calls", calls(2), batch="1")
    before = lake.version("calls")
    bad = calls(3, feed="a").with_columns(**{name: pl.lit(value) for name, value in damage.items()})

    with pytest.raises(UnableToFinish, match=reason):
        lake.append("calls", bad, batch="2")

    assert lake.version("calls") == before
    assert lake.append("calls", calls(3, feed="a"), batch="2")


def test_a_missing_column_and_a_stranger_are_refused(lake):
    with pytest.raises(UnableToFinish, match="dialled"):
        lake.append("calls", calls(2).drop("dialled"), batch="1")
    with pytest.raises(UnableToFinish, match="2 rows for calls are not of 2026-09"):
        lake.replace("calls", "2026-09", calls(2, period="2026-10"))
    assert lake.version("calls") == -1


def test_a_flipped_bit_and_a_lost_file_are_found_and_named(lake):
    lake.append("calls", calls(50), batch="1")
    lake.append("calls", calls(50, feed="b"), batch="2")
    assert lake.verify("calls") == []
    damaged, lost = lake.files("calls")
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    lost.unlink()

    problems = lake.verify("calls")

    assert len(problems) == 2
    assert any(str(damaged) in problem and "was changed" in problem for problem in problems)
    assert any(str(lost) in problem and "is gone" in problem for problem in problems)
    with pytest.raises(UnableToFinish, match="is gone"):
        lake.scan("calls")


def test_writing_the_same_rows_again_heals_a_damaged_file(lake):
    lake.replace("calls", "2026-10", calls(50))
    (path,) = lake.files("calls")
    path.write_bytes(b"broken")

    assert not lake.replace("calls", "2026-10", calls(50))
    assert lake.verify("calls") == []


def test_a_folder_with_an_equals_sign_is_only_a_folder(tmp_path):
    lake = Lake(tmp_path / "period=1999-01" / "call_id=7")
    lake.append("calls", calls(3), batch="1")

    assert_frame_equal(rows_of(lake, "calls"), calls(3).sort("answered_at", "call_id"))


def test_leftovers_are_swept_and_never_read(lake):
    lake.append("calls", calls(3), batch="1")
    (lake.root / "calls" / "1.incoming.part").write_bytes(b"half")
    (lake.root / "calls" / "period=2026-10" / "orphan.parquet").write_bytes(b"half")

    assert rows_of(lake, "calls").height == 3
    assert lake.sweep() == 1


def test_a_daily_file_writes_no_more_at_the_end_of_a_season_than_at_its_beginning(lake):
    """A commit that named all files before it, or an append that wrote the month anew, would grow day by day."""
    written = []
    for day in range(24):
        before = sizes_below(lake.root)
        lake.append("calls", calls(80, feed=f"f{day % 10}", period="2026-10"), batch=f"{day:02}")
        after = sizes_below(lake.root)
        written.append(sum(size for path, size in after.items() if before.get(path) != size))

    assert median(written[12:]) < 1.1 * median(written[:12])  # now and then a checkpoint is larger
    assert rows_of(lake, "calls").height == 24 * 80


def test_instants_keep_their_microseconds(lake):
    at = dt.datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=dt.UTC)
    lake.append("calls", calls(1).with_columns(answered_at=pl.lit(at).dt.cast_time_unit("us")), batch="1")

    assert rows_of(lake, "calls").item(0, "answered_at") == at
