"""`belnota decks`: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from belnota.errors import Refused
from pipelines.cli import app
from tests.lib.price_lists import PEAK, write_deck

RATES = (
    "prefix,destination,price,connect_fee,valid_from,band\n"
    "31,Nederland,0.1,0,2026-01-01,*\n32,België,0,0,2026-02-01,*\n"
)
MAPPING = '[columns]\nprefix = "code"\nprice = "rate"\n[[skip]]\ncolumn = "rate"\nis = ["-"]\nbecause = "not sold"\n'


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "belnota.toml").touch()
    return folder


def belnota(*arguments: object) -> str:
    """Run a command of `belnota decks`; returns what it prints, without the blanks that line up."""
    run = CliRunner().invoke(app, ["decks", *map(str, arguments)], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    return "\n".join(" ".join(line.split()) for line in run.stdout.splitlines() if line.strip())


def deck(tmp_path, rates: str = RATES, toml: str = "", name: str = "az"):
    return write_deck(tmp_path / "decks" / name, rates, toml, name)


def test_check_shows_a_price_list_in_figures(tmp_path):
    shown = belnota("check", deck(tmp_path, toml=f'base = "world"\n{PEAK}'))

    assert shown.splitlines() == [
        "az: no faults",
        "rows 2",
        "prefixes 2",
        "longest prefix 2",
        "destinations 2",
        "services voice out",
        "bands peak",
        "valid from 2026-01-01",
        "valid until open",
        "base world",
        "rounding half_up, 4 decimals",
        "free rows 1",
    ]


def test_import_says_what_changed_and_which_base_is_missing(tmp_path, workspace):
    first = belnota("import", deck(tmp_path, toml='base = "world"'), "--workspace", workspace)
    more = deck(tmp_path, RATES + "33,Frankrijk,1,0,2026-01-01,*\n", 'base = "world"')
    second = belnota("import", more, "--workspace", workspace)
    third = belnota("import", more, "--workspace", workspace)

    missing = "price list world is not imported yet; until it is, calls that need it wait in suspense"
    assert [first.splitlines()[0], first.splitlines()[-1]] == ["az: changed", missing]
    assert second.splitlines()[:2] == ["az: changed (2 rows before)", "rows 3"]
    assert third.splitlines()[0] == "az: unchanged"
    assert missing not in belnota("import", deck(tmp_path, name="world"), "--workspace", workspace)
    assert missing not in belnota("import", more, "--workspace", workspace)


def test_a_much_shorter_version_is_imported_only_when_that_is_said(tmp_path, workspace):
    rates = "prefix,price\n" + "".join(f"{n},1\n" for n in range(100, 120))
    belnota("import", deck(tmp_path, rates), "--workspace", workspace)
    a_few_less = deck(tmp_path, "\n".join(rates.splitlines()[:-2]) + "\n")
    belnota("import", a_few_less, "--workspace", workspace)
    short = deck(tmp_path, "\n".join(rates.splitlines()[:15]) + "\n")

    with pytest.raises(Refused) as refused:
        belnota("import", short, "--workspace", workspace)

    assert str(refused.value) == (
        "price list az has 18 rows in use and 14 in this folder, so it may be cut off; "
        "take the whole of it, or say that it is meant: --fewer-rows"
    )
    assert json.loads(belnota("list", "--workspace", workspace, "--json"))[0]["rows"] == 18
    assert "rows 14" in belnota("import", short, "--workspace", workspace, "--fewer-rows")


def test_bases_in_a_ring_are_refused_and_nothing_is_stored(tmp_path, workspace):
    belnota("import", deck(tmp_path, toml='base = "b"'), "--workspace", workspace)
    belnota("import", deck(tmp_path, toml='base = "c"', name="b"), "--workspace", workspace)

    with pytest.raises(Refused, match="the bases of price list c go round: c -> az -> b -> c; take one out"):
        belnota("import", deck(tmp_path, toml='base = "az"', name="c"), "--workspace", workspace)

    assert [row["name"] for row in json.loads(belnota("list", "--workspace", workspace, "--json"))] == ["az", "b"]


def test_list_shows_each_price_list_on_a_line(tmp_path, workspace):
    assert belnota("list", "--workspace", workspace) == "no price list was imported yet"
    belnota("import", deck(tmp_path, toml=PEAK), "--workspace", workspace)

    heading, row = belnota("list", "--workspace", workspace).splitlines()

    assert heading == "name rows prefixes bands valid_from valid_until base imported_at digest"
    assert row.startswith("az 2 2 peak 2026-01-01 open 20")


def test_convert_accounts_for_every_line(tmp_path):
    (tmp_path / "prices.csv").write_text("code,rate\n31,0.1\n32,-\n33,-\n")
    (tmp_path / "mine.toml").write_text(MAPPING)
    options = (tmp_path / "prices.csv", "--mapping", tmp_path / "mine.toml", "--name", "az-2027")

    shown = belnota("convert", *options, "--out", tmp_path / "out")
    figures = json.loads(belnota("convert", *options, "--out", tmp_path / "again", "--json"))

    assert shown.splitlines()[:6] == [
        "prices.csv: 3 lines = 1 used + 2 skipped",
        "lines skipped because",
        "2 not sold",
        f"each of them is in {tmp_path / 'out' / 'skipped.csv'}",
        f"az-2027: written to {tmp_path / 'out'}, no faults",
        "rows 1",
    ]
    assert "az-2027: no faults" in belnota("check", tmp_path / "out")
    assert (figures["lines"], figures["used"], figures["skipped"], figures["rows"]) == (3, 1, 2, 1)
    assert (figures["reasons"], figures["deck"]["name"]) == ({"not sold": 2}, "az-2027")


def test_convert_names_the_shipped_mappings_in_its_help():
    assert "asterisell-prefixes, astpp-origination" in belnota("convert", "--help").replace("\n", " ")
