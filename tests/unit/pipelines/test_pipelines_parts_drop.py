"""Calls that wait for a part: a quarantined line may become the part, and what will never come is dropped by name."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from belnota.errors import Refused
from belnota.settings import Feed
from belnota.store.quarantine import quarantine_retries
from belnota.store.schema import events
from pipelines import quarantine_retry
from pipelines.cli import app
from pipelines.feeds import flatstore
from pipelines.parts_drop import Chosen, drop, restore
from pipelines.parts_list import overview
from pipelines.quarantine import finish_retries
from tests.lib.parts_place import SIP, bye, invite
from tests.lib.workbench import Workbench
from warehouse import Lake

WRONG = replace(SIP, options={"caller": 8, "called": 9, "own": "called"})
A = "sip/a@pbx|from-a|to-a"
WHO = {"actor": "Anna", "because": "the switch was restarted"}


@pytest.fixture
def bench(tmp_path, migrated_sqlite):
    made = Workbench(tmp_path / "workspace", migrated_sqlite)
    made.with_feeds(SIP)
    yield made
    made.close()


def bad_bye(call, at):
    """A hangup that cannot be read: its columns are one too few."""
    return bye(call, at).removesuffix("|")


def mended(monkeypatch):
    """Let the reader know the shorter lines."""
    monkeypatch.setattr(flatstore, "scan", _longer(flatstore.scan))


def _longer(scan):
    def scanned(content, *arguments, **names):
        lines = [line + b"|" if line.count(b"|") == 7 else line for line in content.split(b"\n")]
        return scan(b"\n".join(lines), *arguments, **names)

    return scanned


def waiting(bench, state="waiting"):
    return [row["call_id"] for row in overview(bench.workspace, state=state)]


def parts(bench):
    return sorted(bench.workspace.lake.scan("call_parts").select("key", "role").collect().rows())


@pytest.fixture
def day(bench):
    """An answer whose hangup cannot be read, and another call that is whole."""
    bench.take_in("acc-1.log", [invite("a"), invite("b"), bye("b", 30), bad_bye("a", 65)])
    assert [(line, state) for line, state, *_ in bench.states()] == [(4, "open")]
    assert len(waiting(bench)) == 1
    return bench


def test_a_retried_line_becomes_the_part_that_a_call_waited_for(day, monkeypatch):
    before = day.register()
    mended(monkeypatch)
    done = day.retry()
    assert (done.parts, done.assembled, done.calls, done.still_bad) == (1, 1, 0, 0)
    assert [line for _, line in day.calls()] == [4, 3]
    assert [quantity for (quantity,) in _quantities(day)] == [30, 65]
    assert [(line, state, became) for line, state, became, _ in day.states()] == [(4, "retried", "part")]
    assert waiting(day) == []
    assert day.unbalanced() == []
    assert day.register().equals(before), "what was counted on arrival stays as it was counted"
    assert day.retry().tried == 0


def _quantities(bench):
    return bench.workspace.lake.scan("calls").select("quantity").sort("quantity").collect().rows()


def test_a_retried_line_may_only_wait_too(bench, monkeypatch):
    bench.take_in("acc-1.log", [bad_bye("a", 65), invite("b"), bye("b", 1)])
    mended(monkeypatch)
    done = bench.retry()
    assert (done.parts, done.assembled) == (1, 0)
    assert len(waiting(bench)) == 1
    assert bench.unbalanced() == []
    bench.take_in("acc-2.log", [invite("a")])
    assert _quantities(bench) == [(1,), (65,)]
    assert bench.unbalanced() == []


def test_a_retried_line_of_a_part_that_came_meanwhile_is_known(day, monkeypatch):
    day.take_in("acc-2.log", [bye("a", 65)])
    mended(monkeypatch)
    done = day.retry()
    assert (done.duplicates, done.parts) == (1, 0)
    assert day.unbalanced() == []


def test_a_retried_line_of_another_end_of_a_call_that_is_whole_stays(day, monkeypatch):
    day.take_in("acc-2.log", [bye("a", 60)])
    mended(monkeypatch)
    assert day.retry().still_bad == 1
    assert [(state, reason) for _, state, _, reason in day.states()] == [("open", "late_part")]
    assert day.unbalanced() == []


def test_a_change_of_the_key_is_refused(day, monkeypatch):
    mended(monkeypatch)
    result = quarantine_retry._result

    def other_keys(*arguments):
        found = result(*arguments)
        return replace(found, parts=found.parts.with_columns(pl.col("key") + "-new"))

    with monkeypatch.context() as patch:
        patch.setattr(quarantine_retry, "_result", other_keys)
        ((name, why),) = day.retry().problems
    assert name == "acc-1.log"
    assert "its parts belong to other calls now (line 1 among them)" in why
    assert day.retry().assembled == 1


class _Killed(BaseException):
    """The run dies here."""


@pytest.mark.parametrize("step", ["begun", "parts", "calls", "settle"])
def test_a_retry_of_parts_killed_between_its_steps_is_brought_to_its_end(day, monkeypatch, step):
    mended(monkeypatch)
    append = Lake.append

    def dies(lake, table, frame, *, batch):
        if step == "parts":
            append(lake, table, frame, batch=batch)
        if step != "calls" or table == "calls":
            raise _Killed
        return append(lake, table, frame, batch=batch)

    def killed(*_arguments):
        raise _Killed

    with monkeypatch.context() as patch:
        if step == "settle":
            patch.setattr(quarantine_retry, "settle", killed)
        else:
            patch.setattr(Lake, "append", dies)
        with pytest.raises(_Killed):
            day.retry()
    assert finish_retries(day.workspace) == 1
    assert day.unbalanced() == []
    assert [line for _, line in day.calls()] == [4, 3]
    assert day.retry().tried == 0
    with day.workspace.store.reading() as tx:
        assert list(tx.scalars(sa.select(quarantine_retries.c.state))) == ["done"]
    assert not (day.workspace.settings.workspace / ".retries").exists()


def test_a_retry_of_parts_that_nobody_finished_unbalances(day, monkeypatch):
    """The negative control: the parts are in the lake, the call is not, and nobody counts them."""
    mended(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(quarantine_retry, "settle", lambda *_: (_ for _ in ()).throw(_Killed()))
        with pytest.raises(_Killed):
            day.retry()
    assert {unit for _, _, unit in day.unbalanced()} >= {"parts of calls", "assembled calls"}


# --- dropped -------------------------------------------------------------------------------------------------------


@pytest.fixture
def orphans(bench):
    bench.take_in("acc-1.log", [invite("a"), invite("c"), invite("b"), bye("b", 30)])
    return bench


def test_a_dropped_call_waits_no_more_and_is_counted(orphans):
    done = drop(orphans.workspace, Chosen((A,)), **WHO)
    assert [row["call_id"] for row in done] == [A]
    assert waiting(orphans) == ["sip/c@pbx|from-c|to-c"]
    assert waiting(orphans, "dropped") == [A]
    (row,) = overview(orphans.workspace, state="dropped")
    assert (row["decided_by"], row["because"], row["parts"]) == ("Anna", WHO["because"], 1)
    assert orphans.unbalanced() == []
    assert len(parts(orphans)) == 4, "its part stays where it is"
    with orphans.workspace.store.reading() as tx:
        assert tx.execute(sa.select(events.c.actor, events.c.action, events.c.subject)).all() == [
            ("Anna", "parts dropped", "sip")
        ]


def test_what_comes_after_it_was_dropped_waits_for_somebody_and_can_still_become_the_call(orphans):
    drop(orphans.workspace, Chosen((A,)), **WHO)
    orphans.take_in("acc-2.log", [invite("a"), bye("a", 65)])
    assert [(line, reason) for line, _, _, reason in orphans.states()] == [(2, "late_part")], "the answer is known"
    assert _quantities(orphans) == [(30,)]
    assert orphans.unbalanced() == []
    assert orphans.retry().still_bad == 1
    restore(orphans.workspace, [A], actor="Bert", because="it came")
    assert A in waiting(orphans)
    assert orphans.retry().assembled == 1
    assert _quantities(orphans) == [(30,), (65,)]
    assert orphans.unbalanced() == []


def test_many_are_dropped_by_age_with_their_count(orphans):
    older = Chosen(feed="sip", older_than_days=0)
    with pytest.raises(Refused, match="2 calls that wait are like that and say how many you mean"):
        drop(orphans.workspace, older, **WHO)
    with pytest.raises(Refused, match="you said 3"):
        drop(orphans.workspace, older, **WHO, count=3)
    assert len(drop(orphans.workspace, older, **WHO, count=2)) == 2
    assert waiting(orphans) == []
    with pytest.raises(Refused, match="no call that waits is like that"):
        drop(orphans.workspace, older, **WHO, count=0)


@pytest.mark.parametrize(
    ("call", "said"), [("sip/b@pbx|from-b|to-b", "is no call that waits"), ("sip/x", "is no call that waits")]
)
def test_only_what_waits_can_be_dropped(orphans, call, said):
    with pytest.raises(Refused, match=said):
        drop(orphans.workspace, Chosen((A, call)), **WHO)
    assert len(waiting(orphans)) == 2, "nothing was changed"
    with pytest.raises(Refused, match="is waiting; only what is dropped can be"):
        restore(orphans.workspace, [A], **WHO)


def test_a_dropped_call_that_is_billed_all_the_same_unbalances(orphans):
    drop(orphans.workspace, Chosen((A,)), **WHO)
    stored = orphans.workspace.lake.scan("calls").collect()
    orphans.workspace.lake.append("calls", stored.with_columns(call_id=pl.lit(A)), batch="by hand")
    assert ("C3", "sip", "dropped calls in parts") in orphans.unbalanced()


def test_the_commands(orphans):
    toml = '[[feed]]\nname = "sip"\nformat = "opensips_flatstore"\nfiles = "acc*"\noptions = {caller = 8, called = 9}\n'
    folder = orphans.workspace.settings.workspace
    (folder / "belnota.toml").write_text(toml, encoding="utf-8")

    def belnota(*words):
        run = CliRunner().invoke(app, ["parts", *words, "--workspace", str(folder)])
        assert run.exit_code == 0, run.output
        return run.output

    who = ("--by", "Anna", "--because", "restarted")
    assert "1 call dropped" in belnota("drop", A, *who)
    assert [row["call_id"] for row in json.loads(belnota("list", "--state", "dropped", "--json"))] == [A]
    assert "Anna" in belnota("list", "--state", "all")
    assert "1 waiting again" in belnota("restore", A, *who)
    assert "2 calls dropped" in belnota("drop", "--feed", "sip", "--count", "2", *who)
    assert "no call waits for a part" in belnota("list")
    for wrong in (("drop", *who), ("drop", A, "--feed", "sip", *who), ("list", "--state", "odd")):
        run = CliRunner().invoke(app, ["parts", *wrong, "--workspace", str(folder)])
        assert isinstance(run.exception, Refused)


def test_a_feed_of_parts_and_of_no_parts_retry_alike(bench):
    """A feed without parts never touches them."""
    bench.with_feeds(SIP, Feed("mobiel", "mapping", "mobiel-*.csv", mapping="mobiel.toml"))
    assert bench.retry().tried == 0
