"""Refused files as a place to work in: read again from the archive, each arrival counted, the books in balance."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from belnota.errors import Refused, UnableToFinish
from belnota.settings import Feed, Night
from belnota.store.schema import source_files
from pipelines import files_again, ingest
from pipelines.cli import app
from pipelines.workspace import silent
from tests.lib.raw_files import asterisk_file, content, mobiel_file
from tests.lib.workbench import FEEDS, Workbench


@pytest.fixture
def bench(tmp_path, migrated_sqlite):
    made = Workbench(tmp_path / "workspace", migrated_sqlite)
    made.take_in("odd.csv", mobiel_file(3))
    made.take_in("asterisk-1.csv", asterisk_file(2))
    yield made
    made.close()


def states(bench):
    return [(row["file_name"], row["arrival"], row["state"]) for row in files_again.files(bench.workspace).to_dicts()]


def retried(bench, text="odd.csv"):
    rows = files_again.named(files_again.files(bench.workspace), text)
    return files_again.retry(bench.workspace, rows[-1:], silent)


def test_a_refused_file_is_read_again_after_a_fix(bench):
    assert ("odd.csv", 1, "refused") in states(bench)
    bench.with_feeds(*FEEDS, Feed("odd", "mapping", "odd*", mapping="mobiel.toml"))
    done = retried(bench)
    assert (done.files_accepted, done.calls_accepted) == (1, 3)
    assert states(bench) == [("asterisk-1.csv", 1, "accepted"), ("odd.csv", 1, "mended"), ("odd.csv", 2, "accepted")]
    assert bench.unbalanced() == []
    assert not (bench.workspace.settings.workspace / ".again").exists()


def test_without_a_fix_it_is_refused_again_and_counted(bench):
    assert retried(bench).refused[0][1].startswith("no feed claims this name")
    assert [state for _, _, state in states(bench)] == ["accepted", "refused", "refused"]
    assert bench.unbalanced() == []


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [0, 1])
def test_a_retry_that_dies_is_done_by_the_next_one(bench, monkeypatch, after):
    """Before the file is registered, or right after it."""
    bench.with_feeds(*FEEDS, Feed("odd", "mapping", "odd*", mapping="mobiel.toml"))
    add = ingest.register.add

    def dying(tx, row):
        if after:
            add(tx, row)
            tx.commit()
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(ingest.register, "add", dying)
        with pytest.raises(_Killed):
            retried(bench)
    retried(bench)
    assert [call for call, _ in bench.calls() if call.startswith("odd/")] == ["odd/M1", "odd/M2", "odd/M3"]
    assert bench.unbalanced() == []


def test_a_copy_that_is_gone_is_said_before_anything_is_done(bench):
    (row,) = files_again.named(files_again.files(bench.workspace), "odd.csv")
    path, problem = files_again.copy_of(bench.workspace, row["file_id"])
    assert problem == ""
    path.unlink()
    with pytest.raises(Refused, match=r"odd.csv: the archive has no copy of it; restore it from a backup"):
        retried(bench)
    assert len(states(bench)) == 2


def test_a_packed_file_that_could_not_be_unpacked_is_mended_under_the_hash_of_its_content(bench):
    """What was refused has the hash of its bytes, what is accepted that of its content: they are one file."""
    strict = bench.workspace
    bench.workspace = replace(strict, settings=replace(strict.settings, night=Night(max_ratio=2)))
    bench.take_in("mobiel-1.csv.gz", gzip.compress(content(mobiel_file(30_000))))
    found = files_again.files(bench.workspace).filter(state="refused", file_name="mobiel-1.csv.gz")
    assert "times as large" in found.item(0, "reason")
    assert files_again.retry(bench.workspace, found.to_dicts(), silent).files_refused == 1
    bench.workspace = strict
    found = files_again.files(strict).filter(state="refused", file_name="mobiel-1.csv.gz")
    assert files_again.retry(strict, found.tail(1).to_dicts(), silent).calls_accepted == 30_000
    packed = [(arrival, state) for name, arrival, state in states(bench) if name == "mobiel-1.csv.gz"]
    assert sorted(packed) == [(1, "accepted"), (1, "mended"), (2, "mended"), (3, "duplicate")]
    assert bench.unbalanced() == []


def test_a_name_that_is_longer_in_the_register_than_on_a_disk_stops_nobody(bench):
    bench.take_in("mobiel-" + "\x01" * 200 + ".odd", mobiel_file(4))
    bench.with_feeds(*FEEDS, Feed("odd", "mapping", "*odd*", mapping="mobiel.toml"))
    refused = files_again.files(bench.workspace).filter(state="refused").to_dicts()
    done = files_again.retry(bench.workspace, refused, silent)
    assert (done.files_accepted, done.calls_accepted, done.calls_duplicate) == (2, 4, 3)
    assert "refused" not in [state for _, _, state in states(bench)]


def test_a_file_is_named_by_its_name_or_its_digits(bench):
    found = files_again.files(bench.workspace)
    (row,) = files_again.named(found, "odd.csv")
    assert files_again.named(found, row["file_id"][:8]) == [row]
    for text in ("even.csv", row["file_id"][:7], "zzzzzzzz"):
        with pytest.raises(Refused, match="no such file ever came"):
            files_again.named(found, text)
    bench.take_in("odd.csv", mobiel_file(4))
    with pytest.raises(Refused, match=r"2 files of other content came as 'odd.csv' \([0-9a-f]{12}, [0-9a-f]{12}\)"):
        files_again.named(files_again.files(bench.workspace), "odd.csv")


def test_a_register_that_was_changed_by_hand_is_refused_by_file(bench):
    with bench.workspace.store.writing() as tx:
        tx.execute(sa.update(source_files).where(source_files.c.file_name == "asterisk-1.csv").values(lines=9))

    with pytest.raises(UnableToFinish, match=r"the lines of asterisk-1\.csv do not add up .* from a backup"):
        bench.unbalanced()


def asked(bench, *arguments):
    folder = bench.workspace.settings.workspace
    (folder / "belnota.toml").write_text(
        '[[feed]]\nname = "pbx"\nformat = "asterisk_cdr_csv"\nfiles = "asterisk-*.csv"\n'
    )
    return CliRunner().invoke(app, ["files", *arguments, "--workspace", str(folder)])


def test_refused_files_are_chosen_by_a_pattern_too(bench):
    bench.take_in("odd-2.csv", ["x"])
    done = asked(bench, "retry", "odd*")

    assert done.output.count("refused: odd") == 2
    assert str(done.exception).startswith("refused again: 2")
    assert "waits in: belnota files list" in done.output


def test_a_file_that_came_again_is_still_of_its_feed(bench):
    bench.take_in("asterisk-copy.csv", asterisk_file(2))

    assert "feed pbx" in " ".join(asked(bench, "show", "asterisk-copy.csv").output.split())
