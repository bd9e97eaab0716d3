"""Two price lists compared, and the versions of one that the archive keeps."""

from __future__ import annotations

import datetime as dt
import os

import pytest

import tariffs.registry
from belnota.errors import Refused
from tariffs import read_deck
from tariffs.diff import diff
from tariffs.versions import chain_in_use, named_version, read_version, versions
from tests.lib.price_lists import PEAK, write_deck

HEAD = "prefix,price,destination,connect_fee,per,valid_from,valid_until\n"
NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)


def compared(tmp_path, old, new, old_toml="", new_toml=""):
    return diff(
        read_deck(write_deck(tmp_path / "old", HEAD + old, old_toml)),
        read_deck(write_deck(tmp_path / "new", HEAD + new, new_toml)),
    )


def test_the_same_prices_in_another_order_and_notation_are_no_difference(tmp_path):
    found = compared(tmp_path, "31,0.10,NL,,,,\n32,0.2,BE,0,60,,\n", "32,0.20,BE,,,,\n31,0.1,NL,0.00,60,,\n")
    assert found.is_empty
    assert found.same == 2


def test_rows_are_new_gone_changed_or_the_same(tmp_path):
    found = compared(
        tmp_path,
        "31,0.10,NL,,,,\n32,0.20,BE,,,,\n33,0.30,FR,,,,\n34,0.40,ES,,,,\n",
        "31,0.10,NL,,,,\n32,0.25,BE,,,,\n33,0.30,Frankrijk,0.05,,,\n35,0.50,PT,,,,\n",
    )
    assert found.added["prefix"].to_list() == ["35"]
    assert found.removed["prefix"].to_list() == ["34"]
    assert found.changed.select("prefix", "differs", "change").rows() == [
        ("32", ["price"], 2500),
        ("33", ["connect_fee", "destination"], None),
    ]
    assert found.same == 1
    assert (found.dearer["prefix"].to_list(), found.cheaper["prefix"].to_list()) == (["32"], [])


def test_a_price_is_compared_by_the_unit_and_exactly(tmp_path):
    found = compared(
        tmp_path,
        "31,0.06,NL,,60,,\n32,0.03,BE,,60,,\n33,0,FR,,,,\n34,0.00000001,ES,,10000000000,,\n35,0.3,PT,,,,\n",
        "31,0.001,NL,,1,,\n32,0.02,BE,,60,,\n33,0.1,FR,,,,\n34,10000,ES,,1,,\n35,0,PT,,,,\n",
    )
    assert dict(found.changed.select("prefix", "change").rows()) == {
        "31": None,  # 0.06 a minute is 0.001 a second
        "32": -3333,
        "33": None,  # from nothing
        "34": 10**15,  # no further is counted
        "35": -10000,
    }
    assert found.dearer["prefix"].to_list() == ["33", "34"]
    assert found.cheaper["prefix"].to_list() == ["35", "32"]


def test_a_new_first_day_alone_is_a_change_and_a_further_one_is_a_new_row(tmp_path):
    found = compared(tmp_path, "31,0.10,NL,,,2026-01-01,\n", "31,0.11,NL,,,2027-01-01,\n")
    assert found.changed.select("differs").item().to_list() == ["price", "valid_from"]

    found = compared(
        tmp_path, "31,0.10,NL,,,2026-01-01,\n", "31,0.10,NL,,,2026-01-01,2027-01-01\n31,0.11,NL,,,2027-01-01,\n"
    )
    assert found.changed.select("differs").item().to_list() == ["valid_until"]
    assert str(found.added["valid_from"].item()) == "2027-01-01"


def test_settings_that_price_are_compared_and_how_the_file_is_written_is_not(tmp_path):
    other = 'base = "az"\nholidays = ["2026-12-25"]\nrows = 1\n[rounding]\ndecimals = 2\n' + PEAK.replace("18:", "19:")
    row = "31,0.10,NL,,,,\n"
    assert compared(tmp_path, row, row, PEAK, other).settings == (
        ("base", "none", "az"),
        ("rounding", "half_up, 4 decimals", "half_up, 2 decimals"),
        ("holidays", "none", "2026-12-25"),
        (
            "band peak",
            "mon tue wed thu fri 08:00-18:00, except holidays",
            "mon tue wed thu fri 08:00-19:00, except holidays",
        ),
    )


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive"


def imported(store, archive, tmp_path, price, day):
    """Import a version of the price list az as if on a day of October; returns its digest."""
    folder = write_deck(tmp_path / "az", f"prefix,price\n31,{price}\n", "", "az")
    with store.writing() as tx:
        done = tariffs.registry.import_deck(tx, archive, folder, NOW)
    stamp = NOW.timestamp() + 86_400 * day
    os.utime(archive / "decks" / "az" / done.digest / "rates.csv", (stamp, stamp))
    return done.digest


def test_every_version_that_was_imported_can_be_named(store, archive, tmp_path):
    first, second, third = (imported(store, archive, tmp_path, f"0.{day}", day) for day in (1, 2, 3))
    with store.reading() as tx:
        known = versions(tx, archive, "az")
        assert [(version.digest, version.is_in_use) for version in known] == [
            (third, True),
            (second, False),
            (first, False),
        ]
        assert str(known[1]) == f"az@{second[:8]} (imported 2026-10-03 00:00 UTC)"
        assert named_version(tx, archive, "az").digest == third
        assert named_version(tx, archive, "az@previous").digest == second
        assert named_version(tx, archive, f"az@{first[:10]}").digest == first
        assert read_version(archive, known[2]).rates["price"].item() == 10_000_000
        assert chain_in_use(tx, archive, {"az", "other"})["az"].digest == third
        with pytest.raises(Refused, match="'az@zz' names no versions of az; kept are:\n  az@"):
            named_version(tx, archive, "az@zz")
        with pytest.raises(Refused, match="'zz' is neither a folder with deck"):
            named_version(tx, archive, "zz")


def test_the_first_version_has_no_previous_one(store, archive, tmp_path):
    imported(store, archive, tmp_path, "0.1", 1)
    with store.reading() as tx, pytest.raises(Refused, match="'az@previous' names no versions"):
        named_version(tx, archive, "az@previous")
