"""The star, the functions and the examples of the published file, on a small month."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from dateutil.easter import easter

from belnota.periods import midnight
from tests.lib.warehouse_data import calls, draws, published_frames, rated, usage
from tests.lib.warehouse_published import publish_month, release_of
from warehouse import Lake, publish, query
from warehouse.duck import sql_names, sql_text
from warehouse.meanings import MEANINGS
from warehouse.views import MACROS, SCHEMAS, VALUES, VIEWS

KEYS = {
    "dim_customer": ["customer_id"],
    "dim_number": ["own_number", "subscription_id"],
    "dim_call_type": ["call_type"],
    "dim_tariff": ["deck"],
    "dim_date": ["date_on"],
}
BOTH = "information_eur information_charge_eur"
EXAMPLES = {
    "bill_of_a_customer": (
        14,
        f"invoice_number own_number call_type usage_period usage_eur charge_eur {BOTH} agrees",
    ),
    "answered_ratio": (1, "feed direction attempts answered answered_percent average_seconds"),
    "bundles_that_do_not_fit": (0, "customer_name pool_id bundle_name_nl allowance used used_percent over verdict"),
    "busiest_days": (2, "answered_on calls seconds charge_eur"),
    "busy_hours": (10, "answered_hour calls seconds"),
    "full_bundles": (0, "customer_name bundle_name_nl period covered_quantity allowance percentage"),
    "how_fresh": (2, "feed stored_calls last_answered_at run_on days_behind"),
    "information_charges": (1, "destination calls call_eur information_eur"),
    "invoices_and_fees": (1, "billing_period line_kind lines amount_eur"),
    "month_over_month": (3, "customer_id customer_name before_eur charge_eur change_eur change_percent"),
    "open_alarms": (0, "scope unit found expected detail"),
    "open_imbalances": (0, "control scope unit kind left right is_balanced detail"),
    "revenue_per_month": (2, "period billing_period calls charge_eur"),
    "roaming": (0, "zone country service calls used charge_eur"),
    "silent_numbers": (0, "customer_id customer_name own_number plan valid_from_on"),
    "top_customers": (3, "place customer_id customer_name calls charge_eur"),
    "top_destinations": (1, "destination calls seconds charge_eur eur_per_minute"),
    "usage_per_plan": (1, "plan numbers calls seconds bytes charge_eur"),
    "weekend_and_holidays": (1, "kind_of_day days calls charge_eur charge_per_day_eur"),
    "what_became_of_bad_lines": (1, "feed reason state became lines oldest"),
    "what_waits_for_a_price": (8, "reason own_number other_number calls"),
}
"""Rows and columns that each example answers with here."""
ANSWERS = {
    "busiest_days": (dt.date(2026, 10, 1), 52, 1509, Decimal("6.001268")),
    "how_fresh": ("a", 60, dt.datetime(2026, 10, 1, 7, 50, tzinfo=dt.UTC), dt.date(2026, 11, 1), 31),
    "invoices_and_fees": ("2026-10", "usage", 19, Decimal("4.29")),
    "revenue_per_month": ("2026-09", "2026-10", 6, Decimal("0.596754")),
    "top_customers": (1, "C3", "D'Arc", 20, Decimal("2.320288")),
    "usage_per_plan": ("vast", 5, 58, 1632, 1756, Decimal("6.598022")),
    "weekend_and_holidays": ("working day", 2, 58, Decimal("6.598022"), Decimal("3.30")),
}
"""The first row of some of them."""


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return publish_month(tmp_path_factory.mktemp("published"))


@pytest.fixture
def ask(published):
    return lambda sql: query(published[0], sql)


def test_in_the_star_a_name_has_one_meaning_and_one_kind_of_type(ask):
    found = defaultdict(set)
    for name, data_type, description in ask(
        "select column_name, data_type, description from meta.columns where view like 'mart.%'"
    ).rows():
        found[name].add((data_type.partition("(")[0], description))

    assert {name: meanings for name, meanings in found.items() if len(meanings) > 1} == {}


def test_every_explained_name_is_a_column(ask):
    columns = set(ask("select distinct column_name from meta.columns")["column_name"])

    assert set(MEANINGS) - columns == set()


def test_every_sql_file_is_published():
    listed = defaultdict(set)
    for schema, name in VIEWS:
        listed[schema].add(name)

    assert {schema: sorted(names) for schema, names in listed.items()} == {s: sql_names(s) for s in listed}
    assert sorted(MACROS) == sql_names("macros")


def test_every_view_of_the_star_says_what_a_row_is():
    for schema in ("report", "mart"):
        for relation in SCHEMAS[schema]:
            assert relation.grain.startswith("One row per "), relation.name
            assert sql_text(schema, relation.name).startswith("-- ")


def test_the_measures_of_facts_are_exact(ask):
    for schema in ("mart", "report"):
        for relation in SCHEMAS[schema]:
            frame = ask(f"from {schema}.{relation.name}")
            assert not any(dtype.is_float() for dtype in frame.schema.values()), relation.name
            money = [name for name in frame.columns if name.endswith("_eur")]
            assert all(isinstance(frame.schema[name], pl.Decimal) for name in money), relation.name


@pytest.mark.parametrize(("dimension", "key"), KEYS.items(), ids=KEYS)
def test_a_dimension_has_one_row_for_each_key(ask, dimension, key):
    columns = ", ".join(key)
    rows, keys = ask(f"select count(*), count(distinct ({columns})) from mart.{dimension}").row(0)

    assert rows == keys > 0


def test_every_fact_finds_its_dimensions(ask):
    lost = ask("""
        select count(*) from mart.fct_rated_call as fact
        left join mart.dim_customer using (customer_id)
        left join mart.dim_number using (own_number, subscription_id)
        left join mart.dim_call_type using (call_type)
        left join mart.dim_date on date_on = answered_on
        where customer_name is null or plan is null or call_type_nl is null or date_on is null
    """)
    joined = ask("""
        select count(*), sum(charge_eur) from mart.fct_rated_call
        left join mart.dim_customer using (customer_id)
        left join mart.dim_number using (own_number, subscription_id)
        left join mart.dim_call_type using (call_type)
        left join mart.dim_date on date_on = answered_on
    """)

    assert lost.item() == 0
    assert joined.rows() == ask("select count(*), sum(charge_eur) from report.calls").rows()


def test_call_types_that_only_price_lists_name_are_in_their_dimension(ask):
    assert set(ask("select call_type from mart.dim_call_type")["call_type"]) == {"national", "mobile", "international"}


def test_the_star_adds_up_to_the_reports(ask):
    measures = "sum(calls), sum(seconds), sum(messages), sum(bytes), sum(charge_eur), sum(information_charge_eur)"
    told = ask(f"select {measures} from report.usage_total").rows()

    assert ask(f"select {measures} from mart.fct_usage_day").rows() == told
    assert ask(f"select {measures} from mart.fct_rated_call where is_billable").rows() == told
    assert ask("select sum(charge_eur) from omzet('2026-09-01', '2026-11-01')").item() == told[0][4]
    assert (
        ask("select sum(amount_eur) from mart.fct_invoice_line").rows()
        == ask("select sum(amount_eur) from report.invoice_lines").rows()
    )
    assert (
        ask("select sum(used), sum(over) from mart.fct_bundle_usage").rows()
        == ask("select sum(used), sum(over) from report.bundle_usage where subscription_id = '*'").rows()
    )


def test_holidays_are_those_of_the_law(ask):
    found = dict(ask("select date_on, holiday_nl from mart.dim_date where is_holiday").rows())
    expected = {}
    for year in range(2015, 2028):
        sunday = easter(year)
        kings_day = dt.date(year, 4, 26 if dt.date(year, 4, 27).weekday() == 6 else 27)
        for day, name in (
            (dt.date(year, 1, 1), "Nieuwjaarsdag"),
            (sunday - dt.timedelta(2), "Goede Vrijdag"),
            (sunday, "Eerste Paasdag"),
            (sunday + dt.timedelta(1), "Tweede Paasdag"),
            (kings_day, "Koningsdag"),
            (dt.date(year, 5, 5), "Bevrijdingsdag"),
            (sunday + dt.timedelta(39), "Hemelvaartsdag"),
            (sunday + dt.timedelta(49), "Eerste Pinksterdag"),
            (sunday + dt.timedelta(50), "Tweede Pinksterdag"),
            (dt.date(year, 12, 25), "Eerste Kerstdag"),
            (dt.date(year, 12, 26), "Tweede Kerstdag"),
        ):
            expected[day] = ", ".join(sorted([*expected.get(day, "").split(", "), name])).removeprefix(", ")

    assert found == expected
    assert found[dt.date(2016, 5, 5)] == "Bevrijdingsdag, Hemelvaartsdag"


def test_easter_is_right_for_a_century(tmp_path):
    lake = Lake(tmp_path / "lake")
    release = replace(release_of(lake), run_on=dt.date(2097, 1, 1))
    publish(tmp_path / "a.duckdb", lake, release, published_frames())

    found = query(tmp_path / "a.duckdb", "select date_on from mart.dim_date where holiday_nl like '%Eerste Paasdag%'")

    assert found["date_on"].to_list() == [easter(year) for year in range(2015, 2099)]


def test_weeks_days_and_clock_changes_are_those_of_python(ask):
    rows = ask("select date_on, iso_week, weekday, is_weekend, month, quarter, hours_in_day from mart.dim_date").rows()

    assert rows[0][0] == dt.date(2015, 1, 1)
    assert rows[-1][0] == dt.date(2027, 12, 31)
    assert len(rows) == (rows[-1][0] - rows[0][0]).days + 1
    for day, week, weekday, is_weekend, month, quarter, hours in rows:
        iso = day.isocalendar()
        assert (week, weekday) == (f"{iso.year}-W{iso.week:02d}", iso.weekday)
        assert is_weekend == (iso.weekday > 5)
        assert (month, quarter) == (f"{day:%Y-%m}", f"{day.year}-Q{(day.month + 2) // 3}")
        assert dt.timedelta(hours=hours) == midnight(day + dt.timedelta(1)) - midnight(day)


def test_the_functions_answer_and_are_explained(ask):
    told = dict(ask("select name, description from meta.macros").rows())
    comments = dict(
        ask(
            "select function_name, comment from duckdb_functions() where database_name = 'analytics' and not internal"
        ).rows()
    )

    assert set(told) == set(MACROS)
    assert comments == told
    assert all(told.values())
    calls = {
        "omzet": "'2026-10-01', '2026-11-01'",
        "revenue": "'2026-10-01', '2026-11-01'",
        "usage_of": "'C1', '2026-10'",
        "calls_of": "'C1', '2026-10'",
        "bundle_fit": "'2026-10'",
        "unusual_days": "'2026-10', least_eur := 0, times := 0",
        "columns_of": "'report.calls'",
        "find_column": "'bundle'",
    }
    tables = set(MACROS) - set(VALUES)
    assert {name: ask(f"from {name}({calls.get(name, '')})").height > 0 for name in tables} == dict.fromkeys(
        tables, True
    )


def test_the_last_month_is_the_one_that_was_over_on_the_date_of_the_night(tmp_path):
    lake = Lake(tmp_path / "lake")
    for run_on, month in (("2026-10-31", "2026-09"), ("2026-11-01", "2026-10"), ("2027-01-15", "2026-12")):
        release = replace(release_of(lake), run_on=dt.date.fromisoformat(run_on))
        publish(tmp_path / "a.duckdb", lake, release, published_frames())

        assert query(tmp_path / "a.duckdb", "select last_month()").item() == month


@pytest.mark.parametrize(
    ("quantity", "service", "told"),
    [
        (0, "voice", "0:00:00"),
        (3599, "voice", "0:59:59"),
        (360_000, "voice", "100:00:00"),
        (20_000_000_000, "data", "20.0 GB"),
        (12, "sms", "12"),
        ("null", "voice", None),
    ],
)
def test_a_quantity_can_be_read_by_people(ask, quantity, service, told):
    assert ask(f"select readable({quantity}, '{service}')").item() == told


def test_no_bundle_is_called_too_large_while_its_month_runs(tmp_path):
    lake = Lake(tmp_path / "lake")
    frame = rated(calls(60))
    lake.replace("bundle_usage", "2026-10", usage(frame, draws(frame)))
    told = {}
    for run_on in (dt.date(2026, 10, 31), dt.date(2026, 11, 1)):
        release = replace(release_of(lake), run_on=run_on)
        publish(tmp_path / "a.duckdb", lake, release, published_frames())
        told[run_on.day] = set(query(tmp_path / "a.duckdb", "select verdict from bundle_fit('2026-10')")["verdict"])

    assert told[31] == {"not over"}
    assert told[1] <= {"fits", "too large"}
    assert told[1]


def test_revenue_counts_the_first_day_and_not_the_last(ask):
    # 5 of the 6 late calls and the first of October are answered around local midnight of 1 September and 1 October
    def charged(van, tot):
        return ask(f"select coalesce(sum(charge_eur), 0) from omzet('{van}', '{tot}')").item()

    assert charged("2026-10-01", "2026-10-02") == Decimal("6.001268")
    assert charged("2026-09-30", "2026-10-01") == 0
    assert charged("2026-10-02", "2026-11-01") == 0
    assert charged("2026-09-01", "2026-10-02") == Decimal("6.598022")


def test_the_best_customers_are_as_many_as_asked_for(ask):
    assert ask("from top_klanten(n := 1)")["customer_id"].to_list() == ["C3"]
    assert ask("from top_customers(n := 2, month := '2026-09')").height == 2
    assert ask("from top_klanten(maand := '2025-01')").height == 0


def test_every_example_is_a_question_with_a_meaning():
    assert sorted(EXAMPLES) == sql_names("examples")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_answers_what_it_says(ask, name):
    question, meaning, sql = ask(f"select question, meaning, sql from meta.examples where name = '{name}'").row(0)
    rows, columns = EXAMPLES[name]

    answer = ask(sql)

    assert question.endswith(("?", ")"))
    assert len(meaning) > 20
    assert answer.columns == columns.split()
    assert answer.height == rows
    if name in ANSWERS:
        assert answer.row(0) == ANSWERS[name]


def test_what_start_here_says_can_be_copied_into_plain_duckdb(published):
    path, _, _ = published
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.sql("show tables").fetchall() == [("start_here",)]
        for (sql,) in connection.sql("select try_this from start_here").fetchall():
            connection.sql(sql).fetchall()


def test_the_file_says_what_made_it(ask):
    run = ask("from meta.run").to_dicts()[0]

    assert (run["release_id"], run["controls"], run["controls_open"]) == (7, 1, 0)
    assert run["lake_files"] == ask("from meta.files").height
    assert run["duckdb_version"] == duckdb.__version__


def test_the_first_quarter_of_an_hour_in_the_documents_runs(published, monkeypatch, capsys):
    path, _, _ = published
    page = (Path(__file__).resolve().parents[3] / "docs" / "analysts.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(path.parent)

    exec(code, made := {})
    made["db"].close()

    assert queries
    assert all(query(path, sql).width for sql in queries)
    assert "answered_hour" in capsys.readouterr().out
