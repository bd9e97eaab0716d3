"""Files are read in a process of their own: whatever one of them does to it, the others are read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from belnota.settings import Feed
from pipelines.feeds import FileRefused, ReadResult
from pipelines.feeds.result import put_together
from pipelines.reading import Reading, ReadingProcess, Unreadable
from pipelines.reading_child import read_here
from tests.lib.inbox import Place
from tests.lib.raw_files import GOOD, KINDS, MOBIEL_TOML, asterisk_file, content, feed, mobiel_file

PBX = Feed("pbx", "asterisk_cdr_csv", "*")
BREAKING = "tests.lib.breaking_child"


@pytest.fixture
def file(tmp_path):
    def written(raw: bytes) -> Path:
        path = tmp_path / "content"
        path.write_bytes(raw)
        return path

    return written


@pytest.fixture
def breaking(tmp_path):
    with ReadingProcess(tmp_path / "scratch", mebibytes=1024, seconds=5, module=BREAKING) as reading:
        yield reading


def pid_of(reading: ReadingProcess) -> int:
    assert reading._process is not None
    return reading._process.pid


def whole(reading: Reading, of: Feed, path: Path, mapping: str = "") -> ReadResult:
    return put_together(reading(of, mapping, path))


def refusal_of(reading: ReadingProcess, path: Path) -> tuple[str, str]:
    with pytest.raises(FileRefused) as refusal:
        whole(reading, PBX, path)
    return refusal.value.reason, refusal.value.sentence


def test_every_format_reads_the_same_in_a_process_of_its_own(tmp_path, file):
    with ReadingProcess(tmp_path / "scratch", mebibytes=1024, seconds=60) as reading:
        for kind in KINDS:
            path = file(content(GOOD[kind]()))
            mapping = MOBIEL_TOML if kind == "mobiel" else ""
            here, there = (whole(how, feed(kind), path, mapping) for how in (read_here, reading))
            assert there.records.equals(here.records)
            assert there.records.schema == here.records.schema
            assert there.rejects.equals(here.rejects)
            counts = ("lines", "framing_lines", "filtered_lines", "sequence")
            assert [getattr(there, name) for name in counts] == [getattr(here, name) for name in counts]
        first = pid_of(reading)
        with pytest.raises(FileRefused, match="the file is empty"):
            whole(reading, feed("asterisk"), file(b""))
        assert pid_of(reading) == first  # one process for all files
    assert not (tmp_path / "scratch").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


@pytest.mark.parametrize(
    ("what", "reason", "sentence"),
    [
        (
            b"abort",
            "reader",
            "reading this file ended the process that reads (SIGABRT); the other files are not",
        ),
        (b"exit", "reader", "reading this file ended the process that reads (exit code 7); the other files are not"),
        (b"panic", "reader", "reading this file ended the process that reads (exit code 1); the other files are not"),
        (b"killed", "too_large", "reading it needs more than 1024 MiB of memory; split it, or raise reader_mebibytes"),
    ],
)
def test_a_file_that_ends_the_process_is_refused_and_the_next_is_read(breaking, file, what, reason, sentence):
    found = refusal_of(breaking, file(what))
    assert found[0] == reason
    assert found[1].startswith(sentence)
    assert whole(breaking, PBX, file(content(asterisk_file(3)))).records.height == 3


def test_a_file_that_takes_too_long_is_refused_and_its_process_ended(tmp_path, file):
    with ReadingProcess(tmp_path / "scratch", mebibytes=1024, seconds=1, module=BREAKING) as reading:
        assert refusal_of(reading, file(b"hang"))[0] == "too_large"
        assert whole(reading, PBX, file(content(asterisk_file(3)))).records.height == 3


def test_a_file_that_needs_too_much_memory_is_refused(tmp_path, file):
    with ReadingProcess(tmp_path / "scratch", mebibytes=512, seconds=60) as reading:
        reason, sentence = refusal_of(reading, file(b"\n" * 30_000_000))
        assert (reason, sentence.split(";")[0]) == ("too_large", "reading it needs more than 512 MiB of memory")
        assert whole(reading, PBX, file(content(asterisk_file(3)))).records.height == 3


def test_a_death_in_a_process_that_read_before_is_judged_again_in_a_fresh_one(breaking, file):
    whole(breaking, PBX, file(content(asterisk_file(3))))
    first = pid_of(breaking)
    result = whole(breaking, PBX, file(content(["once", *asterisk_file(3)])))
    assert result.records.height == 3
    assert pid_of(breaking) != first


def test_what_a_library_prints_is_no_answer(breaking, file):
    assert whole(breaking, PBX, file(content(["print", *asterisk_file(3)]))).records.height == 3


def test_a_process_that_died_between_two_files_is_replaced(breaking, file):
    whole(breaking, PBX, file(content(asterisk_file(3))))
    os.kill(pid_of(breaking), signal.SIGKILL)
    time.sleep(0.1)
    assert whole(breaking, PBX, file(content(asterisk_file(3)))).records.height == 3


def test_a_process_that_cannot_start_leaves_the_file_waiting(tmp_path, file):
    reading = ReadingProcess(tmp_path / "scratch", mebibytes=512, seconds=5, module="tests.lib.nothing")
    with reading, pytest.raises(Unreadable, match="did not start"):
        whole(reading, PBX, file(content(asterisk_file(3))))
    assert not (tmp_path / "scratch").exists()


def test_the_process_has_no_secrets(tmp_path, file, monkeypatch):
    monkeypatch.setenv("BELNOTA_SMTP_PASSWORD", "geheim")
    monkeypatch.setenv("PGPASSWORD", "geheim")
    with ReadingProcess(tmp_path / "scratch", mebibytes=1024, seconds=60) as reading:
        whole(reading, PBX, file(content(asterisk_file(1))))
        environment = Path(f"/proc/{pid_of(reading)}/environ")
        if not environment.exists():
            pytest.skip("no /proc here")
        assert b"geheim" not in environment.read_bytes()


def test_the_process_ends_with_whoever_started_it(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from pipelines.reading import ReadingProcess\n"
        "reading = ReadingProcess(Path(sys.argv[1]), mebibytes=1024, seconds=5)\n"
        "print(reading._started().pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path / "s"], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.kill()
    ended = time.monotonic() + 20
    while Path(f"/proc/{child}/exe").exists() and time.monotonic() < ended:
        time.sleep(0.05)
    with pytest.raises((ProcessLookupError, FileNotFoundError)):
        Path(f"/proc/{child}/exe").readlink()


def test_a_file_that_kills_its_reader_does_not_stop_the_night(tmp_path, migrated_sqlite):
    place = Place(tmp_path / "workspace", migrated_sqlite)
    place.put("asterisk-1.csv", asterisk_file(3))
    place.put("asterisk-2.csv", b"abort")
    place.put("mobiel-1.csv", mobiel_file(2))
    with ReadingProcess(tmp_path / "scratch", mebibytes=1024, seconds=20, module=BREAKING) as reading:
        done = place.ingest(reading=reading)
    assert [name for name, _ in done.refused] == ["asterisk-2.csv"]
    assert (done.files_accepted, done.calls_accepted, done.failed) == (2, 5, ())
    assert place.register().filter(file_name="asterisk-2.csv")["reason"].item().startswith("reader: ")
    place.store.close()


def test_ingest_starts_and_ends_its_own_process_and_leaves_nothing_on_disk(tmp_path, migrated_sqlite):
    place = Place(tmp_path / "workspace", migrated_sqlite)
    place.put("mobiel-1.csv", mobiel_file(2))
    assert place.ingest(reading=None).calls_accepted == 2
    left = {path.name for path in place.settings.workspace.iterdir() if not path.name.startswith("store.sqlite")}
    assert left == {"archive", "inbox", "lake", "mobiel.toml"}
    place.store.close()
