"""What happens between a night and a close, around closed months, and when a commit is cut off."""

import datetime as dt

import pytest

import invoicing
from belnota.errors import Refused, UnableToFinish
from pipelines import closing
from pipelines import ingest as step
from pipelines.ingest import ingest
from pipelines.issuing import settle
from pipelines.rate_periods import rate_open_periods
from pipelines.workspace import silent
from tests.lib.small_reseller import DECEMBER, NOVEMBER, OCTOBER, POST_BOX, SEPTEMBER, SmallReseller
from warehouse import query


@pytest.fixture
def reseller(tmp_path):
    return SmallReseller(tmp_path / "workspace")


def states(reseller):
    with reseller.open() as workspace, workspace.store.reading() as tx:
        return dict(invoicing.status(tx).select("period", "state").rows())


def test_a_draft_rates_and_publishes_first_so_that_no_call_falls_between(reseller):
    """A night that died between rating and publishing, then a close."""
    reseller.calls(("A", "2026-09-05 10:00:00", 7200))
    reseller.night()
    reseller.calls(("A", "2026-09-06 10:00:00", 3600))
    with reseller.open() as workspace:
        ingest(workspace.settings, workspace.store, workspace.lake, files=None, now=workspace.clock(), progress=silent)
        rate_open_periods(workspace, silent)
    reseller.close(SEPTEMBER)
    assert reseller.lines("usage") == [("2026-09", "A", "2026-09", 4800)]  # 80 minutes beyond the bundle
    assert reseller.night().is_idle


def test_a_night_on_which_nothing_came_says_so_in_what_analysts_read(reseller):
    """How far behind a feed is, and which alarms are raised, follows the night; an earlier night again is no news."""
    reseller.calls(("A", "2026-09-05 10:00:00", 7200))
    nights = [dt.date(2026, 9, 6), dt.date(2026, 9, 16), dt.date(2026, 9, 16), dt.date(2026, 9, 6)]
    assert [reseller.night(on).published.is_new for on in nights] == [True, True, False, False]
    with reseller.open() as workspace:
        (row,) = query(workspace.settings.published, "select run_on, days_behind from meta.freshness").rows()
    assert row == (dt.date(2026, 9, 16), 11)


def test_a_draft_uses_accounts_as_they_are_now(reseller):
    reseller.calls(("B", "2026-09-20 10:00:00", 7200))
    reseller.night()
    reseller.owner["B1"] = "A"
    reseller.import_accounts()
    reseller.close(SEPTEMBER)
    assert reseller.lines("usage") == [("2026-09", "A", "2026-09", 1200)]
    assert [who for _, who, _, _ in reseller.lines("fee")] == ["A", "A"]


def test_a_commit_refuses_what_changed_since_the_approval(reseller):
    reseller.calls(("A", "2026-09-05 10:00:00", 7200))
    reseller.night()
    with reseller.open() as workspace:
        order = reseller.order(workspace, SEPTEMBER)
        reseller.fee = "11.00"
        reseller.import_accounts()
        with pytest.raises(Refused, match="changed since it was approved: customer A"):
            closing.commit(workspace, order, silent)


def test_months_are_closed_in_their_order(reseller):
    reseller.calls(("A", "2026-09-05 10:00:00", 60), ("A", "2026-10-05 10:00:00", 60))
    reseller.night()
    with pytest.raises(Refused, match="2026-09 has calls and is not closed"):
        reseller.close(OCTOBER)
    reseller.close(SEPTEMBER)
    reseller.close(OCTOBER)
    with pytest.raises(Refused, match="2026-09 is closed already"):
        reseller.close(type(SEPTEMBER)(2026, 8))


def test_calls_of_before_the_first_period_are_billed_in_it_without_the_fees_of_their_month(reseller):
    reseller.calls(("A", "2026-08-31 23:50:00", 12_000), ("A", "2026-09-05 10:00:00", 60))
    reseller.night()
    with pytest.raises(Refused, match='set first_period = "2026-09"'):
        reseller.close(SEPTEMBER)
    settings = reseller.folder / "belnota.toml"
    settings.write_text(settings.read_text().replace('first_period = ""', 'first_period = "2026-09"'))
    reseller.night()
    reseller.close(SEPTEMBER)
    assert reseller.lines("usage") == [("2026-09", "A", "2026-08", 6000), ("2026-09", "A", "2026-09", 0)]
    assert {used for _, _, used, _ in reseller.lines("fee")} == {"2026-09"}


def test_parked_fees_are_billed_once_and_as_they_were_drafted(reseller):
    """Parked two months in a row, a month without a close between, and dearer since."""
    reseller.streets["B"] = POST_BOX
    reseller.import_accounts()
    reseller.calls(("B", "2026-09-05 10:00:00", 7200), ("B", "2026-10-05 10:00:00", 60))
    reseller.night()
    reseller.close(SEPTEMBER)
    reseller.close(OCTOBER)
    reseller.streets["B"] = "Straat 1"
    reseller.fee = "12.50"
    reseller.import_accounts()
    reseller.calls(("A", "2026-11-05 10:00:00", 60))
    reseller.night()
    reseller.close(NOVEMBER)
    reseller.close(DECEMBER)
    of_b = [line for line in reseller.lines("fee") if line[1] == "B"]
    assert of_b == [
        ("2026-11", "B", "2026-09", 1000),
        ("2026-11", "B", "2026-10", 1000),
        ("2026-11", "B", "2026-11", 1250),
        ("2026-12", "B", "2026-12", 1250),
    ]
    assert [line for line in reseller.lines("usage") if line[1] == "B"] == [
        ("2026-11", "B", "2026-09", 1200),
        ("2026-11", "B", "2026-10", 0),
    ]


def test_a_parked_fee_follows_its_customer_when_the_subscription_moves(reseller):
    reseller.streets["B"] = POST_BOX
    reseller.import_accounts()
    reseller.calls(("A", "2026-09-05 10:00:00", 60))
    reseller.night()
    reseller.close(SEPTEMBER)
    reseller.streets["B"], reseller.owner["B1"] = "Straat 1", "A"
    reseller.import_accounts()
    reseller.night()
    reseller.close(OCTOBER)
    september = [line for line in reseller.lines("fee") if line[2] == "2026-09"]
    assert september == [("2026-09", "A", "2026-09", 1000), ("2026-10", "B", "2026-09", 1000)]


@pytest.mark.parametrize(("minutes_now", "free_seconds"), [(100, 1200), (50, 1200), (10, 1200), (200, 1200)], ids=str)
def test_a_closed_months_bundle_is_what_the_close_billed_with(reseller, minutes_now, free_seconds):
    """80 of 100 minutes were billed; a late call finds 20, whatever the catalogue says since."""
    reseller.calls(("A", "2026-09-05 10:00:00", 4800))
    reseller.night()
    reseller.close(SEPTEMBER)
    reseller.minutes = minutes_now
    reseller.import_accounts()
    reseller.calls(("A", "2026-09-06 10:00:00", 1800))
    reseller.night()
    assert reseller.late_charges("2026-10") == [("2026-09", "A", free_seconds, 6_000_000)]


@pytest.mark.parametrize("steps", ["number", "half of settle", "settle", "render"])
def test_a_commit_that_was_cut_off_is_finished_by_the_next_night(reseller, steps, monkeypatch):
    reseller.streets["B"] = POST_BOX
    reseller.import_accounts()
    reseller.calls(("A", "2026-09-05 10:00:00", 7200), ("B", "2026-09-05 10:00:00", 7200))
    reseller.night()
    with reseller.open() as workspace:
        order = reseller.order(workspace, SEPTEMBER)
        closing.number(workspace, order, silent)
        if steps == "half of settle":
            replace, calls = type(workspace.lake).replace, []

            def once(lake, *arguments):
                calls.append(arguments)
                if len(calls) > 1:
                    raise OSError("killed")
                return replace(lake, *arguments)

            with monkeypatch.context() as patched:
                patched.setattr(type(workspace.lake), "replace", once)
                with pytest.raises(OSError, match="killed"):
                    settle(workspace, SEPTEMBER)
        elif steps != "number":
            settle(workspace, SEPTEMBER)
            if steps == "render":
                closing.render(workspace, order, silent)
    assert states(reseller) == {"2026-09": "committed"}
    reseller.night()
    assert states(reseller) == {"2026-09": "sent"}
    assert len(list((reseller.folder / "invoices").rglob("*.pdf"))) == 1
    assert [path.name[:7] for path in (reseller.folder / "outbox").glob("invoice*.eml")] == ["invoice"]
    assert reseller.late_charges("2026-10") == [("2026-09", "B", 6000, 12_000_000)]
    assert reseller.night().is_idle


def test_the_next_months_commit_finishes_one_that_was_cut_off(reseller):
    reseller.calls(("A", "2026-09-05 10:00:00", 7200), ("A", "2026-10-05 10:00:00", 60))
    reseller.night()
    with reseller.open() as workspace:
        september, october = reseller.order(workspace, SEPTEMBER), reseller.order(workspace, OCTOBER)
        closing.number(workspace, september, silent)
        with pytest.raises(Refused, match="changed since it was approved"):  # it now compares with September's total
            closing.commit(workspace, october, silent)
    reseller.close(OCTOBER)
    assert states(reseller) == {"2026-09": "sent", "2026-10": "sent"}
    assert len(list((reseller.folder / "outbox").glob("invoice*.eml"))) == 4


def test_a_first_period_set_too_late_takes_nothing_out_of_committed_months(reseller):
    reseller.calls(("A", "2026-09-05 10:00:00", 7200))
    reseller.night()
    reseller.close(SEPTEMBER)
    settings = reseller.folder / "belnota.toml"
    settings.write_text(settings.read_text().replace('first_period = ""', 'first_period = "2026-11"'))
    assert reseller.night().rated.periods == ()
    reseller.calls(("A", "2026-09-06 10:00:00", 60), ("A", "2026-10-06 10:00:00", 60))
    reseller.night()
    assert [period for period, *_ in reseller.late_charges("2026-11")] == ["2026-09", "2026-10"]


def test_a_file_that_cannot_be_taken_in_waits_and_the_night_does_the_rest(reseller, monkeypatch):
    reseller.calls(("A", "2026-09-05 10:00:00", 7200))
    reseller.calls(("A", "2026-09-06 10:00:00", 60))
    bad = reseller.folder / "inbox" / "asterisk-0001.csv"
    content_of = step.content_of

    def unreadable(path, *others):
        if path.name == bad.name:
            raise PermissionError(13, "Permission denied", str(path))
        return content_of(path, *others)

    with monkeypatch.context() as patched:
        patched.setattr(step, "content_of", unreadable)
        with pytest.raises(UnableToFinish, match=r"asterisk-0001\.csv: Permission denied"):
            reseller.night()
    with reseller.open() as workspace:
        assert workspace.lake.scan("rated_calls").collect().height == 1
    assert bad.exists()
    assert reseller.night().ingested.calls_accepted == 1


def test_an_empty_workspace_has_a_quiet_night_and_a_close_of_fees_only(reseller):
    assert reseller.night().rated.periods == ()
    reseller.close(SEPTEMBER)
    assert reseller.lines("fee") == [("2026-09", "A", "2026-09", 1000), ("2026-09", "B", "2026-09", 1000)]
