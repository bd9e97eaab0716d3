from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from belnota.errors import Refused, UnableToFinish
from tests.lib.warehouse_data import calls, draws, invoices, published_frames, quarantined, rated, usage
from warehouse import Lake, Release, publish, published_release, query
from warehouse.duck import sql_names
from warehouse.views import CORE, META, VIEWS


def release_of(lake, number=1):
    tables = ("calls", "quarantine", "rated_calls", "bundle_draws", "bundle_usage")
    controls = pl.DataFrame(
        [("C1", "all", "files", 3, 3, True, "3 accepted", "balance")],
        schema=["control", "scope", "unit", "left", "right", "is_balanced", "detail", "kind"],
        orient="row",
    )
    made_at = dt.datetime(2026, 11, 1, 3, 0, tzinfo=dt.UTC)
    versions = {table: lake.version(table) for table in tables}
    return Release(number, f"key {number}", made_at, dt.date(2026, 11, 1), versions, controls)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A lake and its published file, in a folder whose name tries what it can."""
    root = tmp_path_factory.mktemp("it's [a] folder with period=1999-01 in")
    lake = Lake(root / "lake")
    frame = pl.concat([calls(60), calls(6, period="2026-09", feed="late")])
    lake.append("calls", frame, batch="1")
    lake.append("quarantine", quarantined(2), batch="1")
    out = pl.concat([rated(calls(60)), rated(calls(6, period="2026-09", feed="late"), billing_period="2026-10")])
    lake.replace("rated_calls", "2026-10", out)
    lake.replace("bundle_draws", "2026-10", draws(out))
    lake.replace("bundle_usage", "2026-10", usage(out, draws(out)))
    bills = invoices(out, period="2026-10", customers=["C1", "C2"])
    publish(root / "analytics.duckdb", lake, release_of(lake, 7), published_frames(out, ["C1", "C2"]))
    return root / "analytics.duckdb", out, bills


def rows(path, sql):
    return query(path, sql).rows()


def test_the_file_says_which_release_it_shows(published, tmp_path):
    path, _, _ = published

    assert published_release(path) == 7
    assert published_release(tmp_path / "none.duckdb") is None
    (tmp_path / "torn.duckdb").write_bytes(b"not a database")
    assert published_release(tmp_path / "torn.duckdb") is None
    assert path.stat().st_mode & 0o777 == 0o444
    assert [entry.name for entry in path.parent.iterdir() if entry.is_file()] == [path.name]


def test_every_relation_and_column_has_a_comment_and_is_declared(published):
    path, _, _ = published
    found = {
        tuple(row)
        for row in rows(
            path,
            "select schema_name, view_name, comment from duckdb_views() where database_name = 'analytics' "
            "and not internal union all select schema_name, table_name, comment from duckdb_tables() "
            "where database_name = 'analytics'",
        )
    }
    declared = {
        (schema, relation.name, relation.grain)
        for schema, group in (("core", CORE), ("report", VIEWS), ("meta", META))
        for relation in group
    }
    bare = rows(
        path,
        "select schema_name, table_name, column_name from duckdb_columns() where database_name = 'analytics' "
        "and schema_name in ('core', 'report', 'meta') and coalesce(comment, '') = ''",
    )

    assert found == declared
    assert all(grain for _, _, grain in declared)
    assert bare == []
    assert sorted(relation.name for relation in VIEWS) == sql_names("report")
    assert rows(path, "select count(*) from meta.columns") == rows(
        path, "select count(*) from duckdb_columns() where schema_name in ('core', 'report', 'meta')"
    )
    assert {name for (name,) in rows(path, "select view from meta.views")} == {f"{s}.{n}" for s, n, _ in declared}


@pytest.mark.parametrize("view", [relation.name for relation in VIEWS])
def test_every_view_answers_and_shows_money_as_exact_decimals(published, view):
    path, _, _ = published

    frame = query(path, f"select * from report.{view}")

    assert frame.height > 0
    money = [name for name in frame.columns if name.endswith("_eur")]
    assert all(isinstance(frame.schema[name], pl.Decimal) for name in money)
    assert not any(dtype.is_float() for dtype in frame.schema.values())


def test_the_examples_run(published):
    path, _, _ = published
    examples = rows(path, "select question, sql from meta.examples")

    assert len(examples) >= 5
    for question, sql in examples:
        assert question.endswith(("?", ")"))
        query(path, sql)


def test_the_examples_on_money_agree_with_the_calls(published):
    path, out, _ = published
    examples = dict(rows(path, "select question, sql from meta.examples"))
    (bill,) = [sql for question, sql in examples.items() if question.startswith("Does an invoice agree")]
    (service,) = [sql for question, sql in examples.items() if question.startswith("What did service numbers")]

    agrees = query(path, bill)
    ((_, count, own, information),) = rows(path, service)

    assert agrees["agrees"].all()
    assert agrees["information_eur"].sum() > 0
    informed = out.filter(pl.col("information_charge_micro_eur") > 0)
    both = Decimal(informed["charge_micro_eur"].sum()).scaleb(-6)
    assert (count, own + information) == (informed.height, both)
    assert information == Decimal(informed["information_charge_micro_eur"].sum()).scaleb(-6)


def test_totals_of_every_kind_add_up_to_the_calls(published):
    path, out, _ = published
    exact = Decimal(out["charge_micro_eur"].sum()).scaleb(-6)
    information = Decimal(out["information_charge_micro_eur"].sum()).scaleb(-6)
    billable = out.filter(pl.col("status") != "unrated")
    assert 0 < information < exact

    for kind in ("total", "by_call_type", "by_number", "by_number_and_call_type", "by_day"):
        sums = "sum(charge_eur), sum(information_charge_eur), sum(calls), sum(seconds), sum(bytes)"
        ((money, part, count, seconds, size),) = rows(path, f"select {sums} from report.usage_{kind}")
        assert (money, part, count) == (exact, information, billable.height)
        assert seconds == billable.filter(service="voice")["quantity"].sum()
        assert size == billable.filter(service="data")["quantity"].sum()


def test_invoices_show_their_rounding(published):
    path, _, bills = published
    found = dict(rows(path, "select invoice_number, usage_eur + rounding_eur - usage_rounded_eur from report.invoices"))
    ((net, rounding),) = rows(path, "select sum(net_eur), sum(rounding_eur) from report.invoices")

    assert set(found.values()) == {Decimal(0)}
    assert net == Decimal(bills["net_cents"].sum()).scaleb(-2)
    assert rounding == Decimal(bills["usage_cents"].sum() * 10_000 - bills["usage_micro_eur"].sum()).scaleb(-6) != 0


def test_local_time_is_right_on_both_nights_the_clock_changes(tmp_path):
    instants = [
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-31T22:59:59Z",
        "2026-10-31T23:00:00Z",
        "2026-03-29T00:59:59Z",
        "2026-03-29T01:00:00Z",
    ]
    frame = rated(calls(6)).with_columns(
        answered_at=pl.Series([dt.datetime.fromisoformat(text) for text in instants]).dt.cast_time_unit("us")
    )
    lake = Lake(tmp_path / "lake")
    lake.replace("rated_calls", "2026-10", frame)
    publish(tmp_path / "a.duckdb", lake, release_of(lake), published_frames())

    found = rows(
        tmp_path / "a.duckdb", "select answered_local, answered_on, answered_at from report.calls order by call_id"
    )

    assert [text for text, _, _ in found] == [
        "2026-10-25 02:30:00+02:00",
        "2026-10-25 02:30:00+01:00",
        "2026-10-31 23:59:59+01:00",
        "2026-11-01 00:00:00+01:00",
        "2026-03-29 01:59:59+01:00",
        "2026-03-29 03:00:00+02:00",
    ]
    assert [day for _, day, _ in found] == [dt.date.fromisoformat(text[:10]) for text, _, _ in found]
    assert [at for _, _, at in found] == [dt.datetime.fromisoformat(text) for text in instants]


def test_a_percentage_is_cut_off_never_rounded_up(tmp_path):
    lake = Lake(tmp_path / "lake")
    one = usage(rated(calls(1)), draws(rated(calls(1))))
    figures = [(1000, 1003, 1000), (10**14, 10**14 - 1, 10**14 - 1), (3, 1, 1), (0, 5, 0)]
    frame = pl.concat(
        one.with_columns(
            pool_id=pl.lit(f"P{n}"),
            allowance=pl.lit(allowance, dtype=pl.Int64),
            covered_quantity=pl.lit(covered, dtype=pl.Int64),
            used=pl.lit(used, dtype=pl.Int64),
            over=pl.lit(covered - used, dtype=pl.Int64),
        )
        for n, (allowance, covered, used) in enumerate(figures)
    )
    lake.replace("bundle_usage", "2026-10", frame)
    publish(tmp_path / "a.duckdb", lake, release_of(lake), published_frames())

    found = [p for (p,) in rows(tmp_path / "a.duckdb", "select percentage from report.bundle_usage order by pool_id")]

    assert found == [Decimal("100.30"), Decimal("99.99"), Decimal("33.33"), None]


def test_nothing_published_yet_and_an_empty_lake(tmp_path):
    with pytest.raises(Refused, match="nothing was published yet"):
        query(tmp_path / "analytics.duckdb", "select 1")
    lake = Lake(tmp_path / "lake")

    publish(tmp_path / "analytics.duckdb", lake, release_of(lake), published_frames())

    assert rows(tmp_path / "analytics.duckdb", "select count(*) from report.calls") == [(0,)]


def test_a_failed_build_leaves_the_old_file(tmp_path):
    lake = Lake(tmp_path / "lake")
    lake.replace("rated_calls", "2026-10", rated(calls(3)))
    publish(tmp_path / "a.duckdb", lake, release_of(lake, 1), published_frames())
    lake.files("rated_calls")[0].unlink()

    with pytest.raises(UnableToFinish, match="is gone"):
        publish(tmp_path / "a.duckdb", lake, release_of(lake, 2), published_frames())

    assert published_release(tmp_path / "a.duckdb") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.duckdb", "lake"]


SECRET = "/etc/passwd"


@pytest.mark.parametrize(
    "sql",
    [
        f"select * from read_csv('{SECRET}')",
        f"select * from read_text('{SECRET}')",
        f"select * from '{SECRET}'",
        "select * from glob('/etc/*')",
        "select * from read_parquet('{other}')",
        "copy (select 1) to '{folder}/out.csv'",
        "copy (select 1) to '{own}' (format parquet, use_tmp_file false)",
        "explain analyze copy (select 1) to '{own}' (format parquet, use_tmp_file false)",
        "export database '{folder}/exported'",
        "attach '{folder}/new.duckdb'",
        "attach '{path}' as again",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset allowed_paths",
        "pragma enable_external_access = true",
        "call pragma_version()",
        "create table report.t as select 1",
        "create table memory.main.t as select 1",
        "create or replace view report.calls as select 1",
        "insert into core.customers values ('x', 'y')",
        "update core.customers set name = 'x'",
        "delete from core.invoices",
        "drop view report.calls",
        "select 1; select 2",
        "select 1; copy (select 1) to '{folder}/out.csv'",
        "use memory",
        "checkpoint",
        "begin",
        "select * from outside",
        "selec 1",
        "select nothing from report.calls",
        "",
    ],
)
def test_a_query_only_reads_and_only_what_is_published(published, tmp_path, sql):
    path, _, _ = published
    outside = pl.DataFrame({"a": [1]})
    outside.write_parquet(tmp_path / "other.parquet")
    (own,) = [name for (name,) in rows(path, "select path from meta.files where table_name = 'rated_calls'")]
    before = {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()}

    with pytest.raises(Refused) as refusal:
        query(
            path,
            sql.format(
                other=tmp_path / "other.parquet",
                folder=tmp_path,
                own=own.replace("'", "''"),
                path=str(path).replace("'", "''"),
            ),
        )

    assert str(refusal.value)
    assert {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()} == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["other.parquet"]


@pytest.mark.parametrize(
    "sql", ["with x as (select 1 as a) from x", "describe report.calls", "summarize report.usage_total", "show tables"]
)
def test_other_forms_of_asking_are_queries_too(published, sql):
    path, _, _ = published

    query(path, sql)


def test_several_threads_ask_at_once(published):
    path, out, _ = published
    answers = []

    def ask():
        answers.append(rows(path, "select count(*) from report.calls"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [[(out.height,)]] * 8


@pytest.mark.slow
def test_a_reader_sees_whole_releases_only_and_never_blocks_the_night(tmp_path):
    path = tmp_path / "analytics.duckdb"
    lake = Lake(tmp_path / "lake")
    seen, failures = set(), []

    def publish_release(number):
        lake.replace("rated_calls", "2026-10", rated(calls(10 * number)))
        lake.replace("bundle_draws", "2026-10", draws(rated(calls(10 * number))))
        publish(path, lake, release_of(lake, number), published_frames())

    publish_release(1)
    forgotten = duckdb.connect(str(path), read_only=True)
    done = threading.Event()

    def read():
        while not done.wait(0.02):
            try:
                seen.add(
                    rows(
                        path,
                        "select (select release_id from meta.release), (select count(*) from report.calls), "
                        "(select count(*) from core.bundle_draws)",
                    )[0]
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader must not see it
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(2, 21):
            publish_release(number)
    finally:
        done.set()
        reader.join()

    assert failures == []
    drawn = {number: draws(rated(calls(10 * number))).height for number in range(1, 21)}
    assert all(count == 10 * number and taken == drawn[number] for number, count, taken in seen)
    assert len(seen) > 3
    assert published_release(path) == 20
    assert forgotten.sql("select count(*) from report.calls").fetchall() == [(10,)]
    forgotten.close()
