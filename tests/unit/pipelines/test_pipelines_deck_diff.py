"""`belnota decks diff`: two price lists side by side, and a month of calls priced by each."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import tariffs.registry
from belnota.errors import Refused
from pipelines.cli import app
from tests.lib.price_lists import PEAK, write_deck
from tests.lib.small_reseller import SmallReseller

OLD = "prefix,price,destination,band\n31,0.60,Nederland,*\n312,0.30,Amsterdam,*\n3188,0.10,Zakelijk,*\n32,0,België,*\n"
NEW = "prefix,price,destination,band\n31,0.75,Nederland,*\n312,0.30,Amsterdam,*\n32,0.05,België,*\n33,0.2,Frankrijk,*\n"
MONTH = "2026-09"


def run(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["decks", "diff", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def figures(*arguments: object) -> dict:
    return json.loads(run(*arguments, "--json"))


def test_folders_are_compared_without_a_workspace(tmp_path):
    old, new = write_deck(tmp_path / "old", OLD), write_deck(tmp_path / "new", NEW, PEAK)

    assert run(old, new).splitlines() == [
        f"{old} -> {new}",
        "",
        "settings         before   after",
        "order of bands   none     peak",
        "band peak        none     mon tue wed thu fri 08:00-18:00, except holidays",
        "",
        "rows           of which",
        "added      1   1 prefix",
        "removed    1   1 prefix",
        "changed    2   2 dearer, 0 cheaper by the unit, 0 otherwise",
        "the same   1",
        "",
        "added",
        "prefix   destination   price EUR",
        "33       Frankrijk     0.2000 / 60 s",
        "",
        "removed",
        "prefix   destination   price EUR",
        "3188     Zakelijk      0.1000 / 60 s",
        "",
        "changed",
        "prefix   destination   price before    after           change",
        "31       Nederland     0.6000 / 60 s   0.7500 / 60 s   +25.00 %",
        "32       België        0.0000 / 60 s   0.0500 / 60 s",
    ]
    assert run(old, old).splitlines()[1] == "no differences: 4 rows are the same"


def test_of_many_changes_the_biggest_come_first_and_all_when_asked(tmp_path):
    old, new = (
        write_deck(
            tmp_path / name,
            "prefix,price,connect_fee\n"
            + "".join(f"{n},{0.5 + change * (n % 7) / 100:.2f},0.{n}\n" for n in range(10, 60)),
        )
        for name, change in (("old", 0), ("new", 1))
    )
    shown = run(old, new)
    assert "biggest rises (the first 5 of 43; all with --all)" in shown
    assert "biggest falls" not in shown
    assert "changed (the first 20 of 43; all with --all)" in shown
    assert "changed (" not in run(old, new, "--all")
    assert len(figures(old, new)["changed"]) == 43


def test_what_is_no_price_list_is_refused(tmp_path):
    (tmp_path / "belnota.toml").touch()
    old = write_deck(tmp_path / "old", OLD)
    with pytest.raises(Refused, match="nor an imported price list; those are: none"):
        run(old, "az", "--workspace", tmp_path)
    with pytest.raises(Refused, match="--calls '2026-13' is not a period"):
        run(old, old, "--calls", "2026-13")


@pytest.fixture
def reseller(tmp_path):
    made = SmallReseller(tmp_path / "workspace")
    # 6,000 s of each are in a bundle; what is beyond costs 0.60 a minute.
    made.calls(
        ("A", "2026-09-10 12:00:00", 5940), ("A", "2026-09-11 12:00:00", 120), ("B", "2026-09-12 12:00:00", 6120)
    )
    made.night()
    return made


def new_version(reseller, rates, toml="", name="small"):
    return write_deck(reseller.folder.parent / "new", rates, toml, name)


def priced(reseller, old, new, period=MONTH):
    return figures(old, new, "--calls", period, "--workspace", reseller.folder)["calls"]


def test_a_month_is_priced_with_both_bundles_included(reseller):
    found = priced(reseller, "small", new_version(reseller, "prefix,price,destination\n31,0.90,Nederland\n"))

    assert found["both"] == {"calls": 3, "before_eur": "1.8000", "after_eur": "2.7000"}
    assert found["customers"] == [
        {"customer_id": "B", "calls": 1, "before_eur": "1.2000", "after_eur": "1.8000"},
        {"customer_id": "A", "calls": 2, "before_eur": "0.6000", "after_eur": "0.9000"},
    ]
    assert [(one["quantity"], one["before_eur"], one["after_eur"]) for one in found["most"]] == [
        (6120, "1.2000", "1.8000"),
        (120, "0.6000", "0.9000"),
    ]
    with reseller.open() as workspace:
        stored = workspace.lake.scan("rated_calls").collect()["charge_micro_eur"].sum()
    assert stored == 1_800_000  # as before, for nothing was stored


def test_the_version_before_the_last_import_is_compared_with_the_one_in_use(reseller):
    folder = new_version(reseller, "prefix,price,destination\n31,0.30,Nederland\n")
    with reseller.open() as workspace, workspace.store.writing() as tx:
        tariffs.registry.import_deck(tx, workspace.settings.archive, folder, workspace.clock())

    shown = run("small@previous", "small", "--calls", MONTH, "--workspace", reseller.folder).splitlines()
    assert shown[0].startswith("small@")
    assert shown[0].endswith("(in use)")
    at = shown.index("the calls of 2026-09, priced by both")
    assert [" ".join(line.split()) for line in shown[at + 1 : at + 15]] == [
        "calls before EUR after EUR difference change",
        "in all 3 1.8000 0.9000 -0.9000 -50.00 %",
        "",
        "who pays more or less",
        "customer calls before EUR after EUR difference change",
        "B 1 1.2000 0.6000 -0.6000 -50.00 % ░░░░░░░░░░░░",
        "A 2 0.6000 0.3000 -0.3000 -50.00 % ░░░░░░",
        "",
        "what costs more or less",
        "use calls before EUR after EUR difference change",
        "national, Nederland 3 1.8000 0.9000 -0.9000 -50.00 %",
        "",
        "the calls that differ most",
        "before EUR after EUR difference customer used price row call",
    ]


def test_calls_that_only_one_prices_are_counted_apart(reseller):
    without = new_version(reseller, "prefix,price,destination\n32,0.90,België\n")
    lost = priced(reseller, "small", without)
    assert lost["both"]["calls"] == 0
    assert lost["lost"] == [{"reason": "no_price", "destination": "Nederland", "calls": 3, "charge_eur": "1.8000"}]
    assert (lost["gained"], lost["neither"]) == ([], 0)

    assert priced(reseller, without, "small")["gained"] == lost["lost"]
    shown = run("small", without, "--calls", MONTH, "--workspace", reseller.folder)
    assert "only the first prices these; by the second they would wait in suspense" in shown


def test_a_price_list_of_another_name_takes_the_place_of_the_one_in_use(reseller):
    cheap = new_version(reseller, "prefix,price,destination\n31,0.30,Nederland\n", name="cheap")
    assert priced(reseller, "small", cheap)["both"]["after_eur"] == "0.9000"


def test_a_base_is_compared_through_the_price_lists_that_stand_on_it(reseller):
    world = write_deck(reseller.folder.parent / "world", "prefix,price,destination\n31,0.30,World\n", "", "world")
    small = write_deck(reseller.folder.parent / "small", "prefix,price\n32,1\n", 'base = "world"', "small")
    with reseller.open() as workspace, workspace.store.writing() as tx:
        for folder in (world, small):
            tariffs.registry.import_deck(tx, workspace.settings.archive, folder, workspace.clock())
    dearer = new_version(reseller, "prefix,price,destination\n31,0.60,World\n", name="world")

    found = priced(reseller, "world", dearer)
    assert found["both"] == {"calls": 3, "before_eur": "0.9000", "after_eur": "1.8000"}
    assert {(one["deck_before"], one["deck_after"]) for one in found["most"]} == {("world", "world")}


def test_a_price_list_that_no_plan_has_prices_no_calls(reseller):
    one, other = (new_version(reseller, OLD, name=name) for name in ("one", "one"))
    assert figures(one, other, "--calls", MONTH, "--workspace", reseller.folder)["calls"] is None
    shown = run(one, other, "--calls", MONTH, "--workspace", reseller.folder)
    assert "no call of 2026-09 is on a plan with price list one, as its own or as a base" in shown


def test_a_month_without_calls_and_a_base_that_lacks_are_refused(reseller):
    with pytest.raises(Refused, match="no stored call was answered in 2026-12"):
        priced(reseller, "small", "small", "2026-12")
    based = new_version(reseller, OLD, 'base = "moon"')
    with pytest.raises(Refused, match=r"price list moon \(the base of small\) is not there"):
        priced(reseller, "small", based)


def test_the_help_has_an_example():
    done = CliRunner().invoke(app, ["decks", "diff", "--help"])
    assert "Example: belnota decks diff zakelijk-2026@previous zakelijk-2026 --calls 2026-10" in " ".join(
        done.stdout.split()
    )
