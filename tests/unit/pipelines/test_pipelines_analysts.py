"""Commands of analysts: large answers are cut on a screen only, and `rate` says what is missing."""

from __future__ import annotations

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from belnota.errors import Refused
from pipelines.cli import app
from pipelines.cli.answers import MOST_ROWS
from pipelines.rate_file import rate_file
from pipelines.rate_inputs import scan_calls
from tests.lib.price_lists import write_deck
from tests.lib.warehouse_night import night

LINE = "a,voice,31112,2026-10-07T12:00:00Z,1"
HEAD = "call_id,service,called,answered_at,quantity"


@pytest.fixture
def asked(tmp_path):
    """Ask a published workspace for so many rows; returns what was printed."""
    (tmp_path / "belnota.toml").touch()
    night(tmp_path)

    def ask(rows: int, *options: str) -> str:
        query = f"select 'row' || i as name from range({rows}) t(i) order by i"
        run = CliRunner().invoke(app, ["sql", query, "--workspace", str(tmp_path), *options])
        assert run.exit_code == 0, run.output
        return run.stdout

    return ask


def test_a_large_answer_is_cut_on_the_screen_and_says_so(asked):
    lines = [line.strip() for line in asked(19_392).splitlines()]

    assert lines[-1] == "200 of 19,392 rows; all of them with --csv or --json"
    assert lines[-2] == "row199"
    assert len(lines) == 1 + MOST_ROWS + 1


def test_an_answer_that_fits_is_whole(asked):
    assert asked(MOST_ROWS).splitlines()[-1].strip() == "200 rows"


def test_csv_and_json_are_always_whole(asked):
    assert len(asked(1_000, "--csv").splitlines()) == 1 + 1_000
    assert len(json.loads(asked(1_000, "--json"))) == 1_000


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (
            "call_id,service,number,answered_at,quantity",
            "no column called; the columns there are call_id, service, number",
        ),
        (HEAD.replace(",", ";"), "no column call_id, service, .*; the columns there are call_id;service;called"),
    ],
)
def test_a_missing_column_names_the_columns_that_are_there(tmp_path, head, told):
    file = tmp_path / "calls.csv"
    file.write_text(f"{head}\n{LINE}\n")

    with pytest.raises(Refused, match=told):
        scan_calls(file, with_subscription=False).collect()


def test_a_missing_column_of_parquet_is_told_alike(tmp_path):
    file = tmp_path / "calls.parquet"
    pl.DataFrame({"call_id": ["a"], "number": ["31112"]}).write_parquet(file)

    with pytest.raises(Refused, match=r"no column service, .*; the columns there are call_id, number"):
        scan_calls(file, with_subscription=False).collect()


def test_a_parquet_column_named_line_is_in_nobodys_way(tmp_path):
    file = tmp_path / "calls.parquet"
    values = dict(zip(HEAD.split(","), LINE.split(","), strict=True))
    pl.DataFrame({key: [value] for key, value in values.items()}).with_columns(line=7).write_parquet(file)

    assert scan_calls(file, with_subscription=False).collect()["line"].to_list() == [1]


def test_a_base_that_is_not_given_says_how_to_give_it(tmp_path):
    (tmp_path / "calls.csv").write_text(f"{HEAD}\n{LINE}\n")
    deck = write_deck(tmp_path / "deck", "prefix,price\n31,1\n", 'base = "az"')

    with pytest.raises(Refused, match="price list deck has base az, which is not given; add: --base FOLDER of az"):
        rate_file(tmp_path / "calls.csv", deck, [], tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_the_worked_numbers_of_the_help_are_priced_as_it_says(tmp_path):
    numbers = ["31112", "+31112", "319001234", "31201234567", "112", "0900-1234", "0201234567"]
    lines = [f"{n},voice,{number},2026-10-07T12:00:00Z,60" for n, number in enumerate(numbers)]
    (tmp_path / "calls.csv").write_text("\n".join([HEAD, *lines]) + "\n")
    rates = "prefix,price,destination\n31,1,NL\n31112,0,112\n31900,2,0900\n"

    rate_file(tmp_path / "calls.csv", write_deck(tmp_path / "deck", rates), [], tmp_path / "out.csv")

    found = pl.read_csv(tmp_path / "out.csv", infer_schema=False)["destination"].to_list()
    assert found == ["112", "112", "0900", "NL", None, None, None]
    helped = CliRunner().invoke(app, ["rate", "--help"]).stdout
    assert all(text in helped for text in ("31112", "319001234", "--base"))
