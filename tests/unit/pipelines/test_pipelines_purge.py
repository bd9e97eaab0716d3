"""What is past its time goes for good, the totals go on tying out, and nothing of it comes back."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json

import polars as pl
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

import invoicing
import warehouse
from belnota.errors import ControlsDoNotBalance, Refused
from belnota.store import schema
from pipelines import files_again, publishing, purge
from pipelines.cli import app
from pipelines.explaining.find import find
from pipelines.proof import verify_workspace
from pipelines.purge_plan import due_month, leaves_on, plan_of
from pipelines.purged import counters
from tests.lib import purge_place
from tests.lib.purge_place import FEB, GONE, LATE, MIXED, REFUSED, WAITS, asterisk, at, line, traces

pytestmark = pytest.mark.timeout(300)
AUGUST, SEPTEMBER = at(2026, 8, 1), at(2026, 9, 1)
NONE_LEFT = {where: [] for where in GONE}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Two closed months; tests must not change it."""
    return purge_place.build(tmp_path_factory.mktemp("purge") / "workspace")


@pytest.fixture(scope="module")
def purged(built, tmp_path_factory):
    """After the purge of January; tests must not change it."""
    made = purge_place.copied(built, tmp_path_factory.mktemp("purged") / "workspace", AUGUST)
    made.plan = made.purge()
    return made


@pytest.fixture(scope="module")
def resent(purged, tmp_path_factory):
    """After January's files were sent again: under other names, packed otherwise, and their calls in another file."""
    made = purge_place.copied(purged, tmp_path_factory.mktemp("resent") / "workspace", AUGUST)
    for name, content in purge_place.january().items():
        if name not in ("odd.txt", "asterisk-0006.csv", "asterisk-0007.csv"):
            made.put(name.replace("-", "-again-", 1), content)
    made.put("asterisk-packed.csv", gzip.compress(purge_place.january()["asterisk-0001.csv"]))
    old = line("9.1", "A", "0612345097", "2026-01-05 10:00:00")
    made.put("asterisk-other.csv", asterisk(purge_place.BILLED, old))
    made.night_done = made.run_night()
    return made


@pytest.fixture
def place(built, tmp_path):
    return purge_place.copied(built, tmp_path / "workspace", AUGUST)


def left(place):
    found = traces(place.folder, *GONE.values())
    return {where: found[number] for where, number in GONE.items()}


def controls(place):
    with place.open() as workspace:
        return publishing.reconcile(workspace, place.now.date())[2]


def tree(folder):
    """Hash of every file; SQLite's side files come and go with each reader."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(paths)}


def test_no_purged_number_is_left_in_any_file(built, purged):
    assert all(left(built).values()), "the search does not find them where they are"
    assert left(purged) == NONE_LEFT


@pytest.mark.parametrize("step", ["decisions", "raw files", "shred"])
def test_the_search_finds_what_a_purge_without_one_step_leaves(place, monkeypatch, step):
    """The negative control: what each of these steps is for."""
    steps = {name: act for name, act in purge.STEPS.items() if name not in (step, "publish")}
    monkeypatch.setattr(purge, "STEPS", steps)
    place.purge()
    assert any(left(place).values())


def test_what_is_not_billed_or_billed_later_stays_and_is_named(purged):
    found = traces(purged.folder, LATE, MIXED, FEB, WAITS)
    assert all(found.values())
    assert [where.partition("/")[0] for where in found[MIXED]] == ["archive"]
    stays = {(row.what, row.month, row.why) for row in purged.plan.report if not row.goes}
    assert ("calls", "2026-01", "billed in 2026-02: kept until 2026-08-31") in stays
    assert ("calls", "2026-02", "kept until 2026-08-31") in stays
    assert any("1 wait in suspense" in why for _, _, why in stays)
    assert any("came in the same files" in why for what, _, why in stays if what == "raw files")


def test_the_report_counts_what_goes(purged):
    goes = {row.what: row.rows for row in purged.plan.report if row.goes and row.rows}
    assert goes == {"rated_calls": 6, "calls": 6, "bundle_draws": 2, "call_parts": 3, "quarantine": 2, "raw files": 4}


def test_the_controls_go_on_tying_out_with_the_same_sums(built, purged):
    sums = ("control", "scope", "unit", "left", "right")
    of = pl.col("control").is_in(["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9"])
    before, after = (controls(place).filter(of) for place in (built, purged))
    assert warehouse.imbalances(after) == []
    assert after.select(sums).rows() == before.select(sums).rows()
    assert any("purged" in detail for detail in after["detail"])


def test_invoices_stay_byte_for_byte(built, purged):
    def bills(place):
        pdfs = {path.name: path.read_bytes() for path in sorted((place.folder / "invoices").rglob("*.pdf"))}
        with place.open() as workspace, workspace.store.reading() as tx:
            return pdfs, invoicing.invoice_lines(tx).rows()

    assert bills(purged) == bills(built)
    assert len(bills(purged)[0]) == 4


def test_what_is_kept_is_verified_and_what_is_gone_is_not_missed(purged):
    with purged.open() as workspace:
        checked, problems = verify_workspace(workspace)
    assert (problems, checked > 0) == ([], True)


def test_a_dry_run_changes_nothing_and_says_what_the_purge_does(place, purged):
    before = tree(place.folder)
    with place.open() as workspace:
        plan = plan_of(workspace)
    assert tree(place.folder) == before
    assert [(row.what, row.month, row.rows, row.why) for row in plan.report] == [
        (row.what, row.month, row.rows, row.why) for row in purged.plan.report
    ]


def test_nothing_is_purged_while_the_figures_do_not_tie_out(place, monkeypatch):
    before = tree(place.folder)
    monkeypatch.setattr(purge.warehouse, "balanced", lambda _: False)
    with pytest.raises(ControlsDoNotBalance, match="nothing was purged"):
        place.purge()
    assert {name for name, digest in tree(place.folder).items() if before.get(name) != digest} <= {".lock"}


def test_a_second_purge_finds_nothing_to_do_and_the_next_month_goes_by_its_own_clock(purged, tmp_path):
    place = purge_place.copied(purged, tmp_path / "workspace", AUGUST)
    place.run_night()
    before = tree(place.folder)
    assert place.purge().is_empty
    assert {name for name, digest in tree(place.folder).items() if before.get(name) != digest} <= {".lock"}
    place.now = SEPTEMBER
    place.purge()
    found = traces(place.folder, LATE, MIXED, FEB, REFUSED, WAITS)
    assert found.pop(WAITS)
    assert not any(found.values()), found
    assert warehouse.imbalances(controls(place)) == []


def test_what_is_sent_again_is_refused_and_not_kept(resent):
    refused = dict(resent.night_done.ingested.refused)
    assert len(refused) == 6
    assert "came before and was purged on 2026-08-01" in refused["asterisk-packed.csv"]
    assert "all its 2 calls are of months up to 2026-01" in refused["asterisk-other.csv"]
    assert left(resent) == NONE_LEFT
    assert warehouse.imbalances(controls(resent)) == []
    with resent.open() as workspace:
        assert verify_workspace(workspace)[1] == []
        files = files_again.files(workspace)
    assert files.filter(file_name="asterisk-other.csv")["state"].to_list() == ["purged"]


def test_among_new_calls_they_go_to_quarantine_without_their_text(purged, tmp_path):
    place = purge_place.copied(purged, tmp_path / "workspace", AUGUST)
    new = line("9.2", "A", "0612345096", "2026-07-05 10:00:00")
    place.put("asterisk-0009.csv", asterisk(purge_place.BILLED, new))
    night = place.run_night()
    assert (night.ingested.calls_accepted, night.ingested.lines_quarantined) == (1, 1)
    [found] = traces(place.folder, GONE["billed"]).values()
    assert [where.partition("/")[0] for where in found] == ["archive"]  # the raw file, whole, until July goes
    with place.open() as workspace:
        bad = workspace.lake.scan("quarantine").filter(reason="purged_period").collect()
    assert bad["detail"].to_list() == ["call details of 2026-01 were purged, so it cannot be billed any more"]


def test_a_question_about_a_purged_call_gets_a_plain_answer(purged):
    with purged.open() as workspace, pytest.raises(Refused, match="months up to 2026-01 were purged on 2026-08-01"):
        find(workspace, "pbx/1.1")


def test_months_go_when_they_are_closed_and_over_for_long_enough():
    assert leaves_on("2026-01", 6) == dt.date(2026, 8, 1)
    committed = {"2026-01", "2026-02"}
    assert due_month(committed, dt.date(2026, 7, 31), 6) == ""
    assert due_month(committed, dt.date(2026, 8, 1), 6) == "2026-01"
    assert due_month(committed, dt.date(2027, 8, 1), 6) == "2026-02"


class _Killed(BaseException):
    pass


def test_a_purge_killed_around_every_step_is_ended_by_the_next_run(place, purged, monkeypatch):
    for name, act in purge.STEPS.items():
        for is_done in (False, True):

            def dying(workspace, begun, act=act, is_done=is_done):
                if is_done:
                    act(workspace, begun)
                raise _Killed

            if name == "publish" and not is_done:
                continue  # as after the step before
            with monkeypatch.context() as patched:
                patched.setattr(purge, "STEPS", {**purge.STEPS, name: dying})
                with pytest.raises(_Killed):
                    place.purge()
    assert place.purge().is_empty
    same_as(place, purged)


@pytest.mark.parametrize("touch", [2, 4])
def test_a_purge_killed_inside_a_step_is_ended_by_the_next_night(place, purged, monkeypatch, touch):
    done = []
    replace = warehouse.Lake.replace

    def dying(lake, table, partition, frames):
        done.append(table)
        if len(done) == touch:
            raise _Killed
        return replace(lake, table, partition, frames)

    with monkeypatch.context() as patched:
        patched.setattr(warehouse.Lake, "replace", dying)
        with pytest.raises(_Killed):
            place.purge()
    place.run_night()
    same_as(place, purged)


def same_as(place, purged):
    assert left(place) == NONE_LEFT
    of = pl.col("kind").cast(pl.String) == "balance"
    one, other = (controls(each).filter(of).drop("detail").rows() for each in (place, purged))
    assert one == other
    with place.open() as workspace, workspace.store.reading() as tx:
        ours = {name: frame.rows() for name, frame in counters(tx).items()}
    with purged.open() as workspace, workspace.store.reading() as tx:
        theirs = {name: frame.rows() for name, frame in counters(tx).items()}
    assert ours == theirs


def test_invoices_go_after_their_years_and_their_numbers_and_amounts_stay(purged, tmp_path):
    place = purge_place.copied(purged, tmp_path / "workspace", at(2033, 12, 31))
    with place.open() as workspace, workspace.store.reading() as tx:
        whole = invoicing.invoices(tx)
        assert plan_of(workspace).invoices.numbers == ()
    place.now = at(2034, 1, 1)
    with place.open() as workspace:
        plan = plan_of(workspace)
    assert set(plan.invoices.numbers) == set(whole["invoice_number"])
    place.purge()
    assert list((place.folder / "invoices").rglob("*.pdf")) == []
    assert list((place.folder / "outbox").rglob("*.eml")) == []
    with place.open() as workspace, workspace.store.reading() as tx:
        assert set(tx.scalars(sa.select(schema.invoices.c.content))) == {""}
        assert tx.execute(sa.select(schema.invoice_drafts)).all() == []
        assert set(tx.scalars(sa.select(schema.outbox.c.message))) == {b""}
        assert invoicing.tombstones(tx) == 4
        assert invoicing.verify(tx, workspace.settings.invoices) == []
        with pytest.raises(Refused, match=r"2026-000001 of 2026-02-02, .* was purged on 2034-01-01"):
            invoicing.invoice(tx, "2026-000001")
        kept = invoicing.status(tx).select("period", "invoices", "gross_cents").rows()
    assert kept == [(p, 2, whole.filter(period=p)["gross_cents"].sum()) for p in ("2026-01", "2026-02")]
    assert warehouse.imbalances(controls(place)) == []
    assert place.purge().is_empty


def test_invoices_never_go_before_the_calls_of_their_months(purged, tmp_path):
    place = purge_place.copied(purged, tmp_path / "workspace", at(2028, 1, 1))
    settings = place.folder / "belnota.toml"
    text = settings.read_text().replace("calls_months = 6", "calls_months = 60")
    settings.write_text(text.replace("invoices_years = 7", "invoices_years = 1"))
    with place.open() as workspace:
        assert plan_of(workspace).invoices.numbers == ()


def command(place, *arguments):
    return CliRunner().invoke(app, ["purge", *arguments, "--workspace", str(place.folder)])


def test_the_command_asks_before_it_takes_anything(place):
    before = tree(place.folder)
    asked = command(place)
    assert isinstance(asked.exception, Refused)
    assert "nobody can be asked here; look at the report, then add --yes" in str(asked.exception)
    assert "would go" in asked.output
    assert tree(place.folder) == before
    told = command(place, "--dry-run", "--json")
    assert json.loads(told.output)["calls_through"] >= "2026-01"
    assert tree(place.folder) == before
    done = command(place, "--yes", "--by", "Anna")
    assert "went" in done.output
    assert left(place) == NONE_LEFT
    assert "nothing is past its time" in command(place, "--dry-run").output
