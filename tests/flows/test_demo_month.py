"""The demo month, run whole: what it prints, that it ties out, and that invoices equal what analysts see."""

import datetime as dt
import os
import re
from decimal import Decimal

import polars as pl
import pytest

import invoicing
import warehouse
from pipelines.cli.demo_run import run_demo
from pipelines.demo import nights
from pipelines.nights_run import judged_on
from pipelines.publishing import reconcile
from pipelines.workspace import opened, today
from tests.flows.conftest import ROOT, belnota
from tests.lib.state import state_of

DAY = dt.timedelta(days=1)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def ask(folder, sql):
    return warehouse.query(folder / "analytics.duckdb", sql)


def test_every_control_ties_out(demo_month):
    with opened(demo_month, os.environ) as workspace:
        controls = reconcile(workspace, today())[2]
    assert warehouse.balanced(controls), warehouse.imbalances(controls)
    assert {"C1", "C2", "C3", "C4", "C5"} <= set(controls["control"])
    run = belnota("controls", "--workspace", demo_month)
    assert "C5" in run.stdout


def test_no_day_is_missed_after_the_last_night_and_a_day_that_a_night_found_empty_is(demo_month):
    with opened(demo_month, os.environ) as workspace:
        last = judged_on(workspace)
        raised = [reconcile(workspace, day)[2].filter(~pl.col("is_balanced")) for day in (last, last + DAY)]
    assert last == nights()[-1]
    assert raised[0]["control"].to_list() == ["C11"], "calls of an unknown number wait, which is what the demo shows"
    assert {row.partition(" ")[0] for row in raised[1].filter(control="C10")["scope"]} >= {
        "pbx",
        "broadworks",
        "mobiel",
    }


def test_the_demo_holds_what_real_months_bring(demo_month):
    files = dict(ask(demo_month, "select status, count(*) from core.source_files group by all").rows())
    assert files["duplicate"] >= 1
    assert files["refused"] >= 1
    calls = ask(demo_month, "select count(*) from report.calls").item()
    assert 18_000 <= calls <= 22_000
    assert ask(demo_month, "select count(*) from report.quarantine").item() >= 5
    reasons = set(ask(demo_month, "select distinct reason from report.suspense")["reason"])
    assert {"unknown_number", "no_price"} <= reasons
    late = ask(demo_month, "select count(*) from report.calls where billing_period = '2026-10' and period = '2026-09'")
    assert late.item() > 0
    percentage = ask(
        demo_month,
        "select max(percentage) from report.bundle_usage where is_group and subscription_id = '*' "
        "and service = 'data' and billing_period = '2026-10'",
    ).item()
    assert Decimal(str(percentage)) == Decimal("100.3")


def test_usage_equals_the_invoice_lines_to_the_cent_for_every_customer(demo_month):
    """Shows: select sum(charge_eur) per number, call type and kind of charge equals the invoice lines."""
    differences = ask(
        demo_month,
        """
        with usage as (
            select i.invoice_number, c.own_number, c.call_type, c.service, c.period,
                sum(c.charge_eur - c.information_charge_eur) as exact_eur,
                sum(c.information_charge_eur) as information_eur
            from report.calls c
            join report.invoices i on i.customer_id = c.customer_id and i.period = c.billing_period
            where c.status <> 'unrated'
            group by all
        ), lines as (
            select invoice_number, sum(amount_eur) as line_eur, sum(usage_eur) as usage_eur
            from report.invoice_lines where kind = 'usage' group by all
        ), expected as (
            select invoice_number, sum(round(exact_eur, 2)) + sum(round(information_eur, 2)) as line_eur,
                sum(exact_eur + information_eur) as usage_eur
            from usage group by all
        )
        select coalesce(e.invoice_number, l.invoice_number) as invoice_number,
                e.line_eur as expected_eur, l.line_eur, e.usage_eur as expected_usage_eur, l.usage_eur
        from expected e full join lines l using (invoice_number)
        where coalesce(e.line_eur, 0) <> coalesce(l.line_eur, 0) or coalesce(e.usage_eur, 0) <> coalesce(l.usage_eur, 0)
        """,
    )
    assert differences.rows() == []
    assert ask(demo_month, "select count(*) from report.invoices").item() >= 20


def test_invoice_totals_add_up(demo_month):
    wrong = ask(
        demo_month,
        """
        select i.invoice_number from report.invoices i
        join (select invoice_number, sum(amount_eur) as net from report.invoice_lines group by all) l
            using (invoice_number)
        where l.net <> i.net_eur or i.net_eur + i.vat_eur <> i.gross_eur
        """,
    )
    assert wrong.rows() == []


def test_the_warnings_of_the_month(demo_month):
    warned = ask(demo_month, "select kind, level, outcome, count(*) from report.warnings group by all").rows()
    found = {(kind, level) for kind, level, outcome, _ in warned if outcome == "sent"}
    assert {("bundle", 80), ("bundle", 100), ("voip_cost", 80), ("voip_cost", 100)} <= found


def test_the_archive_holds(demo_month):
    with opened(demo_month, os.environ) as workspace, workspace.store.reading() as tx:
        assert invoicing.verify(tx, workspace.settings.invoices) == []
    assert "as they were stored" in belnota("verify", "--workspace", demo_month).stdout


def test_running_the_demo_again_does_nothing_twice(demo_month, capsys):
    before = state_of(demo_month)
    run_demo(demo_month, prefect=False)
    assert "Nothing was done twice" in capsys.readouterr().out
    assert state_of(demo_month) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("accounts", "--help"),
        ("quarantine", "list"),
        ("suspense", "list"),
        ("mail", "status"),
        ("close", "status"),
        ("close", "show", "2026-10"),
        ("invoices", "list"),
        ("invoices", "verify"),
        ("decks", "list"),
        ("doctor",),
        ("sql",),
        ("sql", "select * from report.usage_by_call_type", "--csv"),
    ],
    ids=" ".join,
)
def test_a_person_can_look_around(demo_month, arguments):
    run = belnota(*arguments, env={"BELNOTA_WORKSPACE": str(demo_month)})
    assert run.stdout.strip()
    assert "Traceback" not in run.stderr


def test_the_bill_worked_out_by_hand_is_true(demo_month):
    """docs/a-bill-by-hand.md: every figure on that page is what the demo makes."""
    page = (ROOT / "docs" / "a-bill-by-hand.md").read_text()
    calls = ask(demo_month, "select call_id, quantity, charge_eur from report.calls where customer_id = 'K1010'").rows()
    charges = {call_id: (seconds, charge) for call_id, seconds, charge in calls}
    by_hand = re.findall(r"^\| `(\S+)` \| .*? \| (\d+) \| .* \| ([\d.]+) \|$", page, re.MULTILINE)
    assert [(int(seconds), Decimal(charge)) for _, seconds, charge in by_hand] == [charges[c] for c, _, _ in by_hand]
    assert len(by_hand) == 4
    query = "select call_id, information_charge_eur from report.calls where customer_id = 'K1010'"
    information = dict(ask(demo_month, query).rows())
    parts = re.findall(r"^\| `(\S+)` \|.* = ([\d.]+) \|.* = ([\d.]+) \| ([\d.]+) \|$", page, re.MULTILINE)
    assert [Decimal(asked) for _, _, asked, _ in parts] == [information[call_id] for call_id, *_ in parts]
    assert all(Decimal(call) + Decimal(asked) == Decimal(charge) for _, call, asked, charge in parts)
    assert len(parts) == 2
    query = (
        "select usage_eur, amount_eur from report.invoice_lines where invoice_number = '2026-000020' order by position"
    )
    lines = ask(demo_month, query).rows()
    table = re.findall(r"^\| [^|*]+ \|\s*([\d.]*)\s*\| ([\d.]+) \|$", page, re.MULTILINE)
    assert [(Decimal(usage or 0), Decimal(amount)) for usage, amount in table[:-1]] == lines
    total = "select net_eur, vat_eur, gross_eur from report.invoices where invoice_number = '2026-000020'"
    assert ask(demo_month, total).rows() == [(Decimal("26.71"), Decimal(table[-1][1]), Decimal("32.32"))]


def test_the_example_that_compares_bills_with_calls_finds_no_difference(demo_month):
    [(sql,)] = ask(demo_month, "select sql from meta.examples where question like 'Does an invoice agree%'").rows()
    agrees = ask(demo_month, sql)["agrees"]
    assert agrees.all()
    assert agrees.len() > 500
