import datetime as dt
import random
from itertools import pairwise

import polars as pl
import pytest

from belnota.tables import BundleDraw, Ownership, schema_of
from pipelines.batches import Scratch, ahead, in_file_order, in_order_of_time, is_in_order, streamed
from pipelines.owners import Owners

START = dt.datetime(2026, 10, 24, 20, tzinfo=dt.UTC)


def calls(seconds):
    at = [START + dt.timedelta(seconds=second) for second in seconds]
    rows = {"answered_at": at, "call_id": [f"c{number:04}" for number in range(len(at))]}
    return pl.DataFrame(rows, schema={"answered_at": pl.Datetime("us", "UTC"), "call_id": pl.String})


def written(frame, folder, files=1):
    size = -(-frame.height // files) or 1
    paths = [folder / f"{number}.parquet" for number in range(files)]
    for path, part in zip(paths, [frame[start * size : (start + 1) * size] for start in range(files)], strict=True):
        part.write_parquet(path, row_group_size=7)
    return pl.scan_parquet(paths)


@pytest.mark.parametrize("seed", range(6))
def test_every_call_comes_once_in_order_of_time_and_no_instant_lies_in_two_batches(tmp_path, seed):
    rnd = random.Random(seed)
    frame = calls([rnd.randrange(20 * 3600) // rnd.choice([1, 600]) * 600 for _ in range(rnd.choice([0, 1, 300]))])
    shuffled = written(frame.sample(fraction=1, shuffle=True, seed=seed), tmp_path, files=rnd.choice([1, 3]))

    batches = list(in_order_of_time(shuffled, rows=40))

    assert sorted(name for batch in batches for name in batch["call_id"]) == sorted(frame["call_id"])
    spans = [(batch["answered_at"].min(), batch["answered_at"].max()) for batch in batches]
    assert all(before[1] < after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("seeks", [True, False])
def test_a_file_in_order_is_read_as_it_stands_in_batches(tmp_path, seeks):
    frame = calls([second // 3 for second in range(100)])
    scan = written(frame, tmp_path)

    batches = list(in_file_order(scan, rows=30, seeks=seeks))

    assert is_in_order(scan)
    assert pl.concat(batches).equals(frame)
    assert len(batches) > 3
    assert max(batch.height for batch in batches) <= 32


def test_a_file_newest_first_is_read_in_batches_all_the_same(tmp_path):
    frame = calls(range(100, 0, -1))

    batches = list(in_file_order(written(frame, tmp_path), rows=30))

    assert pl.concat(batches).equals(frame)
    assert [batch.height for batch in batches] == [30, 30, 30, 10]


def test_a_file_that_goes_back_in_time_is_not_in_order(tmp_path):
    assert not is_in_order(written(calls([1, 2, 3, 2]), tmp_path))
    assert is_in_order(written(calls([1, 1, 3, 3]), tmp_path))
    assert is_in_order(written(calls([]), tmp_path))


def test_what_runs_ahead_gives_the_same_and_fails_where_it_failed():
    def made():
        yield 1
        yield 2
        raise ValueError("the third")

    got = []
    with pytest.raises(ValueError, match="the third"):
        got.extend(ahead(made()))
    assert got == [1, 2]
    assert list(ahead(iter([]))) == []


def test_a_stream_of_batches_is_written_whole_or_fails_with_its_own_error(tmp_path):
    frame = calls(range(50))
    streamed(iter([frame[:20], frame[20:]]), frame.clear()).sink_parquet(tmp_path / "out.parquet")
    assert pl.read_parquet(tmp_path / "out.parquet").equals(frame)

    streamed(iter([]), frame.clear()).sink_parquet(tmp_path / "none.parquet")
    assert pl.read_parquet(tmp_path / "none.parquet").equals(frame.clear())


def test_scratch_files_are_read_back_with_the_contract_and_go_when_the_block_ends(tmp_path):
    row = {"billing_period": "2026-10", "call_id": "c", "pool_id": "p", "subscription_id": "s", "period": "2026-10"}
    draws = pl.DataFrame([row | {"quantity": 1}], schema=schema_of(BundleDraw))
    numbered = draws.with_columns(pl.col("pool_id").cast(pl.Enum(["o", "p"])))

    with Scratch.below(tmp_path) as scratch:
        assert scratch.scan("bundle_draws", BundleDraw).collect().is_empty()
        scratch.add("bundle_draws", numbered)
        scratch.add("bundle_draws", numbered)
        assert scratch.scan("bundle_draws", BundleDraw).collect().equals(pl.concat([draws, draws]))
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_call_belongs_to_who_had_the_number_when_it_was_answered():
    def stretch(number, first, last, who):
        return {
            "own_number": number, "valid_from_at": START + dt.timedelta(days=first),
            "valid_until_at": None if last is None else START + dt.timedelta(days=last),
            "customer_id": who, "subscription_id": f"{who}-1", "product": "telefonie", "plan": "p", "deck": "d",
        }  # fmt: skip

    stretches = [stretch("+310", -9, None, "z"), stretch("+311", 0, 2, "a"), stretch("+311", 3, None, "b")]
    stretches.append(stretch("+312", 1, 2, "c"))
    owners = Owners.of(pl.DataFrame(stretches, schema=schema_of(Ownership)))
    asked = [
        ("+311", -1, None), ("+311", 0, "a"), ("+311", 1.999, "a"), ("+311", 2, None), ("+311", 3, "b"),
        ("+312", 0, None), ("+312", 1, "c"), ("+312", 2, None), ("+31", 1, None), ("311", 1, None),
    ]  # fmt: skip
    at = [START + dt.timedelta(days=day) for _, day, _ in asked]
    frame = pl.DataFrame(
        {"own_number": [number for number, _, _ in asked], "answered_at": at},
        schema={"own_number": pl.String, "answered_at": pl.Datetime("us", "UTC")},
    )

    owned = owners.of_calls(frame)

    assert owned["customer_id"].to_list() == [who for _, _, who in asked]
    assert owned["subscription_id"].cast(pl.String).to_list() == [who and f"{who}-1" for _, _, who in asked]
    assert Owners.of(pl.DataFrame(schema=schema_of(Ownership))).of_calls(frame)["deck"].to_list() == [None] * len(asked)
