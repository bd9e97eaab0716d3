"""What a run stored of a file before it died is undone when the file is read otherwise the next time.

Between the two a mapping may have been mended, the clock have gone on, or a setting have changed. Rows of the first
reading beside counts of the second would not tie out for ever after, or tie out and be billed wrongly.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
from dataclasses import replace

import pytest

from belnota.settings import Night
from pipelines import ingest as step
from pipelines.ingest import ingest
from pipelines.reading import Unreadable
from pipelines.reading_child import read_here
from pipelines.workspace import silent
from tests.lib.raw_files import content, mobiel_file, mobiel_line
from tests.lib.workbench import FEEDS, NOW, Workbench
from warehouse import delta_log
from warehouse.lake_files import Staged
from warehouse.lake_tables import TABLES

FAX = mobiel_line(9, soort="FAX")


class Killed(BaseException):
    pass


@pytest.fixture
def bench(tmp_path, migrated_sqlite):
    made = Workbench(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.close()


def put(bench, name, lines):
    path = bench.workspace.settings.inbox / name
    path.write_bytes(content(lines))
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return path


def night(bench, reading=read_here, files=None, **settings):
    own = bench.workspace
    wanted = replace(own.settings, night=Night(**{"settle_seconds": 0} | settings))
    return ingest(wanted, own.store, own.lake, files=files, now=bench.now, progress=silent, reading=reading)


def dies(bench, monkeypatch, **options):
    """A night that is killed when it has stored all of a file, and has not registered it."""

    def die(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(step.register, "add", die)
        with pytest.raises(Killed):
            night(bench, **options)


def quantities(bench):
    return dict(bench.workspace.lake.scan("calls").select("call_id", "quantity").collect().rows())


def test_a_mapping_mended_after_the_kill_decides_all_of_the_file(bench, monkeypatch):
    """As many calls and as many lines as before: only what they say is other, so no control would see it."""
    bench.map(duur_sec="bytes_op")
    put(bench, "mobiel-1.csv", [*mobiel_file(0), *(mobiel_line(n, bytes_op="7") for n in (1, 2))])
    dies(bench, monkeypatch)
    assert quantities(bench) == {"mobiel/M1": 7, "mobiel/M2": 7}
    bench.map()
    night(bench)
    assert quantities(bench) == {"mobiel/M1": 60, "mobiel/M2": 60}
    assert bench.unbalanced() == []


def test_a_line_that_is_a_call_only_the_second_time_is_stored(bench, monkeypatch):
    put(bench, "mobiel-1.csv", [*mobiel_file(2), FAX])
    dies(bench, monkeypatch)
    bench.fix()
    done = night(bench)
    assert (done.calls_accepted, done.lines_quarantined, bench.states()) == (3, 0, [])
    assert sorted(quantities(bench)) == ["mobiel/M1", "mobiel/M2", "mobiel/M9"]
    assert bench.unbalanced() == []


def test_a_call_that_was_later_than_the_clock_and_is_not_any_more_is_stored(bench, monkeypatch):
    put(bench, "mobiel-1.csv", [*mobiel_file(2), mobiel_line(9, start="06-10-2026 05:07:00")])
    dies(bench, monkeypatch)
    assert bench.states() == [(4, "open", None, "time")]
    bench.now = NOW + dt.timedelta(hours=1)
    night(bench)
    assert (len(quantities(bench)), bench.states(), bench.unbalanced()) == (3, [], [])


def test_of_a_file_that_is_refused_the_second_time_nothing_stays(bench, monkeypatch):
    put(bench, "mobiel-1.csv", [*mobiel_file(2), FAX])
    dies(bench, monkeypatch)
    bench.with_feeds(FEEDS[0])
    assert night(bench).files_refused == 1
    assert (quantities(bench), bench.states(), bench.unbalanced()) == ({}, [], [])


def test_a_named_file_that_stays_where_it_is_is_undone_too(bench, monkeypatch, tmp_path):
    path = tmp_path / "mobiel-1.csv"
    path.write_bytes(content([*mobiel_file(2), FAX]))
    dies(bench, monkeypatch, files=[path])
    bench.fix()
    night(bench, files=[path])
    assert (len(quantities(bench)), bench.states(), bench.unbalanced()) == (3, [], [])


def test_what_is_undone_makes_no_call_of_another_file_a_duplicate(bench, monkeypatch):
    """The first file fails when its calls are stored; the second one has the same call, and the first is refused."""
    put(bench, "mobiel-1.csv", [*mobiel_file(1), FAX])
    put(bench, "mobiel-2.csv", mobiel_file(2))
    commit = Staged.commit

    def failing(staged):
        if staged.table is TABLES["quarantine"]:
            raise OSError(errno.EIO, "Input/output error")
        return commit(staged)

    with monkeypatch.context() as patch:
        patch.setattr(Staged, "commit", failing)
        done = night(bench)
    assert (len(done.failed), done.calls_accepted, done.calls_duplicate) == (1, 2, 0)
    assert sorted(quantities(bench)) == ["mobiel/M1", "mobiel/M2"]
    done = night(bench)
    assert (done.calls_accepted, done.calls_duplicate, done.lines_quarantined) == (0, 1, 1)
    assert bench.unbalanced() == []


def test_a_killed_file_is_undone_before_any_other_is_judged_by_it(bench, monkeypatch):
    """A file whose reader broke comes earlier in the alphabet, and waits beside the one that was killed."""

    def broken(feed, mapping, path):
        if b"M2" in path.read_bytes():
            raise Unreadable("a fault of ours")
        return read_here(feed, mapping, path)

    put(bench, "mobiel-1.csv", [mobiel_file(0)[0], mobiel_line(1), mobiel_line(2)])
    assert len(night(bench, reading=broken).failed) == 1
    put(bench, "mobiel-9.csv", [mobiel_file(0)[0], mobiel_line(1)])
    dies(bench, monkeypatch, reading=broken)
    feeds = (FEEDS[0], replace(FEEDS[1], files="mobiel-1*"))
    bench.with_feeds(*feeds)
    done = night(bench)
    assert (done.calls_accepted, done.calls_duplicate, done.files_refused) == (2, 0, 1)
    assert sorted(quantities(bench)) == ["mobiel/M1", "mobiel/M2"]
    assert bench.unbalanced() == []


@pytest.mark.parametrize("step_number", range(8))
def test_killed_while_it_undoes_the_next_run_ends_the_same(bench, monkeypatch, step_number):
    """Before each change of the lake's log, from the first mark to the last batch."""
    other = mobiel_line(7, start="05-09-2026 12:00:00")
    put(bench, "mobiel-0.csv", [mobiel_file(0)[0], mobiel_line(5), other, mobiel_line(6, soort="ANDERS")])
    night(bench)
    put(bench, "mobiel-1.csv", [*mobiel_file(2), mobiel_line(8, start="04-09-2026 12:00:00"), FAX])
    dies(bench, monkeypatch)
    bench.fix()
    commit, commits = delta_log.commit, []

    def counted(*arguments, **words):
        commits.append(1)
        if len(commits) > step_number:
            raise Killed
        commit(*arguments, **words)

    with monkeypatch.context() as patch:
        patch.setattr(delta_log, "commit", counted)
        if step_number < 6:  # calls: a mark, two months, the new ones; quarantine: a mark, the whole table
            with pytest.raises(Killed):
                night(bench)
    night(bench)
    assert sorted(quantities(bench)) == [f"mobiel/M{n}" for n in (1, 2, 5, 7, 8, 9)]
    assert bench.states() == [(4, "open", None, "value")]
    assert bench.unbalanced() == []
    before = [bench.workspace.lake.version(table) for table in ("calls", "quarantine")]
    night(bench)
    assert [bench.workspace.lake.version(table) for table in ("calls", "quarantine")] == before


def test_the_same_content_under_two_names_counts_twice_also_when_the_first_waits(bench):
    def broken(*_):
        raise Unreadable("a fault of ours")

    put(bench, "mobiel-1.csv", mobiel_file(2))
    put(bench, "mobiel-2.csv", mobiel_file(2))
    assert len(night(bench, reading=broken).failed) == 2
    done = night(bench)
    assert (done.files_accepted, done.files_duplicate) == (1, 1)
    put(bench, "mobiel-3.csv", mobiel_file(2))
    assert night(bench).files_duplicate == 1
    assert bench.register()["arrival"].to_list() == [1, 2, 3]
    assert bench.unbalanced() == []
