"""Workspaces for whole runs, made once: a small one (a week of files) and the demo month."""

import datetime as dt
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from belnota import files
from pipelines import prefect_settings
from pipelines.cli.demo_run import prepare, run_demo
from pipelines.demo import demo_arrivals, write_workspace

ROOT = Path(__file__).resolve().parents[2]


def belnota(*arguments, env=None, check=True):
    """Run the command as a person would, in a process of its own."""
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *map(str, arguments)]
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    assert not check or run.returncode == 0, run.stdout + run.stderr
    return run


def built_once(tmp_path_factory, name, build):
    """Return a workspace that the first worker to ask for it builds; the others wait, and all share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build(folder)
            done.touch()
    return folder


def build_week(folder):
    write_workspace(folder)
    prepare(folder)
    for arrival in demo_arrivals():
        if arrival.arrives_on <= dt.date(2026, 9, 10):
            files.publish_bytes(folder / "inbox" / arrival.name, arrival.content)


@pytest.fixture(scope="session")
def week(tmp_path_factory):
    """A workspace with its accounts and price lists, and the raw files of a week and a half in the inbox."""
    return built_once(tmp_path_factory, "week", build_week)


def copy_of(workspace, folder):
    """Copy a workspace that nobody is writing to; SQLite's side files come and go with each reader."""
    return shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("*.sqlite-wal", "*.sqlite-shm"))


@pytest.fixture
def fresh_week(week, tmp_path):
    """A copy of the week that a test may spoil."""
    return copy_of(week, tmp_path / "workspace")


@pytest.fixture(scope="session")
def demo_month(tmp_path_factory):
    """The demo as `make demo` builds it, by plain steps; tests must not change it."""
    return built_once(tmp_path_factory, "demo", lambda folder: run_demo(folder, prefect=False))


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """A real Prefect server of our own, as production has one; returns the environment that finds it."""
    home = tmp_path_factory.mktemp("prefect")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**prefect_settings.DEFAULTS, "PREFECT_HOME": str(home), "PREFECT_SERVER_API_HOST": "127.0.0.1"}
    command = [Path(sys.executable).with_name("prefect"), "server", "start", "--port", str(port)]
    log = (home / "server.log").open("w")
    server = subprocess.Popen(command, env={**os.environ, **env}, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}/api"
    deadline = time.monotonic() + 120
    while not answers(url + "/health"):
        assert server.poll() is None, (home / "server.log").read_text()
        assert time.monotonic() < deadline, (home / "server.log").read_text()
        time.sleep(0.5)
    yield {**env, "PREFECT_API_URL": url}
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(30)
    log.close()


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
