"""A release swapped under readers of other processes: plain DuckDB, as analysts have it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pytest

from tests.lib.warehouse_data import calls, draws, published_frames, rated
from tests.lib.warehouse_published import release_of
from warehouse import Lake, publish, published_release

ASK = (
    "select (select release_id from meta.release), count(*), sum(charge_eur)::varchar, "
    "(select count(*) from core.bundle_draws) from report.calls"
)
LOOPING = f"""
import json, pathlib, sys, duckdb
print("ready", flush=True)
while not pathlib.Path(sys.argv[2]).exists():
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        print(json.dumps(connection.sql("{ASK}").fetchall()[0]), flush=True)
"""
WRITER = """
import os, sys, duckdb
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)  # root may write anything
try:
    duckdb.connect(sys.argv[1])
except duckdb.Error as error:
    print(type(error).__name__)
"""


def publish_number(root: Path, number: int) -> tuple[int, int, str, int]:
    """Publish release `number`, and return what it must answer."""
    lake = Lake(root / "lake")
    out = rated(calls(10 * number))
    lake.replace("rated_calls", "2026-10", out)
    lake.replace("bundle_draws", "2026-10", draws(out))
    publish(root / "analytics.duckdb", lake, release_of(lake, number), published_frames())
    micro = out["charge_micro_eur"].sum()
    return number, 10 * number, f"{micro // 1_000_000}.{micro % 1_000_000:06d}", draws(out).height


@pytest.mark.slow
def test_twenty_releases_under_a_reader_who_loops_and_one_who_holds_the_file(tmp_path):
    path, stop = tmp_path / "analytics.duckdb", tmp_path / "stop"
    expected = [publish_number(tmp_path, 1)]
    held = duckdb.connect(str(path), read_only=True)
    reader = subprocess.Popen(
        [sys.executable, "-c", LOOPING, path, stop], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert reader.stdout.readline() == "ready\n"
    try:
        expected += [publish_number(tmp_path, number) for number in range(2, 21)]
    finally:
        stop.touch()
    said, errors = reader.communicate()

    answers = [tuple(json.loads(line)) for line in said.splitlines()]
    assert (reader.returncode, errors) == (0, "")
    assert set(answers) <= set(expected)
    assert [number for number, *_ in answers] == sorted(number for number, *_ in answers)
    assert len(set(answers)) > 3
    assert published_release(path) == 20
    assert held.sql(ASK).fetchall()[0] == expected[0]
    held.close()
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.sql(ASK).fetchall()[0] == expected[-1]


def test_nobody_opens_the_file_to_write():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        publish_number(Path(folder), 1)
        path = Path(folder) / "analytics.duckdb"

        run = subprocess.run([sys.executable, "-c", WRITER, path], capture_output=True, text=True, check=False)

        assert (run.stdout, run.stderr) == ("IOException\n", "")
        assert path.stat().st_mode & 0o222 == 0
        assert sorted(entry.name for entry in Path(folder).iterdir()) == ["analytics.duckdb", "lake"]


def test_a_question_on_one_month_opens_the_files_of_that_month_only(tmp_path):
    lake = Lake(tmp_path / "lake")
    for month in ("2026-08", "2026-09", "2026-10"):
        lake.replace("rated_calls", month, rated(calls(10, period=month), billing_period=month))
    publish(tmp_path / "analytics.duckdb", lake, release_of(lake), published_frames())
    # not the first one, from which DuckDB learns the columns
    lake.files("rated_calls", periods=["2026-09"])[0].write_bytes(b"not a Parquet file")

    with duckdb.connect(str(tmp_path / "analytics.duckdb"), read_only=True) as connection:
        asked = "select count(*), min(billing_period), max(period) from report.calls where billing_period = '2026-10'"
        assert connection.sql(asked).fetchall()[0] == (10, "2026-10", "2026-10")
        with pytest.raises(duckdb.Error):
            connection.sql("select sum(quantity) from report.calls").fetchall()[0]
