"""The price files of others in ../shared/decks: each becomes a price list, or is refused for the right reason."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl
import pytest

from belnota.errors import Refused
from tariffs import DeckRefused, compile_prices, read_deck
from tariffs.convert import Conversion, convert
from tariffs.csv_lines import LINE

SHARED = Path(__file__).parents[4] / "shared" / "decks"
PAGE = Path(__file__).parents[3] / "docs" / "price-lists.md"
RATE = "0.8612"
WORLD = "asterisell_world_prefix_table.csv"
INTERCONN = "interconn_retail_rates_eur.csv"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the files of others are not here")

CONVERTED = {
    "astpp_outbound_routes.csv": ("astpp-outbound", None, RATE, (36_205, 36_205, 0, 36_205)),
    "astpp_originationrates_sample.csv": ("astpp-origination", None, RATE, (2, 2, 0, 3)),
    "astpp_terminationrates_sample.csv": ("astpp-termination", None, RATE, (2, 2, 0, 4)),
    INTERCONN: ("interconn-retail", WORLD, None, (1_162, 663, 499, 9_837)),
}


def converted(file: str) -> Conversion:
    mapping, table, rate, _ = CONVERTED[file]
    return convert(SHARED / file, mapping, SHARED / table if table else None, rate)


def lines_of(file: str) -> list[list[str]]:
    """The lines of a file as Python's csv reads them: another reader than the one under test."""
    with (SHARED / file).open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream, skipinitialspace=True))


@pytest.mark.parametrize("file", CONVERTED)
def test_the_counts_tie_out(tmp_path, file):
    _, _, _, (lines, used, skipped, rows) = CONVERTED[file]
    done = converted(file)
    deck = done.write(tmp_path / "deck")

    assert done.texts.height == lines == len(lines_of(file)) - 1
    assert (done.used, done.skipped.height, deck.rates.height) == (used, skipped, rows)
    assert sorted([*done.rates[LINE].unique(), *done.skipped[LINE]]) == list(range(2, lines + 2))
    assert done.skipped["reason"].is_not_null().all()
    assert read_deck(tmp_path / "deck").settings.rows == rows
    assert compile_prices({deck.name: deck}, [deck.name])


@pytest.mark.parametrize("file", CONVERTED)
def test_the_page_of_price_lists_shows_the_counts(file):
    mapping, _, _, (lines, used, skipped, rows) = CONVERTED[file]
    row = f"| `{file}` | `{mapping}` | {lines:,} | {used:,} | {skipped:,} | {rows:,} |"

    assert row in PAGE.read_text(encoding="utf-8")


def test_each_route_of_astpp_has_its_price_in_euros(tmp_path):
    deck = converted("astpp_outbound_routes.csv").write(tmp_path / "deck")
    header, *lines = lines_of("astpp_outbound_routes.csv")
    routes = [dict(zip(header, line, strict=True)) for line in lines]

    expected = {  # five decimals times four are nine: half a unit of 1e-8 is rounded up
        route["code"]: (route["destination"], (int(route["cost_per_min_usd"].replace(".", "")) * 8612 + 5) // 10)
        for route in routes
    }
    assert {
        prefix: (name, price) for prefix, name, price in deck.rates.select("prefix", "destination", "price").iter_rows()
    } == expected
    assert deck.rates["increment"].value_counts().sort("increment").rows() == [(1, 1), (6, 36_204)]
    assert deck.rates.filter(pl.col("price") == 0)["destination"].to_list() == ["IPComms"]


def test_first_blocks_of_astpp_are_slots(tmp_path):
    deck = converted("astpp_originationrates_sample.csv").write(tmp_path / "deck")

    assert deck.rates.select("prefix", "from_quantity", "increment", "price").rows() == [
        ("1", 0, 30, 861_200),
        ("1", 30, 60, 861_200),
        ("44", 0, 30, 4_306_000),
    ]


def test_names_of_interconn_find_their_prefixes():
    done = converted(INTERCONN)
    prices = {
        prefix: (name, price) for prefix, name, price in done.rates.select("prefix", "destination", "price").rows()
    }
    header, *lines = lines_of(WORLD)
    prefixes = {line[0] for line in [header, *lines]}

    assert prices["31"] == ("Netherlands", "0.01244160")
    assert prices["31610"] == ("Netherlands, mobile", "0.07309440")
    assert prices["32485"] == ("Belgium, mobile Base", "0.03131136")
    assert prices["9370"] == ("Afghanistan, AWCC mobile", "0.28014336")
    assert prices["32463"] == ("Belgium, mobile", "0.44217600")
    assert prices["4477"] == ("U.K., mobile", "0.23410944")
    unpriced = set(done.prefixes.filter(pl.col("priced_as").is_null())["prefix"])
    assert prices.keys() | unpriced == prefixes
    assert not prices.keys() & unpriced


def test_each_line_of_interconn_that_is_left_out_has_a_reason_that_holds():
    done = converted(INTERCONN)
    told = done.skipped.join(done.texts, on=LINE).select("reason", "traffic_direction", "time_slot").rows()
    counts = {reason: sum(1 for other, _, _ in told if other == reason) for reason, _, _ in told}

    assert counts == {
        "no prefix of the table has this name": 313,
        "the file does not say when peak is; write a mapping with bands that does": 184,
        "each prefix of this name has a more exact name with a price": 2,
    }
    assert {slot for reason, _, slot in told if "peak" in reason} == {"peak", "off_peak"}
    assert {slot for reason, _, slot in told if "peak" not in reason} == {"flat"}
    # What no prefix can be found for is mostly a number inside Italy, or a ship.
    nameless = [name for reason, name, _ in told if reason.startswith("no prefix")]
    inside = [name for name in nameless if re.match(r"Italy, .*\d|Inmarsat|Wind servizio", name)]
    assert len(inside) > len(nameless) / 2


@pytest.mark.parametrize(
    ("file", "mapping", "reason"),
    [
        (
            "astpp_ratedeck_sample.csv",
            "astpp-ratedeck",
            "mapping astpp-ratedeck reads a table of prefixes, which has no",
        ),
        (WORLD, "asterisell-prefixes", "mapping asterisell-prefixes reads a table of prefixes, which has no prices"),
        ("yeti_network_Netherlands.yml", "astpp-outbound", "is YAML; a conversion reads delimited text"),
        (INTERCONN, "interconn-retail", "mapping interconn-retail has names instead of prefixes; give the table"),
        ("astpp_outbound_routes.csv", "astpp-outbound", "the prices of mapping astpp-outbound are in USD"),
    ],
)
def test_a_file_without_prices_or_prefixes_or_euros_is_refused(file, mapping, reason):
    rate = RATE if "yeti" in file else None

    with pytest.raises(Refused, match=reason):
        convert(SHARED / file, mapping, rate=rate)


def test_a_file_read_by_the_mapping_of_another_is_refused_by_its_columns():
    with pytest.raises(DeckRefused) as refused:
        convert(SHARED / "astpp_originationrates_sample.csv", "astpp-outbound", rate=RATE)

    told = {fault.column: fault.right for fault in refused.value.faults}
    assert {fault.line for fault in refused.value.faults} == {1}
    assert told["cost_per_min_usd"].startswith(
        "mapping astpp-outbound uses this column, the file has Code, Destination"
    )
    assert told["Cost / Min (USD)"].startswith("mapping astpp-outbound is silent on this column")


def test_a_third_of_the_routes_cut_off_is_noticed(tmp_path):
    content = (SHARED / "astpp_outbound_routes.csv").read_bytes()
    cut = tmp_path / "routes.csv"
    cut.write_bytes(content[: len(content) * 7 // 10])

    with pytest.raises(DeckRefused, match="the last line does not end: the file may be cut off"):
        convert(cut, "astpp-outbound", rate=RATE)
