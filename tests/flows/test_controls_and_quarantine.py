"""Quarantine, refused files, controls and alarms at the command line and through a night: told, mended, billed once."""

import datetime as dt
import json
import re
from copy import copy

import polars as pl
import pytest
from typer.testing import CliRunner

from belnota.errors import ControlsDoNotBalance
from pipelines.cli import app
from pipelines.night import run_night
from pipelines.publishing import publish_release
from pipelines.second import second_opinion
from pipelines.workspace import silent
from tests.flows.conftest import copy_of
from tests.lib.small_reseller import SmallReseller
from warehouse import query

BAD = '"","+31201111111","+31203333333","internal","x","SIP/a","SIP/b","Dial","x"'
ON = dt.date(2026, 10, 6)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Two customers with five weeks of calls, thirty each weekday, a bad line, and a file nobody claims."""
    reseller = SmallReseller(tmp_path_factory.mktemp("reseller") / "workspace")
    first = dt.date(2026, 8, 31)
    for day in (first + dt.timedelta(days=ago) for ago in range(36)):
        if day.isoweekday() < 6:
            calls = [("AB"[n % 2], f"{day} 10:{n:02d}:00", 60 + n) for n in range(30)]
            reseller.calls(*calls)
    inbox = reseller.folder / "inbox"
    (inbox / "asterisk-9999.csv").write_text(f"{BAD}\n")
    (inbox / "strange.csv").write_text("a,b\n")
    with reseller.open(dt.datetime.combine(ON, dt.time(2, 15), dt.UTC)) as workspace:
        run_night(workspace, ON, silent)
    return reseller


@pytest.fixture
def made(once, tmp_path):
    """A copy that a test may spoil."""
    mine = copy(once)
    mine.folder = copy_of(once.folder, tmp_path / "workspace")
    return mine


def belnota(reseller, *words, exit_code=0):
    run = CliRunner().invoke(app, [*words, "--workspace", str(reseller.folder)])
    if exit_code == 0 and run.exception and not isinstance(run.exception, SystemExit):
        raise run.exception
    return run.stdout


def test_a_night_ties_out_and_leaves_a_page(made):
    page = (made.folder / "controls.html").read_text()
    assert "Everything ties out and is published" in page
    table = query(made.folder / "analytics.duckdb", "select distinct control from report.controls order by all")
    assert {"C1", "C3", "C4", "C5", "C6", "C10", "C11", "C12"} <= set(table["control"])
    every = json.loads(belnota(made, "controls", "--json", "--on", str(ON)))
    sample = [row for row in every if (row["control"], row["scope"]) == ("C12", "2026-09")]
    (opinion,) = [row for row in sample if row["unit"] == "calls of the sample"]
    assert opinion["left"] == opinion["right"] > 100


def test_a_missing_day_is_an_alarm_that_does_not_hold_up_the_night(made):
    """The day after the files ended: nothing came on a Monday, on which thirty calls come."""
    later = dt.datetime(2026, 10, 13, 2, 15, tzinfo=dt.UTC)
    with made.open(later) as workspace:
        done = publish_release(workspace, later.date(), silent)
    monday = "C10 (volume of calls) pbx 2026-10-12, calls: Monday: 0, against 30 as the median of the 6 Mondays before"
    assert f"{monday}: none at all" in done.alarms
    assert "Alarm" in (made.folder / "controls.html").read_text()
    assert re.search(r"C10 +\d alarms", belnota(made, "controls", "--on", "2026-10-13"))


def test_whoever_looks_weeks_later_sees_what_the_last_night_saw(made):
    """No night ran since, so nothing that should have come since then is missing yet."""
    said = belnota(made, "controls")
    assert f"As of the last night, that of {ON}" in said
    assert "nothing alarming" in said
    made.night(dt.date(2026, 10, 13))
    assert "As of the last night, that of 2026-10-13" in belnota(made, "controls")
    assert re.search(r"C10 +\d alarms", belnota(made, "controls"))
    assert re.search(r"C10 +nothing alarming", belnota(made, "controls", "--on", str(ON)))


def test_a_price_that_somebody_changed_in_the_lake_is_found_and_nothing_is_published(made):
    with made.open() as workspace:
        version = workspace.lake.version("rated_calls")
        before = workspace.lake.scan("rated_calls", periods=["2026-09"]).collect()
        again = second_opinion(workspace, version)
        sampled = again.filter(period="2026-09").row(0, named=True)
        is_it = (pl.col("file_id") == sampled["file_id"]) & (pl.col("line_number") == sampled["line_number"])
        one_more = pl.col("charge_micro_eur") + is_it.cast(pl.Int64)
        try:
            workspace.lake.replace("rated_calls", "2026-09", before.with_columns(charge_micro_eur=one_more))
            with pytest.raises(ControlsDoNotBalance, match=r"C12 \(second opinion on prices\) 2026-09"):
                publish_release(workspace, ON, silent)
            page = (made.folder / "controls.html").read_text()
        finally:
            workspace.lake.replace("rated_calls", "2026-09", before)
    assert again["is_same"].all()
    assert "This does not tie out" in page
    assert "What to do: after an import of price lists or accounts" in page


def test_the_commands_of_quarantine(made):
    listed = json.loads(belnota(made, "quarantine", "list", "--json"))
    columns = ("file_name", "line_number", "reason")
    assert [tuple(row[name] for name in columns) for row in listed] == [("asterisk-9999.csv", 1, "columns")]
    assert "asterisk-9999.csv" in belnota(made, "quarantine", "list", "--counts")
    shown = belnota(made, "quarantine", "show", "asterisk-9999.csv", "1")
    assert BAD in shown
    assert "open: it waits for a fix or a decision" in shown
    assert "still bad" in belnota(made, "quarantine", "retry")

    who = ("--by", "Anna", "--because", "a test of the switch")
    assert "1 line dropped" in belnota(made, "quarantine", "drop", "asterisk-9999.csv", "1", *who)
    assert "no line in quarantine" not in belnota(made, "quarantine", "list", "--state", "dropped")
    assert belnota(made, "quarantine", "list").strip() == "the quarantine is empty"
    made.night(ON)
    view = "select state, decided_by, because from report.quarantine"
    assert query(made.folder / "analytics.duckdb", view).rows() == [("dropped", "Anna", "a test of the switch")]
    assert "1 open again" in belnota(made, "quarantine", "restore", "asterisk-9999.csv", "1", *who)


def test_the_commands_of_files(made):
    listed = json.loads(belnota(made, "files", "list", "--json"))
    assert [(row["file_name"], row["state"]) for row in listed] == [("strange.csv", "refused")]
    assert "no_feed" in belnota(made, "files", "show", "strange.csv")
    assert "refused: strange.csv: no feed claims this name" in belnota(made, "files", "retry", "--all", exit_code=2)
    settings = made.folder / "belnota.toml"
    before = settings.read_text()
    settings.write_text(before.replace('files = "asterisk-*.csv"', 'files = "[as]*.csv"'))
    assert "accepted" in belnota(made, "files", "retry", "strange.csv")
    settings.write_text(before)
    assert belnota(made, "files", "list").strip() == "no file is refused"
    mended = json.loads(belnota(made, "files", "list", "--state", "mended", "--json"))
    assert [row["file_name"] for row in mended] == ["strange.csv", "strange.csv"]
