"""A retry of quarantined lines killed with SIGKILL: the next night and retry end where an undisturbed one ends."""

import datetime as dt
import os
import signal
import subprocess
import sys
from copy import copy

import pytest

from pipelines.quarantine import Selection
from pipelines.quarantine_retry import retry
from pipelines.workspace import silent
from tests.flows.conftest import ROOT, copy_of
from tests.lib.raw_files import content, mobiel_file, mobiel_line
from tests.lib.small_reseller import SmallReseller
from tests.lib.state import state_of

RUNNER = ROOT / "tests" / "lib" / "run_until_killed.py"
RETRY = ("quarantine", "retry", "--by", "Anna")
POINTS = 3

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run_until(point, folder):
    run = subprocess.run(
        [sys.executable, RUNNER, str(point), folder, *RETRY],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == (-signal.SIGKILL if point else 0), run.stdout + run.stderr
    return 0 if point else int(run.stderr.rsplit("touches ", 1)[1])


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """Two files with lines of a service that their mapping did not know, and now does."""
    reseller = SmallReseller(tmp_path_factory.mktemp("reseller") / "workspace")
    for number in (1, 2):
        fax = mobiel_line(8 + number, soort="FAX")
        (reseller.folder / "inbox" / f"mobiel-{number}.csv").write_bytes(content([*mobiel_file(number), fax]))
    reseller.night()
    mapping = reseller.folder / "mappings" / "mobiel.toml"
    mapping.write_text(mapping.read_text().replace("GESPREK", 'FAX = "sms", GESPREK'))
    return reseller


def finished(mended, folder):
    """Do what is left of the retry, and a night, in this process; returns what the workspace holds then."""
    mine = copy(mended)
    mine.folder = folder
    with mine.open() as workspace, workspace.held():
        retry(workspace, Selection(), actor="Anna", because="mended", progress=silent)
    mine.night(dt.date(2026, 10, 7))
    return state_of(folder)


def test_a_killed_retry_ends_like_an_undisturbed_one(mended, tmp_path):
    clean = copy_of(mended.folder, tmp_path / "clean")
    touches = run_until(0, clean)
    wanted = finished(mended, clean)
    assert wanted["calls"] != state_of(mended.folder)["calls"]
    for point in sorted({1 + round(index * (touches - 1) / (POINTS - 1)) for index in range(POINTS)}):
        folder = copy_of(mended.folder, tmp_path / f"killed-at-{point}")
        run_until(point, folder)
        assert finished(mended, folder) == wanted, f"killed at touch {point} of {touches}"
