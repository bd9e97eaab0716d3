"""R1, R2: the flows are killed with SIGKILL, rerun, and end where a clean run ends."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import invoicing
from belnota.periods import Period
from pipelines import closing
from pipelines.workspace import opened
from tests.flows.conftest import ROOT, belnota, copy_of
from tests.lib.state import state_of

POINTS = 10
NIGHT = ("nightly", "--on", "2026-10-01")
ISSUED = "2026-10-02"
SEPTEMBER = Period(2026, 9)
RUNNER = ROOT / "tests" / "lib" / "run_until_killed.py"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run_until(point, folder, arguments, env):
    """Run a command that dies at its n-th touch of the workspace; 0 = let it live. Returns how many there were."""
    run = subprocess.run(
        [sys.executable, RUNNER, str(point), folder, *arguments],
        cwd=ROOT,
        env={**os.environ, **env, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == (-signal.SIGKILL if point else 0), run.stdout + run.stderr
    return 0 if point else int(run.stderr.rsplit("touches ", 1)[1])


def points_of(touches):
    """Ten moments spread over the whole run, the first and the last one included."""
    return sorted({1 + round(index * (touches - 1) / (POINTS - 1)) for index in range(POINTS)})


@pytest.fixture(scope="module")
def clean_night(week, tmp_path_factory, prefect_server):
    folder = tmp_path_factory.mktemp("clean") / "workspace"
    copy_of(week, folder)
    touches = run_until(0, folder, NIGHT, prefect_server)
    return folder, touches, state_of(folder)


def approved(folder: Path) -> str:
    with opened(folder, os.environ) as workspace:
        draft = closing.draft(workspace, SEPTEMBER, actor="a test")
        closing.approve(workspace, SEPTEMBER, draft.draft_hash, actor="a test")
        return draft.draft_hash


@pytest.fixture(scope="module")
def clean_close(clean_night, tmp_path_factory, prefect_server):
    """A night's workspace with its approved draft, and what the close makes of it."""
    before = tmp_path_factory.mktemp("approved") / "workspace"
    copy_of(clean_night[0], before)
    draft_hash = approved(before)
    after = tmp_path_factory.mktemp("closed") / "workspace"
    copy_of(before, after)
    arguments = ("close", "commit", "2026-09", draft_hash, "--on", ISSUED)
    touches = run_until(0, after, arguments, prefect_server)
    return before, arguments, touches, state_of(after)


def test_a_night_killed_at_ten_points_ends_like_a_clean_one(week, clean_night, tmp_path, prefect_server):
    _, touches, wanted = clean_night
    assert wanted["inbox"] == []
    for point in points_of(touches):
        folder = tmp_path / f"killed-at-{point}"
        copy_of(week, folder)
        run_until(point, folder, NIGHT, prefect_server)
        belnota(*NIGHT, "--no-prefect", "--workspace", folder)
        assert state_of(folder) == wanted, f"killed at touch {point} of {touches}"
        shutil.rmtree(folder)


def test_a_close_killed_at_ten_points_ends_like_a_clean_one(clean_close, tmp_path, prefect_server):
    before, arguments, touches, wanted = clean_close
    assert len(wanted["invoices"]) > 5
    for point in points_of(touches):
        folder = tmp_path / f"killed-at-{point}"
        copy_of(before, folder)
        run_until(point, folder, arguments, prefect_server)
        belnota(*arguments, "--no-prefect", "--workspace", folder)
        assert state_of(folder) == wanted, f"killed at touch {point} of {touches}"
        with opened(folder, os.environ) as workspace, workspace.store.reading() as tx:
            assert invoicing.verify(tx, workspace.settings.invoices) == []
        shutil.rmtree(folder)


def test_a_killed_run_is_noticed_when_nothing_repairs_it(week, clean_night, tmp_path, prefect_server):
    """The negative control: without the rerun the comparison must fail."""
    _, touches, wanted = clean_night
    folder = tmp_path / "killed"
    copy_of(week, folder)
    run_until(touches // 2, folder, NIGHT, prefect_server)
    assert state_of(folder) != wanted
