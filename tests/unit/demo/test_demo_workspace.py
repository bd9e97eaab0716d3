from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from stdnum import iban
from stdnum.nl import btw

import accounts
import tariffs
from belnota.phone import SPECIAL_CALL_TYPES
from belnota.settings import load
from belnota.store import open_store
from pipelines.demo import write_workspace
from pipelines.demo.lines import lines, rows_of

ROOT = Path(__file__).parents[3]


def test_a_workspace_has_settings_inbox_accounts_decks_and_mappings(demo_folder, demo_settings):
    assert sorted(path.name for path in demo_folder.iterdir()) == [
        "accounts",
        "belnota.toml",
        "decks",
        "inbox",
        "mappings",
    ]
    assert [feed.name for feed in demo_settings.feeds] == ["pbx", "broadworks", "wholesale", "mobiel"]
    assert demo_settings.smtp.host == ""


def test_writing_it_again_changes_nothing_and_leaves_other_files_alone(tmp_path):
    write_workspace(tmp_path)
    (tmp_path / "inbox" / "mine.csv").write_text("x")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write_workspace(tmp_path)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_files_settle_in_a_workspace_of_ones_own_and_need_not_in_the_demo(tmp_path, demo_settings):
    write_workspace(tmp_path, settles=True)
    assert load(tmp_path, {}).night.settle_seconds == 60
    assert demo_settings.night.settle_seconds == 0


def test_the_mapping_is_the_one_of_the_fixtures(demo_folder):
    assert (demo_folder / "mappings/mobiel.toml").read_bytes() == (ROOT / "fixtures/mappings/mobiel.toml").read_bytes()


def test_the_accounts_can_be_imported(demo_folder, tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with store.writing() as tx:
        summary = accounts.import_folder(tx, demo_folder / "accounts")

    assert {name: file.added for name, file in summary.files.items()} == {
        "customers.csv": 12,
        "catalogue.toml": 8,
        "subscriptions.csv": 43,
        "numbers.csv": 61,
        "modules.csv": 6,
        "users.csv": 16,
    }


@pytest.mark.parametrize("deck", ["az-2026", "mobiel-2026", "zakelijk-2026"])
def test_the_decks_can_be_read(demo_folder, deck):
    rates = tariffs.read_deck(demo_folder / "decks" / deck).rates

    assert rates.filter(direction="in", prefix="").height >= 1
    assert rates.filter(pl.col("prefix").str.starts_with("688")).is_empty()
    if deck != "az-2026":
        assert set(SPECIAL_CALL_TYPES) <= set(rates["call_type"])


def test_company_details_check_out_and_belong_to_nobody(demo_settings):
    banks = [row["iban"] for row in rows_of("customers.csv") if row["iban"]] + [demo_settings.company.iban]
    vat_ids = [row["vat_id"] for row in rows_of("customers.csv") if row["vat_id"]] + [demo_settings.company.vat_id]

    assert all(iban.is_valid(number) and number[4:8] == "DEMO" for number in banks)
    assert all(btw.is_valid(number) for number in vat_ids)
    assert all(row["email"].split("@")[1].endswith(("example.nl", "example.com")) for row in rows_of("users.csv"))


def test_dutch_numbers_are_none_that_can_be_handed_out():
    """A subscriber number starts with no 0, and 06-0 is no mobile range."""
    numbers = {line.number for line in lines()}

    assert len(numbers) == 60
    assert all(number.startswith("+31600") if number[3] == "6" else number[5:8] == "000" for number in numbers)


def test_names_with_traps_are_there():
    names = "".join(row["name"] for row in rows_of("customers.csv"))

    assert all(trap in names for trap in ("<b>", "&", "Łódź"))
