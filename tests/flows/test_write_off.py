"""Write-off of calls in suspense: by name, while the month is open, and never of a call that has a price."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

import invoicing
from belnota.errors import Refused
from belnota.store import schema
from pipelines.cli import app
from pipelines.suspense import Selection, restore, write_off
from tests.lib import small_reseller
from tests.lib.small_reseller import OCTOBER, SEPTEMBER, SmallReseller

STRANGER = "+31209999999"
CALLED = "020 333 3333"


@pytest.fixture
def reseller(tmp_path, monkeypatch):
    """Two customers whose calls find no price, and a number of nobody's."""
    monkeypatch.setattr(small_reseller, "RATES", small_reseller.RATES.replace("\n31,", "\n32,"))
    made = SmallReseller(tmp_path / "workspace")
    made.calls(
        ("A", "2026-09-05 10:00:00", 60),
        ("A", "2026-09-06 10:00:00", 120),
        ("B", "2026-09-05 11:00:00", 300),
        (STRANGER, "2026-09-05 12:00:00", 20),
    )
    made.night()
    return made


def belnota(reseller, *words):
    run = CliRunner().invoke(app, [*words, "--workspace", str(reseller.folder)])
    if run.exception and not isinstance(run.exception, SystemExit):
        raise run.exception
    assert run.exit_code == 0, run.output
    return run.stdout


def listed(reseller, *options):
    return json.loads(belnota(reseller, "suspense", "list", "--json", *options))


def states(reseller):
    """Return (customer, day, status, reason, charge) of all rated calls in order of answer."""
    with reseller.open() as workspace:
        rated = workspace.lake.scan("rated_calls").sort("answered_at").collect()
    columns = ("customer_id", pl.col("answered_at").dt.day(), "status", "reason", "charge_micro_eur")
    return rated.select(columns).rows()


def test_the_list_says_whose_why_how_much_and_what_to_do(reseller):
    rows = listed(reseller)
    columns = ("period", "customer", "number", "called", "calls", "used", "since", "reason")
    assert [tuple(row[name] for name in columns) for row in rows] == [
        ("2026-09", "nobody", "020 999 9999", CALLED, 1, "0:00:20", "2026-09-05", "unknown_number"),
        ("2026-09", "A", "020 111 1111", CALLED, 2, "0:03:00", "2026-09-05", "no_price"),
        ("2026-09", "B", "020 222 2222", CALLED, 1, "0:05:00", "2026-09-05", "no_price"),
    ]
    printed = belnota(reseller, "suspense", "list")
    assert "no row of the price list answers this number; add its prefix" in printed
    assert "add it to numbers.csv" in printed
    assert "too_long" not in printed
    assert rows[1]["call_id"] in printed


def test_written_off_calls_are_free_on_no_invoice_and_hold_up_nobody(reseller):
    done = belnota(
        reseller, "suspense", "write-off", "--reason-code", "no_price", "--number", "020-1111111",
        "--by", "Anna", "--because", "proefgesprekken",
    )  # fmt: skip
    assert "2 calls (0:03:00) written off" in done
    assert [row["customer"] for row in listed(reseller)] == ["nobody", "B"]
    assert {row["state"] for row in listed(reseller, "--written-off")} == {"from the next night or draft on"}
    reseller.night()

    assert [row for row in states(reseller) if row[0] == "A"] == [
        ("A", 5, "free", "written_off", 0),
        ("A", 6, "free", "written_off", 0),
    ]
    assert [row[2:] for row in states(reseller) if row[0] != "A"] == [
        ("unrated", "no_price", None),
        ("unrated", "unknown_number", None),
    ]
    rows = listed(reseller, "--written-off")
    assert {(row["by"], row["because"], row["state"]) for row in rows} == {("Anna", "proefgesprekken", "written off")}
    reseller.close(SEPTEMBER)  # B is parked
    assert reseller.lines("usage") == []
    assert [line[:2] for line in reseller.lines("fee")] == [("2026-09", "A")]
    assert {row["state"] for row in listed(reseller, "--written-off")} == {"for good: the month is closed"}
    with reseller.open() as workspace, workspace.store.reading() as tx:
        said = [json.loads(event.detail) for event in tx.execute(schema.events.select()) if "write-off" in event.action]
    assert said == [{"because": "proefgesprekken"}] * 2
    assert reseller.night().is_idle


def test_a_call_that_gets_a_price_is_billed_and_its_write_off_lies_idle(reseller, monkeypatch):
    with reseller.open() as workspace:
        write_off(workspace, Selection(reason="no_price"), actor="Anna", because="x")
    monkeypatch.setattr(small_reseller, "RATES", small_reseller.RATES.replace("\n32,", "\n31,"))
    reseller.import_deck()
    reseller.night()

    assert [row[2] for row in states(reseller)] == ["rated", "rated", "unrated", "rated"]
    assert {row["state"] for row in listed(reseller, "--written-off")} == {"idle: it is rated after all"}


def test_a_restored_call_waits_again(reseller):
    [call] = [row["call_id"] for row in listed(reseller) if row["customer"] == "B"]
    belnota(reseller, "suspense", "write-off", call, "--by", "Anna", "--because", "x")
    reseller.night()
    belnota(reseller, "suspense", "restore", call)
    reseller.night()

    assert call in {row["call_id"] for row in listed(reseller)}
    assert listed(reseller, "--written-off") == []
    with reseller.open() as workspace, pytest.raises(Refused, match="not written off; see"):
        restore(workspace, [call], actor="Anna")


def test_a_call_of_nobodys_that_is_written_off_stays_behind_in_its_month(reseller):
    with reseller.open() as workspace:
        write_off(workspace, Selection(reason="unknown_number", called="+31 20 333 3333"), actor="Anna", because="x")
    reseller.night()
    reseller.close(SEPTEMBER)

    with reseller.open() as workspace:
        rated = workspace.lake.scan("rated_calls").collect()
    assert dict(rated.select("own_number", "billing_period").rows())[STRANGER] == "2026-09"
    assert set(rated.filter(pl.col("customer_id").is_not_null())["billing_period"]) == {"2026-10"}


def test_what_cannot_be_written_off_is_refused_with_its_reason(reseller, monkeypatch):
    calls = {row["customer"]: row["call_id"] for row in listed(reseller)}
    with reseller.open() as workspace:
        refused(workspace, "write 1 to 200 characters", calls["B"], because=" ")
        refused(workspace, "write 1 to 200 characters", calls["B"], actor="a\nb")
        refused(workspace, "there is no such call", calls["B"], "asterisk/none")
        refused(workspace, "no call in suspense is like that", reason="too_long")
        write_off(workspace, Selection([calls["B"]]), actor="Anna", because="test calls")
        refused(workspace, "written off already by Anna on 2027-06-01: test calls", calls["B"])
    monkeypatch.setattr(small_reseller, "RATES", small_reseller.RATES.replace("\n32,", "\n31,"))
    reseller.import_deck()
    reseller.night()
    with reseller.open() as workspace:
        refused(workspace, "it is not in suspense: it is rated", calls["A"])
    reseller.close(SEPTEMBER)
    with reseller.open() as workspace:
        refused(workspace, "the month 2026-09 is closed", calls["A"])
        with pytest.raises(Refused, match="the month 2026-09 is closed"):
            restore(workspace, [calls["B"]], actor="Anna")
        assert set(invoicing.closed_periods(workspace.store.engine.connect())) == {str(SEPTEMBER)} != {str(OCTOBER)}


def refused(workspace, match, *call_ids, actor="Anna", because="x", reason=""):
    with pytest.raises(Refused, match=match):
        write_off(workspace, Selection(call_ids, reason), actor=actor, because=because)


@pytest.mark.parametrize("words", [[], ["a/b", "--number", "020"]], ids=["nothing", "both"])
def test_calls_are_named_or_chosen_not_both_and_not_neither(reseller, words):
    with pytest.raises(Refused, match="not both, and not neither"):
        belnota(reseller, "suspense", "write-off", *words, "--by", "Anna", "--because", "x")
