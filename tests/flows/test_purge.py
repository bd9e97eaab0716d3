"""A purge in a process of its own that is killed with SIGKILL, and one with the store on PostgreSQL."""

import os
import signal
import subprocess
import sys

import polars as pl
import pytest

import warehouse
from pipelines import publishing
from tests.flows.conftest import ROOT
from tests.lib import purge_place
from tests.lib.purge_place import FEB, GONE, LATE, MIXED, REFUSED, WAITS, traces

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
POINTS = 8
RUNNER = ROOT / "tests" / "lib" / "run_until_killed.py"
BOTH_MONTHS = (*GONE.values(), LATE, MIXED, FEB, REFUSED)


def purge_until(point, folder):
    """Purge as of today, when both months are past their time; returns how often the workspace was touched."""
    command = [sys.executable, str(RUNNER), str(point), str(folder), "purge", "--yes"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if point:
        assert run.returncode == -signal.SIGKILL, run.stdout + run.stderr
        return 0
    assert run.returncode == 0, run.stdout + run.stderr
    return int(run.stderr.rsplit("touches ", 1)[1])


def balances(place):
    with place.open() as workspace:
        found = publishing.reconcile(workspace, place.now.date())[2]
    assert warehouse.imbalances(found) == []
    return found.filter(pl.col("kind").cast(pl.String) == "balance").drop("detail").rows()


def test_a_purge_killed_anywhere_ends_where_one_that_lived_ends(tmp_path):
    built = purge_place.build(tmp_path / "built")
    whole = purge_place.copied(built, tmp_path / "whole", built.now)
    touches = purge_until(0, whole.folder)
    wanted = balances(whole)
    for point in sorted({1 + n * (touches - 1) // (POINTS - 1) for n in range(POINTS)}):
        place = purge_place.copied(built, tmp_path / str(point), built.now)
        purge_until(point, place.folder)
        purge_until(0, place.folder)
        found = traces(place.folder, *BOTH_MONTHS, WAITS)
        assert found.pop(WAITS), point
        assert not any(found.values()), (point, found)
        assert balances(place) == wanted, point


def test_a_purge_with_the_store_on_postgresql(tmp_path, postgres):
    with postgres.new_database() as url:
        place = purge_place.build(tmp_path / "workspace", url)
        place.now = purge_place.at(2026, 9, 1)
        before = balances(place)
        place.purge()
        assert not any(traces(place.folder, *BOTH_MONTHS).values())
        with place.open() as workspace, workspace.store.reading() as tx:
            for table in ("quarantine_decisions", "suspense_write_offs", "events", "purged_files", "purged_usage"):
                rows = repr(tx.exec_driver_sql(f"select * from {table}").all())
                assert not any(number[1:] in rows for number in BOTH_MONTHS), table
        assert balances(place) == before
        assert place.purge().is_empty
