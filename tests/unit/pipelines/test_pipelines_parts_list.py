"""`belnota parts list`: what waits, since when, and what is missing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from belnota.settings import Feed
from pipelines.cli import app
from tests.lib.parts_place import PartsPlace, bye, invite
from tests.lib.tap_files import batch, ber, call

TOML = """
[[feed]]
name = "sip"
format = "opensips_flatstore"
files = "acc*.log"
options = { caller = 8, called = 9 }
"""


@pytest.fixture
def place(tmp_path, migrated_sqlite):
    made = PartsPlace(tmp_path / "workspace", migrated_sqlite)
    (made.settings.workspace / "belnota.toml").write_text(TOML, encoding="utf-8")
    yield made
    made.store.close()


def listed(place, *arguments):
    run = CliRunner().invoke(app, ["parts", "list", *arguments, "--workspace", str(place.settings.workspace)])
    assert run.exit_code == 0, run.output
    return run.output


def test_nothing_waits_in_a_new_workspace(place):
    assert "no call waits for a part" in listed(place)


def test_what_waits_is_listed_with_what_is_missing_and_where_it_came_from(place):
    place.send("acc-1.log", [invite("whole"), bye("whole", 1), invite("a"), bye("b", 30)])

    assert [(row["missing"], row["number"], row["file_name"]) for row in json.loads(listed(place, "--json"))] == [
        ("hangup", "+31201234567", "acc-1.log"),
        ("answer", "", "acc-1.log"),
    ]
    table = listed(place)
    assert "a@pbx|from-a|to-a" in table
    assert "whole" not in table
    assert "no call waits" in listed(place, "--feed", "other")
    assert "no call waits" in listed(place, "--older-than", "99999")


def explained(place, *arguments):
    run = CliRunner().invoke(app, ["explain", *arguments, "--workspace", str(place.settings.workspace)])
    assert run.exit_code == 0, run.output
    return run.output


def test_explain_shows_the_lines_that_a_call_was_made_of(place):
    place.send("acc-1.log", [bye("a", 65)])
    place.send("acc-2.log", [invite("b"), invite("a")])

    told = explained(place, "sip/a@pbx")
    parts = json.loads(explained(place, "sip/a@pbx", "--json"))["source"]["parts"]

    assert [(part["role"], part["file_name"], part["line_number"]) for part in parts] == [
        ("answer", "acc-2.log", 2),
        ("hangup", "acc-1.log", 1),
    ]
    assert [part["raw_line"] for part in parts] == [invite("a"), bye("a", 65)]
    assert "made of" in told
    assert bye("a", 65) in told


def test_explain_says_that_a_binary_file_has_no_lines(place):
    roaming = '[[feed]]\nname = "roaming"\nformat = "tap_3_12"\nfiles = "CD*"\n'
    (place.settings.workspace / "belnota.toml").write_text(roaming, encoding="utf-8")
    place.settings = replace(place.settings, feeds=(Feed("roaming", "tap_3_12", "CD*"),))
    (place.settings.inbox / "CD1").write_bytes(ber(batch([call(reference="01"), call(reference="02")])))
    place.ingest()

    assert "this format has no lines to show; it is the event of this number" in explained(place, "+0200|4930123456|02")
