"""What a committed month did not bill (a parked customer, an unknown number) is billed in the next one, once."""

import datetime as dt
import os
from decimal import Decimal

import pytest

import warehouse
from belnota.periods import Period
from pipelines import closing
from pipelines.issuing import CloseOrder
from pipelines.workspace import opened, silent
from tests.flows.conftest import belnota, copy_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def ask(folder, sql):
    return warehouse.query(folder / "analytics.duckdb", sql).rows()


def close(folder, period, on):
    """Close a month on a date of its own: the clock is an argument of the workspace."""
    morning = dt.datetime.combine(on, dt.time(8), dt.UTC)
    with opened(folder, os.environ, clock=lambda: morning) as workspace:
        draft = closing.draft(workspace, period, actor="a test")
        closing.approve(workspace, period, draft.draft_hash, actor="a test")
        order = CloseOrder(period, draft.draft_hash, on, "a test")
        return closing.commit(workspace, order, silent)


@pytest.fixture
def november(demo_month, tmp_path):
    """The demo after October was closed with one customer parked (calls to Tuvalu) and calls of an unknown number."""
    folder = tmp_path / "workspace"
    copy_of(demo_month, folder)
    return folder


def test_a_parked_customer_is_billed_in_the_next_month_once(november):
    assert ask(november, "select count(*) from report.invoices where customer_id = 'K1009' and period = '2026-10'") == [
        (0,)
    ]
    belnota("close", "draft", "2026-11", "--workspace", november)
    rates = november / "decks" / "az-2026" / "rates.csv"
    columns = rates.read_text().splitlines()[0].split(",")
    row = {"service": "voice", "direction": "out", "origin": "*", "prefix": "688", "destination": "Tuvalu"}
    row |= {"call_type": "international", "band": "*", "connect_fee": "0.0350", "price": "1.2500"}
    rates.write_text(rates.read_text() + ",".join(row.get(column, "") for column in columns) + "\n")
    belnota("decks", "import", rates.parent, "--workspace", november)
    belnota("nightly", "--no-prefect", "--on", "2026-12-01", "--workspace", november)
    close(november, Period(2026, 11), dt.date(2026, 12, 1))

    lines = ask(
        november,
        "select usage_period, kind, sum(amount_eur) from report.invoice_lines "
        "where customer_id = 'K1009' and period = '2026-11' group by all order by all",
    )
    assert {(period, kind) for period, kind, _ in lines} == {
        ("2026-10", "fee"),
        ("2026-10", "usage"),
        ("2026-11", "fee"),
    }
    late = "select description from report.invoice_lines where customer_id = 'K1009' and usage_period = '2026-10'"
    assert all(text.startswith("Nagekomen ") for (text,) in ask(november, late))
    assert ask(november, "select count(*), count(distinct call_id) from report.calls") == [(19392, 19392)]
    billed = "select sum(usage_eur) from report.invoice_lines"
    charged = "select sum(charge_eur) from report.calls where customer_id is not null"
    assert ask(november, billed) == ask(november, charged)
    assert ask(november, charged)[0][0] > Decimal(1000)
    assert "C5" in belnota("controls", "--workspace", november).stdout


def test_no_invoice_is_dated_after_today(november):
    run = belnota(
        "close", "commit", "2026-11", "x", "--on", "2099-01-01", "--no-prefect", "--workspace", november, check=False
    )
    assert run.returncode == 2
    assert "after today" in run.stderr


def test_calls_of_an_unknown_number_follow_until_somebody_owns_them(november):
    waiting = "select distinct billing_period, reason from report.suspense order by all"
    assert ask(november, waiting) == [("2026-11", "no_price"), ("2026-11", "unknown_number")]
    [(number,)] = ask(november, "select distinct own_number from report.suspense where reason = 'unknown_number'")
    numbers = november / "accounts" / "numbers.csv"
    subscription = numbers.read_text().splitlines()[1].split(",")[1]
    numbers.write_text(numbers.read_text() + f"{number},{subscription},2026-10-01,\n")
    belnota("accounts", "import", november / "accounts", "--workspace", november)
    belnota("nightly", "--no-prefect", "--on", "2026-11-20", "--workspace", november)
    assert ask(november, waiting) == [("2026-11", "no_price")]
    owned = f"select distinct billing_period, period, status from report.calls where own_number = '{number}'"
    assert ask(november, owned) == [("2026-11", "2026-10", "rated")]


def test_a_plan_whose_price_list_is_not_there_waits_and_the_night_goes_on(fresh_week):
    catalogue = fresh_week / "accounts" / "catalogue.toml"
    catalogue.write_text(catalogue.read_text().replace('"mobiel-2026"', '"mobiel-2027"'))
    belnota("accounts", "import", fresh_week / "accounts", "--workspace", fresh_week)
    night = belnota("nightly", "--no-prefect", "--on", "2026-09-11", "--workspace", fresh_week)
    assert "mobiel-2027" in night.stdout
    assert "suspense" in night.stdout
    assert "no_price" in belnota("suspense", "list", "--workspace", fresh_week).stdout
