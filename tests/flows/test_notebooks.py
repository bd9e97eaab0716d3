"""What the notebooks say, run as scripts on a small reseller; and months rated otherwise."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from belnota.errors import Refused
from pipelines.analysis import Analysis, other_lists, purchase_list
from pipelines.cli import app
from pipelines.cli.notebooks import FOLDER
from pipelines.what_if import price_lists, raised
from tests.lib.price_lists import write_deck
from tests.lib.small_reseller import OCTOBER, SmallReseller

NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.fixture(scope="module")
def reseller(tmp_path_factory):
    """A month in which A uses 110 of 100 minutes, on one day of October; B 10, in September too."""
    made = SmallReseller(tmp_path_factory.mktemp("reseller") / "workspace")
    made.calls(("A", "2026-10-06 09:00:00", 6600), ("B", "2026-10-07 09:00:00", 600), ("B", "2026-09-07 09:00:00", 60))
    made.night()
    return made


@pytest.fixture
def october(reseller):
    return Analysis.of({"workspace": str(reseller.folder), "period": "2026-10"})


def said_by(name: str, folder: Path, *options: str) -> str:
    command = [sys.executable, FOLDER / f"{name}.py", "--workspace", folder, *options]
    environment = {"PYTHONPATH": str(FOLDER.parent.parent), "PATH": "/usr/bin:/bin", "HOME": str(folder.parent)}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


EXPECTED = {
    "month_overview": r"2026-10 in all.*│ 2 .*6\.000000.*by day.*2026-10-06.*customers.*Klant A.*by call type",
    "margin_and_anomalies": r"margin by call type.*Nationaal vast.*2 .*6\.000000.*43\.200000.*-37\.200000.*unusual",
    "bundle_fit": r"fit.*min@A1.*6000 .*6000 .*0 .*600 .*too small.*bundles of 150 %.*Klant A.*-6\.000000",
    "what_if": r"All prices \+10 %: in all.*6\.000000.*6\.600000.*by customer.*Klant A.*0\.600000.*calls that change",
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_as_a_script(reseller, name):
    said = said_by(name, reseller.folder, "--period", "2026-10")

    assert re.search(EXPECTED[name], said, re.DOTALL), said


def test_a_notebook_says_in_one_sentence_what_is_wrong(reseller):
    run = CliRunner()
    listed = run.invoke(app, ["notebook"]).stdout
    unknown = run.invoke(app, ["notebook", "month_overvieuw"]).exception

    assert [line.split()[0] for line in listed.splitlines()[1:]] == NOTEBOOKS
    assert "there is no notebook month_overvieuw; there are bundle_fit" in str(unknown)
    with pytest.raises(Refused, match=r"no calls of 2020-01; there are of 2026-09, 2026-10"):
        Analysis.of({"workspace": str(reseller.folder), "period": "2020-01"})


def test_a_wrong_option_of_a_script_is_told_in_one_sentence(reseller):
    command = [sys.executable, FOLDER / "bundle_fit.py", "--workspace", reseller.folder, "--allowance", "many"]

    run = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": str(FOLDER.parent.parent)}, check=False
    )

    assert (run.returncode, run.stderr) == (1, "belnota: --allowance=many must be a whole number from 0 to 400\n")


def charges(analysis, name):
    sql = f"select coalesce(sum(charge_micro_eur), 0)::bigint * 0.000001 from scratch.{name}"
    return analysis.ask(sql).item()


def test_a_month_rated_with_the_lists_in_use_is_what_was_charged(october):
    assert october.what_if("now") == 2

    differing = october.ask("""
        select call_id from scratch.now full join core.rated_calls as stored using (call_id)
        where stored.period = $period and (stored.charge_micro_eur, stored.in_bundle_quantity, stored.deck)
            is distinct from (now.charge_micro_eur, now.in_bundle_quantity, now.deck)
    """)
    assert differing.height == 0
    assert charges(october, "now") == Decimal(6)


def test_other_bundles_and_other_prices_change_the_charges(october, tmp_path):
    with october.workspace() as workspace:
        lists = price_lists(workspace)
    twice = {name: raised(deck, 100) for name, deck in lists.items()}
    cheap = write_deck(tmp_path, "prefix,price,destination,call_type\n31,0.06,Nederland,national\n", name="small")

    october.what_if("none", allowance_percent=0)
    october.what_if("double", instead=twice)
    october.what_if("cheap", instead=other_lists(october, cheap, 0).instead)
    october.what_if("bought", instead=purchase_list(october, cheap).instead, allowance_percent=0)

    # 120 minutes at 0.60; 10 minutes at 1.20; 10 at 0.06; 120 at 0.06
    assert [charges(october, name) for name in ("none", "double", "cheap", "bought")] == [
        72,
        12,
        Decimal("0.6"),
        Decimal("7.2"),
    ]


def test_what_if_stores_nothing(reseller, october):
    before = {path: path.stat().st_mtime_ns for path in reseller.folder.rglob("*") if path.is_file()}

    october.what_if("other", allowance_percent=0)

    after = {path: path.stat().st_mtime_ns for path in reseller.folder.rglob("*") if path.is_file()}
    assert {path.name for path in set(after.items()) ^ set(before.items()) for path in [path[0]]} <= {
        "store.sqlite-shm", "store.sqlite-wal",
    }  # fmt: skip


def test_a_price_list_that_no_plan_uses_is_refused(october, tmp_path):
    stranger = write_deck(tmp_path, "prefix,price\n31,1\n", name="stranger")

    with pytest.raises(Refused, match="no plan uses a price list stranger; give it the name of one of small"):
        other_lists(october, stranger, 0)
    with pytest.raises(Refused, match="at most by 100"):
        raised(next(iter(other_lists(october, None, 0).instead.values())), -101)


def test_a_month_without_calls_cannot_be_rated_otherwise(october):
    with pytest.raises(Refused, match="no stored call was answered in 2026-12"):
        Analysis(october.folder, OCTOBER.next().next()).what_if("none")
