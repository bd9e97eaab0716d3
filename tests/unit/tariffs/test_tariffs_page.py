"""The examples of docs/price-lists.md work, and its tables name every key and column there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.rate_bundles import read_bundles
from tariffs import read_deck
from tariffs.columns import COLUMNS
from tariffs.convert import convert
from tariffs.convert_language import _FILE_KEYS, _TOP_KEYS
from tariffs.settings import _BAND_KEYS
from tariffs.settings import _TOP_KEYS as DECK_KEYS
from tests.lib.price_lists import write_deck

PAGE = (Path(__file__).parents[3] / "docs" / "price-lists.md").read_text(encoding="utf-8")
TOML, CSV = (re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL) for kind in ("toml", "csv"))


def test_the_first_price_list_is_one(tmp_path):
    folder = write_deck(tmp_path, CSV[0])
    (folder / "deck.toml").write_text(TOML[0], encoding="utf-8")

    deck = read_deck(folder)

    assert (deck.name, deck.settings.base, deck.rates.height) == ("zakelijk-2026", "az-2026", 3)


@pytest.mark.parametrize("rates", CSV[1:], ids=["two steps", "service number"])
def test_examples_of_rows_are_right(tmp_path, rates):
    assert read_deck(write_deck(tmp_path, rates)).rates.height == rates.count("\n") - 1


def test_the_example_of_bundles_is_one(tmp_path):
    (tmp_path / "bundles.toml").write_text(TOML[1], encoding="utf-8")

    shares = read_bundles(tmp_path / "bundles.toml")

    assert shares.select("pool_id", "subscription_id", "share", "call_types").rows() == [
        ("0@s1", "s1", 6000, ["national", "mobile"]),
        ("0@s2", "s2", 6000, ["national", "mobile"]),
    ]


def test_the_example_of_a_mapping_converts_such_a_file(tmp_path):
    (tmp_path / "carrier.toml").write_text(TOML[2], encoding="utf-8")
    (tmp_path / "carrier.csv").write_text(
        "Dial code;Country;Network;Rate;Period;Min;Step;Change\n"
        "+32;België;vast;0,02;Off-peak;1;1;=\n"
        "0032475;België;Proximus;0,20;Peak;30;6;+\n"
        "0032475;België;Proximus;0,10;Off-peak;30;6;+\n"
        "+850;Noord-Korea;;blocked;Off-peak;1;1;=\n",
        encoding="utf-8",
    )

    done = convert(tmp_path / "carrier.csv", str(tmp_path / "carrier.toml"), rate="0.5")

    done.write(tmp_path / "deck")
    columns = ("prefix", "destination", "band", "price", "from_quantity", "increment")
    assert done.rates.select(columns).rows() == [
        ("32", "België vast", "*", "0.01000000", "0", "1"),
        ("32475", "België Proximus", "peak", "0.10000000", "0", "30"),
        ("32475", "België Proximus", "peak", "0.10000000", "30", "6"),
        ("32475", "België Proximus", "*", "0.05000000", "0", "30"),
        ("32475", "België Proximus", "*", "0.05000000", "30", "6"),
    ]
    assert done.reasons == [("the carrier does not deliver there", 1)]


@pytest.mark.parametrize(
    "names",
    [[column.name for column in COLUMNS], DECK_KEYS, _BAND_KEYS, _TOP_KEYS, _FILE_KEYS],
    ids=["columns", "deck.toml", "bands", "mapping", "file"],
)
def test_the_page_names_every_column_and_key(names):
    tables = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))

    assert [name for name in names if not re.search(rf"`[^`]*\b{name}\b[^`]*`", tables)] == []
