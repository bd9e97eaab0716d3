"""belnota.files: a file is whole or absent, and one run at a time holds the workspace."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from belnota.errors import WorkspaceBusy
from belnota.files import exclusive, publish, publish_bytes, sha256_of, sweep

ROOT = Path(__file__).parents[2]


@contextmanager
def running(program, *arguments):
    """A process of our own that says `ready` and then waits to be killed."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_published_file_is_there_with_its_mode_and_no_leftover(tmp_path):
    path = tmp_path / "deep" / "report.txt"
    publish_bytes(path, b"new", mode=0o444)

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o444
    assert list(path.parent.iterdir()) == [path]


def test_an_exception_leaves_the_old_file_and_no_leftover(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(b"old")

    def fails(aside):
        aside.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish(path, fails)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


HALF_WRITTEN = """
import sys, time
from pathlib import Path
from belnota.files import publish

def write(aside):
    aside.write_bytes(b"half")
    print("ready", flush=True)
    time.sleep(60)

publish(Path(sys.argv[1]), write)
"""


def test_a_kill_leaves_the_old_file_and_sweep_removes_the_leftover(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(b"old")
    with running(HALF_WRITTEN, path):
        pass

    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    assert sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [path]


HOLDING = """
import sys, time
from pathlib import Path
from belnota.files import exclusive

with exclusive(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_at_once_and_a_killed_holder_frees_the_workspace(tmp_path):
    lock = tmp_path / "workspace" / "lock"
    with running(HOLDING, lock) as holder:
        with pytest.raises(WorkspaceBusy, match=f"process {holder.pid}\\) is working") as busy, exclusive(lock):
            pass
        assert busy.value.exit_code == 75

    with exclusive(lock):
        assert lock.read_text() == str(os.getpid())


def test_an_exception_frees_the_workspace(tmp_path):
    lock = tmp_path / "lock"
    with pytest.raises(ValueError, match="trouble"), exclusive(lock):
        raise ValueError("trouble")
    with exclusive(lock):
        pass


def test_the_hash_of_a_file_is_that_of_its_content(tmp_path):
    path = tmp_path / "big"
    path.write_bytes(b"a" * 3_000_001)

    assert sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()
