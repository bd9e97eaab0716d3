"""A night that is killed anywhere leaves a readable lake, and running it again gives what a clean night gives."""

from __future__ import annotations

import os
import pathlib
import random
import subprocess
import sys
import time

import pytest

from tests.lib.warehouse_night import TABLES, digests, night
from warehouse import Lake, published_release, query

REPEATS = 20 if os.environ.get("BELNOTA_LONG") else 1
REPOSITORY = pathlib.Path(__file__).parents[3]


class Killed(BaseException):
    """Stands for SIGKILL inside this process: from that moment on nothing reaches the disk, no clean-up either."""


class Killer:
    """Lets `after` changes of the disk by Python pass, then kills."""

    def __init__(self, after):
        self.left = after

    def guard(self, function):
        def guarded(*args, **kwargs):
            if self.left <= 0:
                raise Killed
            self.left -= 1
            return function(*args, **kwargs)

        return guarded

    def arm(self, monkeypatch):
        for name in ("fsync", "replace", "unlink", "mkdir", "chmod"):
            monkeypatch.setattr(os, name, self.guard(getattr(os, name)))


def readable(root):
    """Check what a reader would see now: every file is whole and every table answers."""
    lake = Lake(root / "lake")
    for table in TABLES:
        assert lake.verify(table) == []
        lake.scan(table).collect()
    found = lake.scan("calls").collect()
    assert found["call_id"].is_unique().all()
    sizes = found.group_by("feed").len().rows()
    assert all(size == 40 + int(feed[-1]) for feed, size in sizes)  # each batch is whole or absent
    published = root / "analytics.duckdb"
    if published.exists():
        assert published_release(published) is not None
        query(published, "select sum(charge_eur) from report.calls")


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    root = tmp_path_factory.mktemp("clean")
    counter = Killer(10**9)
    with pytest.MonkeyPatch.context() as patch:
        counter.arm(patch)
        night(root)
    return digests(root), 10**9 - counter.left


def test_a_night_that_was_done_is_not_done_again(clean, tmp_path):
    night(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}

    night(tmp_path)

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == before
    assert digests(tmp_path) == clean[0]


def test_killed_between_any_two_changes_of_the_disk(clean, tmp_path):
    expected, changes = clean
    assert changes > 30

    for after in range(0, changes, 1 if os.environ.get("BELNOTA_LONG") else 9):
        root = tmp_path / str(after)
        root.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            Killer(after).arm(patch)
            with pytest.raises(Killed):
                night(root)
        readable(root)

        night(root)

        readable(root)
        assert digests(root) == expected, f"killed after {after} changes"
        assert published_release(root / "analytics.duckdb") == 1
        assert list(root.rglob("*.part*")) == []


def test_killed_for_real_at_any_moment(tmp_path):
    for repeat in range(REPEATS):
        root = tmp_path / str(repeat)
        root.mkdir()
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.lib.warehouse_night", str(root)], cwd=REPOSITORY, stdout=subprocess.PIPE
        )
        assert child.stdout.readline() == b"ready\n"
        time.sleep(random.uniform(0.05, 1.0))
        child.kill()
        finished = [int(line) for line in child.stdout.read().split(b"\n") if line.strip()]
        child.stdout.close()
        child.wait()

        readable(root)
        last = max(finished, default=0) + 1
        night(root, last)

        readable(root)
        assert published_release(root / "analytics.duckdb") == last
        assert Lake(root / "lake").scan("calls").collect().height == last * (40 + 41 + 42)
