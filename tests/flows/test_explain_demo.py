"""The demo month explained: every call adds up to what is stored, and docs/explain.md shows what the demo makes."""

import json
import os
import re
import shlex
import shutil

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.explaining import explanations
from pipelines.explaining.record import record_of
from pipelines.workspace import opened
from tests.flows.conftest import ROOT
from tests.lib.explained import sum_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```sh\n(belnota [^\n]+)\n```\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def explained(demo_month):
    """The JSON of `belnota explain` for every rated call."""
    with opened(demo_month, os.environ) as workspace:
        calls = workspace.lake.scan("rated_calls").collect()
        told = [json.loads(json.dumps(record_of(one), default=str)) for one in explanations(workspace, calls)]
    assert len(told) > 18_000
    return told


def test_what_explain_prints_of_every_call_adds_up_to_its_stored_charge(explained):
    for one in explained:
        call = one["call"]
        assert sum_of(one["charges"]) * 1_000_000 == (call["charge_micro_eur"] or 0), call["call_id"]
        information = [charge for charge in one["charges"] if charge["charge_kind"] == "information"]
        assert sum_of(information) * 1_000_000 == (call["information_charge_micro_eur"] or 0), call["call_id"]
        billed = [
            part["units"] for charge in one["charges"] if charge["charge_kind"] == "call" for part in charge["parts"]
        ]
        assert sum(billed) == (call["billed_quantity"] or 0), call["call_id"]


def test_bundles_and_raw_lines_of_every_call_are_there_and_nothing_differs(explained):
    for one in explained:
        call = one["call"]
        assert one["differs"] == {}, call["call_id"]
        assert sum(bundle["paid"] for bundle in one["bundles"]) == call["in_bundle_quantity"], call["call_id"]
        assert all(bundle["left_after"] >= 0 for bundle in one["bundles"]), call["call_id"]
        assert one["source"]["raw_line"], call["call_id"]
        assert bool(one["reason"]) == (call["status"] != "rated"), call["call_id"]
        assert bool(one["late"]) == (call["period"] != call["billing_period"]), call["call_id"]


def test_the_demo_has_a_call_of_each_kind_that_the_page_shows(explained):
    kinds = {
        "two bands": [one for one in explained if len({p["band"] for c in one["charges"] for p in c["parts"]}) > 1],
        "end of a group bundle": [
            one for one in explained if any(b["is_group"] and b["paid"] and not b["left_after"] for b in one["bundles"])
        ],
        "two charges": [one for one in explained if len(one["charges"]) == 2],
        "late": [one for one in explained if one["late"] and one["call"]["status"] == "rated"],
        "unrated": [one for one in explained if one["call"]["status"] == "unrated"],
    }
    ids = {name: {one["call"]["call_id"] for one in some} for name, some in kinds.items()}
    asked = [shlex.split(command)[2] for command, _ in SHOWN if command.startswith("belnota explain")]
    assert len(asked) == len(kinds)
    assert all(call_id in ids[name] for call_id, name in zip(asked, kinds, strict=True))


@pytest.mark.parametrize(("command", "shown"), SHOWN, ids=[command[8:40] for command, _ in SHOWN])
def test_the_page_shows_what_the_commands_print(demo_month, tmp_path, monkeypatch, command, shown):
    shutil.copytree(demo_month / "decks", tmp_path / "decks")
    rates = shutil.copytree(tmp_path / "decks" / "zakelijk-2026", tmp_path / "decks" / "new") / "rates.csv"
    rates.write_text(rates.read_text().replace("0.0490", "0.0520"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BELNOTA_WORKSPACE", str(demo_month))

    run = CliRunner().invoke(app, shlex.split(command)[1:], catch_exceptions=False)

    printed = [line.rstrip() for line in run.stdout.splitlines()]
    expected = shown.splitlines()
    if expected[-1] == "...":
        expected, printed = expected[:-1], printed[: len(expected) - 1]
    assert printed == expected
