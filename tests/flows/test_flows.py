"""The Prefect flows do what the plain steps do, and leave what an operator looks at."""

import datetime as dt
import inspect
import json
import os
import subprocess
import sys
import time
import urllib.request

import pytest

from pipelines.deployments import DEPLOYMENTS
from pipelines.flow_tasks import run_step
from pipelines.workspace import today
from tests.flows.conftest import ROOT, belnota, copy_of
from tests.lib.state import state_of


def call(server, path, body=None):
    """Ask the Prefect server's API; with a body it is a POST."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server["PREFECT_API_URL"] + path, content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def by_name(rows):
    return {row["name"]: row for row in rows}


def wait_for(look, is_good, seconds=120):
    """Look until it is good, and return what was seen."""
    deadline = time.monotonic() + seconds
    while not is_good(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.5)
    return seen


pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_flow_and_the_plain_steps_come_to_the_same(week, tmp_path, prefect_server):
    states = []
    for how, env in (("--prefect", prefect_server), ("--no-prefect", {})):
        folder = tmp_path / how
        copy_of(week, folder)
        belnota("nightly", "--on", "2026-10-01", how, "--workspace", folder, env=env)
        states.append(state_of(folder))
    assert states[0] == states[1]


def test_prefect_shows_progress_and_a_table_of_the_night(fresh_week, prefect_server):
    belnota("nightly", "--on", "2026-10-01", "--workspace", fresh_week, env=prefect_server)
    artifacts = call(prefect_server, "/artifacts/filter", {})
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


def test_schedules_are_served_to_a_prefect_server_and_a_run_started_there_does_the_night(fresh_week, prefect_server):
    """docs/operations.md: with Prefect's pages."""
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "schedule", "--workspace", fresh_week]
    log = (fresh_week / "schedule.log").open("w")
    serving = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **prefect_server}, stdout=log, stderr=log)
    try:
        served = wait_for(
            lambda: by_name(call(prefect_server, "/deployments/filter", {})), lambda found: len(found) == 2
        )
        assert set(served) == {"nightly", "month_end"}
        [schedule] = served["nightly"]["schedules"]
        assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("15 2 * * *", "Europe/Amsterdam")
        body = {"parameters": {"on": "2026-10-01"}}
        started = call(prefect_server, f"/deployments/{served['nightly']['id']}/create_flow_run", body)
        path, finished = f"/flow_runs/{started['id']}", {"COMPLETED", "FAILED", "CRASHED"}
        ended = wait_for(lambda: call(prefect_server, path)["state"]["type"], lambda state: state in finished)
        assert ended == "COMPLETED", (fresh_week / "schedule.log").read_text()
    finally:
        serving.terminate()
        serving.wait(30)
        log.close()
    assert (fresh_week / "analytics.duckdb").exists()


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
