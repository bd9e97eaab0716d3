"""`belnota quote`: what it prints, that it adds up to what rating charges, what it refuses."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import polars as pl
import pytest
from typer.testing import CliRunner

from belnota.errors import Refused
from belnota.tables import BundleShare, CallToRate, empty, schema_of
from pipelines.arithmetic import charges_of
from pipelines.arithmetic_text import euros
from pipelines.cli import app
from rating import rate
from tariffs import compile_prices, read_deck
from tests.lib.explained import sum_of
from tests.lib.price_lists import NOON, PEAK, call, write_deck

RATES = """\
service,direction,charge_kind,origin,prefix,destination,band,from_quantity,connect_fee,price,per,increment,minimum,free_below,max_charge
voice,out,call,*,31,Nederland,peak,,0.0350,0.0120,,,,,
voice,out,call,*,31,Nederland,*,,0.0350,0.0080,,,,,
voice,out,call,nl,31,From home,*,,,0.0100,,30,60,,
voice,out,call,*,32,België,*,0,0.1,0.006,,30,,5,0.02
voice,out,call,*,32,België,*,30,,0.1,,6,,5,
voice,out,call,*,31900,Service,*,,,0.01,,,,,
voice,out,information,*,31900,Service,*,0,,0,,,,,1.25
voice,out,information,*,31900,Service,*,20,,0.25,,,,,
sms,out,call,*,,Sms,*,,,0.065,,,,,
data,out,call,*,,Data,*,,,0.005,,1000,,,
"""


@pytest.fixture
def deck(tmp_path):
    return write_deck(tmp_path / "deck", RATES, PEAK)


def belnota(*arguments: object) -> str:
    run = CliRunner().invoke(app, ["quote", *map(str, arguments)], catch_exceptions=False)
    assert run.exit_code == 0, run.output
    return run.stdout


def quoted(deck, number: str, *more: object, at: str = NOON, duration: int = 60) -> dict:
    made = json.loads(belnota(number, "--deck", deck, "--at", at, "--duration", duration, *more, "--json"))
    if made["status"] == "rated":
        assert sum_of(made["charges"]) == Fraction(made["charge_eur"])
    return made


def test_a_call_over_the_border_of_a_band_is_shown_part_by_part(deck):
    shown = belnota("31201234567", "--deck", deck, "--at", "2026-10-07T17:59", "--duration", 125)

    assert [line.rstrip() for line in shown.splitlines()] == [
        "31201234567: rated, EUR 0.0557",
        "what         voice, made Wed 7 Oct 2026 17:59:00 CEST, 125 s",
        "price list   deck",
        "",
        "the call: deck, prefix 31 Nederland, from anywhere, always in force",
        "                      band   line   charged   price EUR       EUR",
        "17:59:00              peak   2      60 s      0.0120 / 60 s   0.0120",
        "18:00:00              *      3      65 s      0.0080 / 60 s   0.00866666…",
        "connect fee                                                   0.0350",
        "sum                                                           0.05566666…",
        "half-up, 4 decimals                                           0.0557",
    ]


def test_a_service_number_has_two_charges_and_their_sum(deck):
    shown = belnota("319001234", "--deck", deck, "--at", NOON, "--duration", 602).splitlines()

    assert shown[0] == "319001234: rated, EUR 1.3503"
    assert shown[-1] == "together 0.1003 + 1.2500 = 1.3503"
    assert any(
        line.startswith("information charge, for the holder of the number: deck, prefix 31900") for line in shown
    )
    assert any(line.split() == ["at", "most", "1.2500"] for line in shown)
    assert any(line.startswith("12:00:20 from 20 s ") for line in shown)


@pytest.mark.parametrize(
    ("asked", "duration", "charge", "charged"),
    [
        (["+31201234567", "--origin", "nl"], 61, "0.0150", [(1, 60, True), (1, 30, False)]),
        (["31201234567", "--origin", "be"], 61, "0.0472", [(61, 61, False)]),
        (["3221234567"], 32, "0.0200", [(1, 30, False), (1, 6, False)]),
        (["31612345678", "--service", "sms"], 3, "0.1950", [(3, 3, False)]),
        (["anonymous", "--service", "data"], 12_345_678, "0.0617", [(12_346, 12_346_000, False)]),
    ],
)
def test_increments_minimum_cap_origin_and_service(deck, asked, duration, charge, charged):
    made = quoted(deck, *asked, duration=duration)

    assert made["charge_eur"] == charge
    parts = made["charges"][0]["parts"]
    assert [(part["increments"], part["units"], part["is_minimum"]) for part in parts] == charged


def test_data_needs_no_number_and_its_quantity_may_be_called_so(deck):
    shown = belnota("--service", "data", "--deck", deck, "--at", NOON, "--quantity", 1500)
    assert shown.startswith("data: rated, EUR 0.0000")
    with pytest.raises(Refused, match="name the number called"):
        belnota("--deck", deck, "--at", NOON, "--duration", 1)


def test_what_is_free_or_unrated_says_why_and_is_no_failure(deck):
    assert "too_short: it is shorter than the free_below" in belnota(
        "3221234567", "--deck", deck, "--at", NOON, "--duration", 4
    )
    assert "not_answered: nobody answered" in belnota("31201234567", "--deck", deck, "--at", NOON, "--duration", 0)
    made = quoted(deck, "4412345678")
    assert (made["status"], made["reason"], made["charge_eur"], made["charges"]) == ("unrated", "no_price", None, [])
    assert made["means"] == "no row of these price lists answers this number at this time; add its prefix"


@pytest.mark.parametrize(
    ("written", "world"),
    [("020-1234567", "+31201234567"), ("0900 1234", "+319001234"), ("0032 21234567", "+3221234567"), ("112", "+31112")],
)
def test_a_number_as_people_write_it_gets_the_right_way_to_write_it(deck, written, world):
    assert quoted(deck, written)["hint"].endswith(f"try {world}")
    assert quoted(deck, "+4412345678")["hint"] == ""


def test_a_time_without_offset_is_by_the_clock_of_the_price_list(tmp_path, deck):
    assert quoted(deck, "312", at="2026-10-07 18:30")["charges"][0]["parts"][0]["band"] == "*"
    assert quoted(deck, "312", at="2026-10-07T16:30Z")["charges"][0]["parts"][0]["band"] == "*"
    london = write_deck(tmp_path / "london", RATES, f'timezone = "Europe/London"\n{PEAK}')
    assert quoted(london, "312", at="2026-10-07T16:30Z")["charges"][0]["parts"][0]["band"] == "peak"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-10-25T02:30", "occurs twice in Europe/Amsterdam; write which one: 2026-10-25T02:30:00+02:00 or "),
        ("2026-03-29T02:30", "does not exist in Europe/Amsterdam"),
        ("2026-10-07", "write a date and a time"),
        ("yesterday", "write a date and a time"),
        ("1926-10-07T12:00", "of 2000 to 2099"),
    ],
)
def test_a_time_that_is_none_or_two_is_refused(deck, at, said):
    with pytest.raises(Refused) as refusal:
        quoted(deck, "312", at=at)
    assert said in str(refusal.value)


def test_a_base_that_is_not_given_or_answers_nothing_is_refused(tmp_path, deck):
    based = write_deck(tmp_path / "based", RATES, f'base = "az"\n{PEAK}', "based")
    with pytest.raises(Refused, match="has base az, which is not given; add: --base FOLDER of az"):
        quoted(based, "312")
    with pytest.raises(Refused, match='no price list has base = "based"'):
        quoted(deck, "312", "--base", based)
    az = write_deck(tmp_path / "az", "prefix,price,destination\n44,0.5,UK\n", "", "az")
    assert quoted(based, "442", "--base", az)["charges"][0]["price_list"] == "az"


def test_the_help_has_an_example():
    run = CliRunner().invoke(app, ["quote", "--help"])
    assert "Example: belnota quote 31201234567 --deck" in " ".join(run.stdout.split())


def test_the_arithmetic_of_many_calls_makes_what_rating_charges(deck):
    draw = random.Random(20261007)
    calls = [
        call(
            draw.choice(["312", "32", "319001", "44", "31"]),
            draw.choice([0, 4, 29, 30, 31, 59, 61, 3600, draw.randrange(100_000)]),
            f"2026-10-{draw.randrange(1, 29):02d}T{draw.randrange(24):02d}:{draw.randrange(60):02d}:30+00:00",
            call_id=f"c{number}",
            country=draw.choice([None, "nl"]),
            service=draw.choice(["voice", "voice", "sms", "data"]),
        )
        for number in range(400)
    ]
    frame = pl.DataFrame(calls, schema=schema_of(CallToRate))
    decks = {"deck": read_deck(deck)}
    prices = compile_prices(decks, ["deck"])
    charges = charges_of(frame, prices, decks, pl.repeat(0, frame.height, dtype=pl.Int64, eager=True))
    rated = rate(frame, prices, empty(BundleShare)).rated

    for row in rated.iter_rows(named=True):
        own = charges.get(row["call_id"], [])
        assert sum(charge.charge_micro_eur for charge in own) == (row["charge_micro_eur"] or 0)
        assert bool(own) == (row["status"] == "rated")
        assert sum(part.units for charge in own if charge.kind == "call" for part in charge.parts) == (
            row["billed_quantity"] or 0
        )


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Fraction(0), "0.0000"),
        (Fraction(1, 3), "0.33333333…"),
        (Fraction(-1, 6), "-0.16666666…"),
        (Fraction(12345), "12,345.0000"),
        (Fraction(1, 2**10), "0.0009765625"),
        (Fraction(1, 10**18), "0.000000000000000001"),
        (Fraction(1, 3 * 10**9), "0.00000000…"),
    ],
)
def test_an_exact_amount_shows_all_decimals_or_says_that_there_are_more(amount, text):
    assert euros(amount) == text
