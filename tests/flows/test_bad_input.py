"""What operations may find one morning: each gives one clear sentence, the right exit code, and loses nothing."""

import os
import re
import subprocess
import sys

import pytest

from pipelines.demo import demo_arrivals
from tests.flows.conftest import ROOT, belnota
from tests.lib.state import names

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GOOD = next(arrival for arrival in demo_arrivals() if arrival.name.startswith("asterisk-"))
WHOLESALE = next(arrival for arrival in demo_arrivals() if arrival.name.startswith("DDB-"))


def one_line(text):
    """The message without its colours; no traceback, no blank screen."""
    assert "Traceback" not in text
    return " ".join(text.split())


@pytest.fixture
def quiet_week(fresh_week):
    """A workspace whose inbox is empty, so that a test's own file is all there is."""
    for file in (fresh_week / "inbox").iterdir():
        file.unlink()
    return fresh_week


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("asterisk-empty.csv", b"", ["empty"]),
        ("asterisk-picture.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" * 40, ["not utf-8"]),
        ("asterisk-utf16.csv", '"a","b"\n'.encode("utf-16"), ["UTF-16"]),
        ("DDB-cut.CDR", WHOLESALE.content[: len(WHOLESALE.content) // 2], ["TRL", "not complete"]),
        ("mobiel-other.csv", b"a;b;c\r\n1;2;3\r\n", ["header"]),
        ("who-knows.txt", b"hello\n", ["no feed claims"]),
        ("asterisk-big.csv", b"x" * (3 << 20), ["larger than 2 MiB", "max_file_mebibytes"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_is_refused_by_name_and_the_good_one_goes_on(quiet_week, name, content, words):
    settings = quiet_week / "belnota.toml"
    settings.write_text(re.sub(r"max_file_mebibytes = \d+", "max_file_mebibytes = 2", settings.read_text()))
    (quiet_week / "inbox" / name).write_bytes(content)
    (quiet_week / "inbox" / GOOD.name).write_bytes(GOOD.content)
    run = belnota("ingest", "--workspace", quiet_week, check=False)
    assert run.returncode == 2
    said = one_line(run.stdout)
    assert name in said
    assert [word for word in words if word.lower() not in said.lower()] == []
    register = belnota("sql", "--json", "--workspace", quiet_week, check=False)
    assert register.returncode == 2, "nothing is published by ingest alone"
    assert names(quiet_week / "inbox") == []
    assert len(names(quiet_week / "archive" / "raw")) == 2
    night = belnota("nightly", "--no-prefect", "--on", "2026-10-01", "--workspace", quiet_week)
    assert "controls balance" in night.stdout


def test_bad_lines_go_to_quarantine_with_file_line_and_reason(quiet_week):
    lines = GOOD.content.splitlines(keepends=True)
    lines[4] = lines[4].replace(b"2026-", b"2026-99-", 1)
    (quiet_week / "inbox" / GOOD.name).write_bytes(b"".join(lines))
    belnota("ingest", "--workspace", quiet_week)
    shown = one_line(belnota("quarantine", "list", "--workspace", quiet_week).stdout)
    assert f"{GOOD.name} 5 time" in shown


def test_missing_company_data_parks_the_invoices_and_says_where_to_mend_it(fresh_week):
    settings = fresh_week / "belnota.toml"
    kept = [line for line in settings.read_text().splitlines() if not line.startswith("kvk")]
    settings.write_text("\n".join(kept))
    belnota("nightly", "--no-prefect", "--on", "2026-10-01", "--workspace", fresh_week)
    shown = one_line(belnota("close", "draft", "2026-09", "--workspace", fresh_week).stdout)
    assert "parked" in shown
    assert "the company's kvk is empty" in shown
    assert "[company]" in shown
    assert "0 invoices" in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[company]\nnaam = 'x'\n", ["naam", "known are"]),
        ("[night]\nmax_file_mebibytes = 'many'\n", ["max_file_mebibytes", "whole number"]),
        ("[company\n", ["line 1"]),
        ("[[feed]]\nname = 'a'\nformat = 'abacus'\nfiles = '*'\n", ["abacus", "known are"]),
        ("[store]\nurl = 'oracle://x'\n", ["[store]"]),
    ],
)
def test_a_wrong_setting_is_named(quiet_week, text, words):
    (quiet_week / "belnota.toml").write_text(text)
    run = belnota("nightly", "--no-prefect", "--workspace", quiet_week, check=False)
    assert run.returncode == 2
    said = one_line(run.stderr)
    assert [word for word in words if word not in said] == []


def test_no_workspace_is_said_with_what_to_do(tmp_path):
    run = belnota("nightly", "--no-prefect", "--workspace", tmp_path, check=False)
    assert run.returncode == 2
    assert "belnota init" in one_line(run.stderr)


SMALL_DISK = """
set -eu
mount -t tmpfs -o "size=$1k" tmpfs "$2"
cp -a "$3" "$2/workspace"
export BELNOTA_WORKSPACE="$2/workspace"
set -- "$@" -c "from pipelines.cli import main; main()" nightly --no-prefect --on 2026-10-01
disk=$2
shift 3
"$@" && exit 99
echo "first exit $?"
mount -o remount,size=200m "$disk"
"$@"
find "$disk" -name "*.part" -o -name "*.part-*"
"""


def test_a_full_disk_stops_the_night_with_one_sentence_and_room_repairs_it(week, tmp_path):
    """A disk of its own (in a mount namespace, so that nothing is left mounted), too small at first, then larger."""
    disk = tmp_path / "disk"
    disk.mkdir()
    kibibytes = sum((week / name).stat().st_size for name in names(week)) // 1024 + 300
    own = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    command = [*own, "sh", "-c", SMALL_DISK, "sh", str(kibibytes), disk, week, sys.executable]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "first exit 1" in run.stdout
    assert "space" in one_line(run.stderr)
    assert "controls balance" in run.stdout
    assert ".part" not in run.stdout


def test_a_call_of_an_unknown_number_waits_in_suspense_and_is_billed_once_it_is_known(fresh_week):
    number = (fresh_week / "accounts" / "numbers.csv").read_text().splitlines()[1].split(",")[0]
    belnota("nightly", "--no-prefect", "--on", "2026-09-11", "--workspace", fresh_week)
    before = belnota("suspense", "list", "--json", "--workspace", fresh_week).stdout
    assert number not in before
    subprocess.run([sys.executable, "-c", FORGET, fresh_week, number], cwd=ROOT, check=True)
    belnota("nightly", "--no-prefect", "--on", "2026-09-12", "--workspace", fresh_week)
    assert number in belnota("suspense", "list", "--json", "--workspace", fresh_week).stdout
    belnota("accounts", "import", fresh_week / "accounts", "--workspace", fresh_week)
    belnota("nightly", "--no-prefect", "--on", "2026-09-13", "--workspace", fresh_week)
    assert number not in belnota("suspense", "list", "--json", "--workspace", fresh_week).stdout


FORGET = """
import sys
from pathlib import Path
from belnota.store import open_store, schema
store = open_store(f"sqlite:///{Path(sys.argv[1]) / 'store.sqlite'}")
with store.writing() as tx:
    tx.execute(schema.numbers.delete().where(schema.numbers.c.number == sys.argv[2]))
"""


def test_the_workspace_is_found_from_below(fresh_week):
    below = fresh_week / "inbox"
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "decks", "list"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=below, env=env, capture_output=True, text=True, check=False)
    assert "zakelijk-2026" in run.stdout, run.stderr
