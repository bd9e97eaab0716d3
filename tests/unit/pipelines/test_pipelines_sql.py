"""`belnota sql`: where queries come from, how answers go out, and what is said when a query is wrong."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import polars as pl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from belnota.errors import BelnotaError
from pipelines.cli import app
from pipelines.cli.answers import show_table
from tests.lib.warehouse_published import publish_month


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "belnota.toml").touch()
    publish_month(folder)
    return folder


@pytest.fixture
def sql(workspace):
    def ask(*arguments, given=None):
        run = CliRunner().invoke(app, ["sql", *arguments, "--workspace", str(workspace)], input=given)
        if isinstance(run.exception, BelnotaError):
            return run.exception.exit_code, str(run.exception)
        assert run.exit_code == 0, run.output
        return 0, run.stdout

    return ask


QUERY = "select customer_id, charge_eur from top_klanten(n := 1)"


def test_a_query_is_read_from_an_argument_a_file_or_standard_input(sql, tmp_path):
    (tmp_path / "q.sql").write_text(f"\ufeff-- who is best\n{QUERY};\n", encoding="utf-8")

    answers = {sql(QUERY), sql("--file", str(tmp_path / "q.sql")), sql("-", given=QUERY)}

    assert len(answers) == 1
    code, said = answers.pop()
    assert code == 0
    assert said.splitlines()[1].split() == ["C3", "2.320288"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--file", "none.sql"], "none.sql does not exist"),
        (["-"], "standard input has no query"),
        ([QUERY, "--file", "q.sql"], "give one query"),
        (["--examples", "--example", "busy_hours"], "give one query"),
        ([QUERY, "--csv", "--json"], "choose one of"),
        (["--example", "busi_hours"], "there is no example busi_hours; nearest: busy_hours"),
        ([QUERY, "--parquet", "answer.csv"], "write --parquet answer.parquet"),
        (["copy (select 1) to 'x.csv'"], "only a query can be asked here"),
        (["select custmer_name from report.calls"], "nearest: customer_name (name of the customer now)"),
        (["from report.cals"], "nearest: report.calls"),
        (["from calls"], "write the schema with the name: report.calls or core.calls"),
        (["from omzt('2026-10-01', '2026-11-01')"], "nearest: omzet(van, tot)"),
        (["from omzet('2026-10-01')"], "omzet is called as omzet(van, tot)"),
        (["from read_csv('/etc/passwd')"], "/etc/passwd is not part of what is published"),
        (["from sqlite_scan('store.sqlite', 'users')"], "needs an extension of DuckDB"),
        (["select sum(destination) from report.calls"], "sum(VARCHAR) does not exist"),
        (["select control, left from report.controls"], 'as columns write "left" and "right"'),
        (["pivot report.calls on period using count(*)"], "a pivot must name its values here"),
        (["selec 1"], 'syntax error at or near "selec"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_with_what_would_be_right(sql, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)

    code, said = sql(*arguments)

    assert code == 2
    assert told in said
    assert "Error:" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_query_that_takes_too_much_is_given_up(sql):
    too_long = "with recursive r as (select 1 as a union all select a + 1 from r) select count(*) from r"
    too_much = "select * from range(1000000000) t(i) order by hash(i)"

    assert sql(too_long, "--seconds", "1") == (
        1,
        "no answer within 1 seconds: ask for one month or one customer, or allow more time",
    )
    code, said = sql(too_much, "--memory", "64")
    assert (code, said.partition(":")[0]) == (1, "the answer needs more than 64 MiB of memory")


def test_examples_are_listed_and_asked_by_name(sql):
    _, listed = sql("--examples")
    _, answered = sql("--example", "top_customers")
    _, as_json = sql("--example", "top_customers", "--json")

    assert "top_customers" in listed
    assert "Which customers bring in most?" in answered
    assert "from top_klanten()" in answered
    assert answered.rstrip().endswith("asks for one month.")
    assert [row["customer_id"] for row in json.loads(as_json)] == ["C3", "C2", "C1"]


def test_without_a_query_the_views_are_listed_reports_first(sql):
    _, said = sql()

    views = [line.split()[0] for line in said.splitlines() if line.split()[0].partition(".")[2]]
    assert views[:2] == ["main.start_here", "report.calls"]
    assert "belnota sql --examples" in said


def test_csv_json_and_parquet_hold_the_same_exact_answer(sql, tmp_path):
    query = "select call_id, charge_eur, answered_at from report.calls order by call_id"
    rows = json.loads(sql(query, "--json")[1])
    lines = sql(query, "--csv")[1].splitlines()
    code, said = sql(query, "--parquet", str(tmp_path / "answer.parquet"))

    assert (code, said.split()[0]) == (0, "66")
    frame = pl.read_parquet(tmp_path / "answer.parquet")
    assert isinstance(frame.schema["charge_eur"], pl.Decimal)
    charges = [None if row["charge_eur"] is None else Decimal(row["charge_eur"]) for row in rows]
    assert charges == frame["charge_eur"].to_list()
    assert len(lines) - 1 == len(rows) == frame.height == 66
    again = sql(query, "--parquet", str(tmp_path / "answer.parquet"))
    assert again == (code, said)


def test_an_answer_is_never_written_among_the_tables_of_the_lake(sql, workspace):
    before = sorted((workspace / "lake").rglob("*"))

    code, said = sql(QUERY, "--parquet", str(workspace / "lake" / "calls" / "period=2026-10" / "x.parquet"))

    assert (code, "is in the lake" in said) == (2, True)
    assert sorted((workspace / "lake").rglob("*")) == before


def test_lists_and_records_go_into_csv_as_json(sql):
    _, said = sql("select [1, 2] as numbers, {a: 'é'} as record, null::int[] as nothing", "--csv")

    assert said.splitlines() == ["numbers,record,nothing", '"[1, 2]","{""a"": ""é""}",']


def shown(frame, width):
    screen = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, highlight=False)
    show_table(frame, screen)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


def test_on_a_narrow_screen_the_columns_that_fit_are_whole_and_the_others_are_named():
    frame = pl.DataFrame({"first": ["a" * 10], "second": [1234567], "third": ["b" * 40], "fourth": [1]})

    lines = shown(frame, 50)

    assert lines[:2] == ["first           second", "aaaaaaaaaa   1,234,567"]
    assert " ".join(lines[2:4]) == "2 of 4 columns fit; name those you want, or --csv: third, fourth"
    assert shown(frame, 100)[1].split() == ["a" * 10, "1,234,567", "b" * 40, "1"]


def test_amounts_line_up_at_their_points():
    frame = pl.DataFrame({"eur": ["1.50", "1024.25", "-3.00"]}).with_columns(pl.col("eur").cast(pl.Decimal(10, 2)))

    assert shown(frame, 80)[1:4] == ["    1.50", "1,024.25", "   -3.00"]


def test_what_looks_like_markup_is_shown_as_it_is():
    assert shown(pl.DataFrame({"[b]name": ["[red]x[/red]"]}), 80)[:2] == ["[b]name", "[red]x[/red]"]


def test_what_a_raw_file_holds_cannot_steer_the_terminal():
    lines = shown(pl.DataFrame({"raw_line": ["\x1b[2J\x1b]0;own\x07", "06\u202e21", "two\nlines"]}), 80)
    assert lines[1:5] == [r"\x1b[2J\x1b]0;own\x07", r"06\u202e21", "two", "lines"]


KINDS = {
    "interval 1 day": "1 day",
    "'101'::bit": "101",
    "union_value(a := 1)": "1",
    "'12:00:00+02'::timetz": "12:00:00+02",
    "123::bignum": "123",
    "'12:00'::time": "12:00:00.000000000",
    "1::hugeint": "1",
    "timestamptz '2026-01-01 00:00:00+00'": "2026-01-01T00:00:00.000000+0000",
    "date '2026-01-01'": "2026-01-01",
    "encode('é')": "c3a9",
    "null": "",
    "map {'a': 1}": '"{""a"": 1}"',
    "[interval 1 day]": "[1 day]",
}


@pytest.mark.parametrize(("value", "told"), KINDS.items(), ids=KINDS)
def test_a_value_of_any_type_goes_out_in_every_form(sql, tmp_path, value, told):
    query = f'select {value} as "a ""name"""'

    assert sql(query, "--csv") == (0, f'"a ""name"""\n{told}\n')
    assert len(json.loads(sql(query, "--json")[1])) == 1
    assert sql(query, "--parquet", str(tmp_path / "x.parquet"))[0] == 0
    assert sql(query)[0] == 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select 1 as a, 2 as a", "two columns of the answer are called a"),
        (
            "select (case when i = 200000 then 'x' else '1' end)::int from range(300000) t(i)",
            "Could not convert string",
        ),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_however_late_it_shows(sql, query, told):
    code, said = sql(query)

    assert (code, told in said) == (2, True)


def test_an_answer_is_stopped_while_it_is_fetched(sql):
    assert sql("select i from range(100000000000) t(i)", "--memory", "64")[0] == 1
