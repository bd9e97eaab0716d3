"""The ingest step on real folders, a real store and a real lake: each line once, whatever happens in between."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from belnota.errors import Refused, UnableToFinish
from pipelines import arrivals, register, storing
from pipelines import ingest as step
from pipelines.ingest import IngestSummary
from pipelines.reading import Unreadable
from pipelines.reading_child import read_here
from tests.lib.inbox import NOW, Place
from tests.lib.raw_files import (
    MOBIEL_HEADER,
    asterisk_file,
    asterisk_line,
    content,
    mobiel_file,
    mobiel_line,
    wholesale_file,
    wholesale_line,
)
from warehouse.lake_files import Staged


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = Place(tmp_path / "workspace", migrated_sqlite)
    yield made
    made.store.close()


def _arrive_thrice(place: Place) -> None:
    """Three files: one that is good, one that overlaps it and contradicts it, and the first one again."""
    place.put("asterisk-1.csv", asterisk_file(4))
    place.put("asterisk-2.csv", [*asterisk_file(5)[2:], asterisk_line(1, billsec="61")])
    place.put("asterisk-3.csv", asterisk_file(4))


def _arrive(place: Place) -> None:
    """Six files with everything in them: overlap, a conflict, a repeat, a bad line, a refused one."""
    _arrive_thrice(place)
    bad = mobiel_line(9, start="30-02-2026 12:00:00")
    place.put("mobiel-1.csv", [*mobiel_file(3), bad])
    place.put("DDB-1.CDR", wholesale_file([wholesale_line(1), wholesale_line(2)]))
    place.put("DDB-2.CDR", wholesale_file()[:-2])


def test_a_night_of_files(place):
    _arrive(place)
    done = place.ingest()
    assert done == IngestSummary(
        files_accepted=4,
        files_duplicate=1,
        files_refused=1,
        lines=17,
        records_in=14,
        calls_accepted=10,
        lines_quarantined=2,
        calls_duplicate=2,
        filtered=0,
        framing=3,
        refused=(
            ("DDB-2.CDR", "the last line must be TRL… of 182 characters: the file is not complete; ask for it again"),
        ),
        notes=(
            ("asterisk-2.csv", "1 of 4 records went to quarantine; see: belnota quarantine list"),
            ("mobiel-1.csv", "1 of 4 records went to quarantine; see: belnota quarantine list"),
        ),
    )
    assert place.calls()["call_id"].n_unique() == 10
    quarantine = place.lake.scan("quarantine").sort("reason").collect()
    assert quarantine.select("file_name", "line_number", "reason").rows() == [
        ("asterisk-2.csv", 4, "conflict"),
        ("mobiel-1.csv", 5, "time"),
    ]
    assert quarantine["raw_line"].to_list()[1] == mobiel_line(9, start="30-02-2026 12:00:00")
    assert list(place.settings.inbox.iterdir()) == []
    statuses = dict(place.register().select("file_name", "status").iter_rows())
    assert statuses["asterisk-3.csv"] == "duplicate"
    assert statuses["DDB-2.CDR"] == "refused"


def test_every_raw_file_is_archived_unchanged_and_read_only(place):
    raw = place.put("mobiel-1.csv", mobiel_file()).read_bytes()
    place.ingest()
    (file_id,) = place.register()["file_id"]
    copy = place.settings.archive / "raw" / file_id[:2] / file_id
    assert copy.read_bytes() == raw
    assert copy.stat().st_mode & 0o777 == 0o444


def test_a_damaged_copy_in_the_archive_is_mended_when_the_file_comes_again(place):
    raw = place.put("odd.csv", mobiel_file()).read_bytes()
    place.ingest()
    (copy,) = place.settings.archive.glob("raw/*/*")
    copy.chmod(0o644)
    copy.write_bytes(raw[:-9])
    place.put("mobiel-1.csv", raw)
    assert place.ingest().calls_accepted == 5
    assert copy.read_bytes() == raw


def test_a_second_run_finds_nothing_to_do(place):
    _arrive(place)
    place.ingest()
    before = place.state()
    assert place.ingest() == IngestSummary()
    assert place.state() == before


def test_the_same_content_under_another_name_is_a_duplicate(place):
    for name in ("mobiel-1.csv", "mobiel-2.csv", "mobiel-1.csv"):
        place.put(name, mobiel_file())
        done = place.ingest()
    assert (done.files_duplicate, done.calls_accepted) == (1, 0)
    rows = place.register().sort("arrival").select("arrival", "file_name", "status").rows()
    assert rows == [(1, "mobiel-1.csv", "accepted"), (2, "mobiel-2.csv", "duplicate"), (3, "mobiel-1.csv", "duplicate")]


@pytest.mark.parametrize("order", [("mobiel-1.csv", "mobiel-2.csv"), ("mobiel-2.csv", "mobiel-1.csv")])
def test_overlapping_files_in_any_order_are_their_union(place, order):
    lines = mobiel_file(10)
    files = {"mobiel-1.csv": lines[:8], "mobiel-2.csv": [lines[0], *lines[5:]]}
    for name in order:
        place.put(name, files[name])
        place.ingest()
    assert sorted(place.calls()["call_id"]) == sorted(f"mobiel/M{n}" for n in range(1, 11))
    assert place.register()["duplicate_calls"].sum() == 3


def test_other_content_under_a_known_name_is_read_and_noted(place):
    place.put("mobiel-1.csv", mobiel_file(2))
    place.ingest()
    place.put("mobiel-1.csv", mobiel_file(3))
    done = place.ingest()
    assert done.notes == (("mobiel-1.csv", "an earlier file of this name had other content"),)
    assert (done.calls_accepted, done.calls_duplicate) == (1, 2)


def test_a_refused_file_is_read_again_once_its_feed_is_there(place):
    place.put("odd.csv", mobiel_file())
    assert place.ingest().refused[0][1].startswith("no feed claims this name")
    place.put("odd.csv", mobiel_file())
    assert place.ingest().refused[0][1].startswith("no feed claims this name")
    place.put("mobiel-9.csv", mobiel_file())
    assert place.ingest().calls_accepted == 5
    assert place.register().sort("arrival")["status"].to_list() == ["refused", "refused", "accepted"]


def test_an_empty_file_is_refused_each_time_by_its_own_name(place):
    for name in ("mobiel-1.csv", "mobiel-2.csv"):
        place.put(name, b"")
    assert place.ingest().refused == tuple(
        (name, "the file is empty; ask for it again") for name in ("mobiel-1.csv", "mobiel-2.csv")
    )


def test_a_file_of_another_layout_is_refused_whole(place):
    place.put("mobiel-1.csv", [mobiel_file(0)[0], "a;b", "c;d"])
    [(name, sentence)] = place.ingest().refused
    assert (name, place.register()["status"].to_list()) == ("mobiel-1.csv", ["refused"])
    assert sentence.startswith("none of its 2 records can be read as mapping; the first, line 2, fails on: ")
    assert place.lake.scan("quarantine").collect().is_empty()


def test_a_refusal_quotes_no_whole_phone_number(place):
    place.put("mobiel-1.csv", ["M1;GESPREK;31612345678;31201234567"])
    [(_, sentence)] = place.ingest().refused
    assert "31612345678" not in sentence
    assert "********678" in sentence


def test_another_file_with_the_number_of_an_accepted_one_is_refused_and_the_books_still_balance(place):
    place.put("DDB-1.CDR", wholesale_file([wholesale_line(1), wholesale_line(2)]))
    place.ingest()
    place.put("DDB-2.CDR", wholesale_file([wholesale_line(1), wholesale_line(3)]))
    [(name, sentence)] = place.ingest().refused
    assert name == "DDB-2.CDR"
    assert "was accepted before as DDB-1.CDR" in sentence
    assert place.calls().height == 2


def test_a_disk_that_fails_half_way_stores_no_call_twice(place, monkeypatch):
    """EIO between the calls and the quarantine of one file; the next file of the same run holds the same call."""
    place.put("mobiel-1.csv", [*mobiel_file(1), mobiel_line(9, start="30-02-2026 12:00:00")])
    place.put("mobiel-2.csv", mobiel_file(2))
    commit = Staged.commit

    def failing(staged):
        if staged.folder.name == "quarantine":
            raise OSError(errno.EIO, "Input/output error")
        return commit(staged)

    with monkeypatch.context() as patch:
        patch.setattr(Staged, "commit", failing)
        assert place.ingest().failed == ("mobiel-1.csv: Input/output error",)
    place.ingest()
    assert sorted(place.calls()["call_id"]) == ["mobiel/M1", "mobiel/M2"]


def test_a_file_too_large_is_refused_without_reading_it(place):
    place.put("mobiel-1.csv", [*mobiel_file(9), "x" * (1 << 20)])
    done = place.ingest(max_file_mebibytes=1)
    assert "larger than 1 MiB" in done.refused[0][1]


def test_what_is_no_settled_plain_file_stays_where_it_is(place, tmp_path):
    inbox = place.settings.inbox
    secret = tmp_path / "secret.csv"
    secret.write_bytes(content(mobiel_file()))
    (inbox / "mobiel-link.csv").symlink_to(secret)
    (inbox / "mobiel-link-to-folder.csv").symlink_to(tmp_path)
    os.mkfifo(inbox / "mobiel-pipe.csv")
    (inbox / "mobiel-folder.csv").mkdir()
    for name in (".hidden.csv", "mobiel-1.csv.part", "mobiel-2.csv.filepart"):
        place.put(name, mobiel_file())
    os.utime(place.put("mobiel-new.csv", mobiel_file()), (NOW.timestamp() - 5,) * 2)
    done = place.ingest(settle_seconds=60)
    assert [name for name, _ in done.notes] == [
        "mobiel-link-to-folder.csv",
        "mobiel-link.csv",
        "mobiel-new.csv",
        "mobiel-pipe.csv",
    ]
    assert "less than 60 seconds ago" in done.notes[2][1]
    assert replace(done, notes=()) == IngestSummary()
    os.utime(inbox / "mobiel-new.csv", (NOW.timestamp() - 61,) * 2)
    assert place.ingest(settle_seconds=60).calls_accepted == 5


def test_without_a_setting_a_file_of_a_moment_ago_waits_and_a_named_one_does_not(place):
    path = place.put("mobiel-new.csv", mobiel_file())
    os.utime(path, (NOW.timestamp() - 30,) * 2)
    assert place.ingest().calls_accepted == 0
    assert place.ingest([path]).calls_accepted == 5


def test_a_file_from_the_future_is_read(place):
    """Its clock is wrong, or ours is; waiting would be for ever."""
    os.utime(place.put("mobiel-1.csv", mobiel_file()), (NOW.timestamp() + 86_400,) * 2)
    assert place.ingest(settle_seconds=60).calls_accepted == 5


def test_odd_names_are_only_names(place):
    for number, name in enumerate(
        ["mobiel-\n.csv", "mobiel-\x1b[31m.csv", "mobiel-é.csv", "mobiel-" + "x" * 244 + ".csv"]
    ):
        place.put(name, [MOBIEL_HEADER, mobiel_line(number)])
    place.put(os.fsdecode(b"mobiel-\xff.csv"), [MOBIEL_HEADER, mobiel_line(99)])
    assert place.ingest().calls_accepted == 5
    names = place.register()["file_name"].to_list()
    assert all(name.isprintable() for name in names)
    assert r"mobiel-\n.csv" in names


def test_named_files_from_elsewhere_stay_where_they_are(place, tmp_path):
    outside = tmp_path / "mobiel-7.csv"
    outside.write_bytes(content(mobiel_file()))
    inside = place.put("mobiel-8.csv", mobiel_file(6))
    waiting = place.put("mobiel-9.csv", mobiel_file(7))
    assert place.ingest([outside, inside]).calls_accepted == 6
    assert outside.exists()
    assert not inside.exists()
    assert waiting.exists()
    with pytest.raises(Refused, match="does not exist"):
        place.ingest([tmp_path / "nothing.csv"])


def test_wrong_settings_are_refused_before_any_file_is_touched(place):
    place.put("mobiel-1.csv", mobiel_file())
    (place.settings.workspace / "mobiel.toml").unlink()
    with pytest.raises(Refused, match=r"feed 'mobiel': its mapping .* cannot be read"):
        place.ingest()
    assert (place.settings.inbox / "mobiel-1.csv").exists()


def test_a_reader_that_breaks_stops_only_its_own_file(place):
    _arrive(place)

    def broken(feed, mapping, content):
        if feed.name == "mobiel":
            raise Unreadable("ValueError: a fault of ours")
        return read_here(feed, mapping, content)

    assert place.ingest(reading=broken).failed == ("mobiel-1.csv: ValueError: a fault of ours",)
    assert place.register().height == 5
    assert place.ingest().calls_accepted == 3  # it waited


def test_a_full_disk_stops_with_one_sentence_and_loses_nothing(place, tmp_path, monkeypatch, migrated_sqlite):
    _arrive(place)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "publish", lambda *_, **__: full())
        with pytest.raises(UnableToFinish, match=r"no space left on the disk at DDB-1\.CDR"):
            place.ingest()
    place.ingest()
    clean = Place(tmp_path / "clean", migrated_sqlite)
    _arrive(clean)
    clean.ingest()
    assert place.state()[:4] == clean.state()[:4]
    clean.store.close()


class _Killed(BaseException):
    """Stands for SIGKILL: nothing in the program catches it."""


def _kill_at(patch: pytest.MonkeyPatch, moment: int) -> None:
    """Die before the moment-th change of a disk or store."""
    steps = count()

    def guarded(function):
        def call(*args, **kwargs):
            if next(steps) == moment:
                raise _Killed
            return function(*args, **kwargs)

        return call

    patch.setattr(arrivals.Waiting, "taken", guarded(arrivals.Waiting.taken))
    patch.setattr(step, "archived", guarded(step.archived))
    patch.setattr(Staged, "add", guarded(Staged.add))
    patch.setattr(Staged, "commit", guarded(Staged.commit))
    patch.setattr(register, "add", guarded(register.add))
    patch.setattr(arrivals.Waiting, "discard", guarded(arrivals.Waiting.discard))


@pytest.mark.parametrize(("block", "steps"), [(500_000, 18), (2, 19)])
def test_killed_at_any_step_and_run_again_the_result_is_the_same(block, steps, tmp_path, monkeypatch, migrated_sqlite):
    """Also when a file becomes calls two records at a time."""
    monkeypatch.setattr(storing, "BLOCK", block)
    clean = Place(tmp_path / "clean", migrated_sqlite)
    _arrive_thrice(clean)
    clean.ingest()
    expected = clean.state()
    clean.store.close()
    moments = count()
    for moment in moments:
        place = Place(tmp_path / f"kill-{moment}", migrated_sqlite)
        _arrive_thrice(place)
        was_killed = False
        with monkeypatch.context() as patch:
            _kill_at(patch, moment)
            try:
                place.ingest()
            except _Killed:
                was_killed = True
        place.ingest()
        state = place.state()
        place.store.close()
        assert state == expected, moment
        if not was_killed:
            break
    assert moment == steps


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_run(place, monkeypatch):
    place.put("mobiel-1.csv", mobiel_file(2))
    real = arrivals.shutil.copyfile

    def still_uploading(source, target):
        with Path(source).open("ab") as stream:
            stream.write(content([mobiel_line(3)]))
        return real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(arrivals.shutil, "copyfile", still_uploading)
        [sentence] = place.ingest().failed
    assert sentence.startswith("mobiel-1.csv: changed while it was read")
    assert place.ingest().calls_accepted == 3
    assert list(place.settings.inbox.iterdir()) == []
