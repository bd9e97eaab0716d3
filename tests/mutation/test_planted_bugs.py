"""The oracle judges: a bug planted in a copy of the engine is caught, and the copy without a bug is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.judge import CALLS, DIFFERENT, SEEDS
from tests.mutation.planted import BUGS, PlantedBug

ROOT = Path(__file__).parents[2]
COPIED = ("rating", "tariffs", "belnota")


def judged(folder: Path, bug: PlantedBug | None) -> subprocess.CompletedProcess[str]:
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    if bug is not None:
        bug.plant(folder)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "POLARS_MAX_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "tests.mutation.judge"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip


def test_the_engine_as_it_is_equals_the_oracle(tmp_path):
    done = judged(tmp_path, None)

    assert (done.stdout, done.returncode) == (f"{len(SEEDS) * CALLS} calls, 0 different\n", 0), done.stderr


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(tmp_path, bug):
    done = judged(tmp_path, bug)

    assert done.returncode == DIFFERENT, done.stdout + done.stderr
