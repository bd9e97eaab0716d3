"""The Prefect flows do what the plain steps do, and leave what an operator looks at."""

import datetime as dt
import inspect
import json
import shutil
import subprocess
import sys
import urllib.request

import pytest

from pipelines.deployments import DEPLOYMENTS
from pipelines.flow_tasks import run_step
from pipelines.workspace import today
from tests.flows.conftest import ROOT, belnota
from tests.lib.state import state_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(600)]


def test_the_flow_and_the_plain_steps_come_to_the_same(week, tmp_path, prefect_server):
    states = []
    for how, env in (("--prefect", prefect_server), ("--no-prefect", {})):
        folder = tmp_path / how
        shutil.copytree(week, folder)
        belnota("nightly", "--on", "2026-10-01", how, "--workspace", folder, env=env)
        states.append(state_of(folder))
    assert states[0] == states[1]


def test_prefect_shows_progress_and_a_table_of_the_night(fresh_week, prefect_server):
    belnota("nightly", "--on", "2026-10-01", "--workspace", fresh_week, env=prefect_server)
    request = urllib.request.Request(
        prefect_server["PREFECT_API_URL"] + "/artifacts/filter", b"{}", {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        artifacts = json.load(answer)
    assert {"progress", "table"} <= {artifact["type"] for artifact in artifacts}
    table = next(artifact for artifact in artifacts if artifact["key"] == "night")
    assert "calls_accepted" in table["data"]


def test_a_second_night_finds_nothing_to_do_and_says_so(fresh_week):
    belnota("nightly", "--on", "2026-10-01", "--no-prefect", "--workspace", fresh_week)
    before = state_of(fresh_week), (fresh_week / "analytics.duckdb").read_bytes()
    again = belnota("nightly", "--on", "2026-10-01", "--no-prefect", "--workspace", fresh_week)
    assert "nothing was done twice" in again.stdout
    assert (state_of(fresh_week), (fresh_week / "analytics.duckdb").read_bytes()) == before


def test_a_second_run_at_the_same_time_leaves_at_once(fresh_week):
    hold = (
        "import fcntl, sys, time; handle = open(sys.argv[1], 'a+'); fcntl.flock(handle, fcntl.LOCK_EX);"
        "print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", hold, fresh_week / ".lock"], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    run = belnota("nightly", "--no-prefect", "--workspace", fresh_week, check=False)
    holder.kill()
    holder.communicate()
    assert run.returncode == 75
    assert "another run" in run.stderr


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment.flow.name)
def test_every_schedule_fits_its_flow(deployment):
    parameters = {"workspace": "w", **deployment.parameters}
    if deployment.cron is None:
        parameters |= {"period": "2026-10", "draft_hash": "h"}
    inspect.signature(deployment.flow.fn).bind(**parameters)


def test_no_step_is_cached_or_retried_by_prefect():
    assert run_step.retries == 0
    assert run_step.cache_policy.__class__.__name__ == "_None"


def test_prefect_says_nothing_to_anyone():
    """The settings that keep telemetry off are in force in a process that imports our flows."""
    code = (
        "import pipelines.nightly; from prefect.settings import get_current_settings as s;"
        "print(s().server.analytics_enabled)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_today_is_a_local_date():
    assert abs(today() - dt.datetime.now(dt.UTC).date()) <= dt.timedelta(days=1)
