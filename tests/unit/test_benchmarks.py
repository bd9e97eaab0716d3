"""The benchmarks compare like with like: their data are the same each time, and all raters say the same."""

from dataclasses import replace

import polars as pl
import pytest

from belnota.tables import BundleShare, Call, Ownership
from benchmarks.agreement import COMPARED, differing
from benchmarks.engine import compiled, rate_file
from benchmarks.raters import duckdb_sql, plain_python, postgres_prefix
from benchmarks.reseller import Reseller, Size, sampled, write_reseller

SMALL = Size(calls=6_000, own_numbers=400, other_numbers=1_500, prefixes=1_200)


@pytest.fixture(scope="module")
def reseller(tmp_path_factory) -> Reseller:
    return write_reseller(tmp_path_factory.mktemp("reseller"), SMALL)


@pytest.fixture(scope="module")
def rated(reseller, tmp_path_factory):
    out = tmp_path_factory.mktemp("engine") / "rated.parquet"
    rate_file(reseller.calls, out, reseller, compiled(reseller))
    return out


def test_made_up_data_keep_the_contracts(reseller):
    calls = pl.read_parquet(reseller.calls)
    assert calls.height == SMALL.calls
    assert calls.equals(calls.sort("answered_at", "call_id"))
    for contract, table in ((Call, calls), (Ownership, reseller.ownership), (BundleShare, reseller.shares)):
        contract.validate(table)


def test_the_same_size_makes_the_same_data_and_another_seed_others(reseller, tmp_path):
    again = write_reseller(tmp_path / "again", SMALL)
    other = write_reseller(tmp_path / "other", replace(SMALL, seed=7))
    for name in ("calls.parquet", "ownership.parquet", "shares.parquet"):
        first = pl.read_parquet(reseller.folder / name)
        assert first.equals(pl.read_parquet(again.folder / name))
        assert not first.equals(pl.read_parquet(other.folder / name))
    for deck in reseller.decks:
        assert (deck / "rates.csv").read_bytes() == (again.folder / "decks" / deck.name / "rates.csv").read_bytes()


def test_made_up_calls_meet_every_rule_of_rating(rated):
    table = pl.read_parquet(rated)
    split = (pl.col("in_bundle_quantity") > 0) & (pl.col("in_bundle_quantity") < pl.col("quantity"))
    counts = table.select(
        split=split.sum(),
        information=(pl.col("information_charge_micro_eur") > 0).sum(),
        emptied=(pl.col("in_bundle_quantity") == pl.col("quantity")).sum(),
        from_base=(pl.col("deck") == "az").sum(),
        decks=pl.col("deck").n_unique(),
    ).row(0, named=True)
    assert min(counts.values()) >= 20, counts
    said = {*table["band"].unique(), *table["reason"].unique(), *table["call_type"].unique()}
    assert {"peak", "offpeak", "weekend", "*", "unknown_number", "not_answered", "too_short", "internal"} <= said
    assert {"received", "roaming_eu", "roaming_world", "sms", "data", "emergency", "service_0900"} <= said


def test_plain_python_says_what_the_engine_says(reseller, rated, tmp_path):
    plain_python.rate_file(reseller.calls, tmp_path / "python.parquet", plain_python.Prepared(reseller))
    assert differing(rated, tmp_path / "python.parquet") == 0


def test_duckdb_says_what_the_engine_says(reseller, rated, tmp_path):
    duckdb_sql.rate_file(reseller.calls, tmp_path / "duckdb.parquet", duckdb_sql.Prepared(reseller))
    assert differing(rated, tmp_path / "duckdb.parquet") == 0


def test_a_sample_holds_whole_customers_and_postgresql_rates_it_as_the_engine(reseller, tmp_path):
    sample = sampled(reseller, tmp_path / "sample", rows=2_000, calls=SMALL.calls)
    calls, whole = pl.read_parquet(sample.calls), pl.read_parquet(reseller.calls)
    assert 500 < calls.height < 4_000
    chosen = calls.join(reseller.ownership, on="own_number", how="semi").select("own_number")
    assert calls.join(chosen, on="own_number", how="semi").equals(whole.join(chosen, on="own_number", how="semi"))
    rate_file(sample.calls, tmp_path / "engine.parquet", sample, compiled(sample))
    with postgres_prefix.server() as connection:
        if not connection.execute("select 1 from pg_available_extensions where name = 'prefix'").fetchone():
            pytest.fail("PostgreSQL has no extension prefix; make test installs it: scripts/system-packages.sh")
        postgres_prefix.rate(postgres_prefix.Prepared(connection, sample))
        postgres_prefix.write(connection, tmp_path / "postgres.parquet")
    assert differing(tmp_path / "engine.parquet", tmp_path / "postgres.parquet") == 0


def test_a_difference_of_one_call_is_seen(rated, tmp_path):
    table = pl.read_parquet(rated)
    for name in COMPARED:
        shifted = table.with_columns(pl.col(name).cast(pl.String).shift(1).alias(name))
        shifted.write_parquet(tmp_path / "shifted.parquet")
        assert differing(rated, tmp_path / "shifted.parquet") > 0, name
    table.head(table.height - 1).write_parquet(tmp_path / "shorter.parquet")
    assert differing(rated, tmp_path / "shorter.parquet") == 1
    assert differing(rated, rated) == 0
